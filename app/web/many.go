package web

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/views/ui"
)

// actMany answers POST /bots/actions: start, stop or restart of the bots of a group, or of all when
// no group is named.
func (p *pages) actMany(c echo.Context) error {
	a := bot.Action(c.FormValue("action"))
	if a != bot.Start && a != bot.Stop && a != bot.Restart {
		return fault.New(fault.Invalid, "There is no action %q for many bots.", string(a))
	}
	which := crew.Which{Group: c.FormValue("group")}
	which.All = which.Group == ""
	out, err := p.act.ActMany(c.Request().Context(), actorOf(c), a, which)
	if err != nil {
		return err
	}
	p.web.toast(c, manyToast(a, out))
	if isHTMX(c) {
		return p.web.render(c, http.StatusOK, templ.NopComponent) // the bots come by the stream
	}
	to := "/"
	if which.Group != "" {
		to += "?group=" + url.QueryEscape(which.Group)
	}
	return p.web.seeOther(c, to)
}

// manyToast sums up: what was done, how many were left as they are, which failed.
func manyToast(a bot.Action, out []crew.Outcome) ui.Toast {
	did, left := 0, 0
	var failed []string
	for _, o := range out {
		switch {
		case o.Err == nil:
			did++
		case o.Left():
			left++
		default:
			failed = append(failed, o.Name+": "+o.Words())
		}
	}
	word := map[bot.Action]string{bot.Start: "Starting ", bot.Stop: "Stopping ", bot.Restart: "Restarting "}[a]
	t := ui.Toast{State: "info", Text: word + ui.Plural(did, "bot", "bots")}
	if did == 0 {
		t.Text = "Nothing to do"
	}
	if left > 0 {
		t.Detail = ui.Plural(left, "bot was", "bots were") + " left as they are: their state doesn't allow it."
		if left == 1 {
			t.Detail = "1 bot was left as it is: its state doesn't allow it."
		}
	}
	if len(failed) > 0 {
		t.State, t.Detail = "error", strings.Join(failed, " ")
	}
	return t
}
