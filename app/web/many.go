package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/dashboard"
	"github.com/botswain/botswain/views/i18n"
	"github.com/botswain/botswain/views/layout"
	"github.com/botswain/botswain/views/ui"
)

// actMany answers POST /bots/actions: start, stop, restart or kill of the bots whose ids are given, or
// else of a group, or of all when no group is named either. A kill has to be confirmed.
func (p *pages) actMany(c echo.Context) error {
	a := bot.Action(c.FormValue("action"))
	if !slices.Contains([]bot.Action{bot.Start, bot.Stop, bot.Restart, bot.Kill}, a) {
		return fault.New(fault.Invalid, "There is no action %q for many bots.", string(a))
	}
	which, err := whichOf(c)
	if err != nil {
		return err
	}
	if a == bot.Kill && c.FormValue("confirm") == "" {
		return p.askKill(c, which)
	}
	out, err := p.act.ActMany(c.Request().Context(), actorOf(c), a, which)
	if err != nil {
		return err
	}
	p.web.toast(c, manyToast(c.Request().Context(), a, out))
	return p.backToDashboard(c, backOf(c, which))
}

// whichOf reads which bots are meant. The form of the chosen bots says so also when none is: that
// must never mean all of them.
func whichOf(c echo.Context) (crew.Which, error) {
	form, err := c.FormParams()
	if err != nil {
		return crew.Which{}, fault.Wrap(err, fault.Invalid, "The form can't be read.")
	}
	w := crew.Which{Group: c.FormValue("group")}
	for _, raw := range form["id"] {
		id, err := uuid.Parse(raw)
		if err != nil {
			return w, fault.New(fault.Invalid, "%q is no id of a bot.", raw)
		}
		if !slices.Contains(w.IDs, id) {
			w.IDs = append(w.IDs, id)
		}
	}
	if len(w.IDs) > 0 {
		w.Group = ""
		return w, nil
	}
	if c.FormValue("which") != "all" && w.Group == "" {
		return w, fault.New(fault.Invalid, "No bot is selected.")
	}
	w.All = w.Group == ""
	return w, nil
}

// backOf is where a form without scripts leads back to.
func backOf(c echo.Context, w crew.Which) string {
	if back := safeNext(c.FormValue("back")); back != "" {
		return back
	}
	if w.Group != "" {
		return "/?group=" + url.QueryEscape(w.Group)
	}
	return "/"
}

// askKill shows a page that asks; with scripts a dialog has asked before.
func (p *pages) askKill(c echo.Context, w crew.Which) error {
	var bots []botcard.Bot
	for _, b := range p.muster(c.Request().Context()).bots {
		if w.All || w.Group != "" && b.Group == w.Group || slices.Contains(w.IDs, b.ID) {
			bots = append(bots, b.Bot)
		}
	}
	back := dashboardBehind(c.Request())
	if back == "" {
		back = "/"
	}
	props := p.layout(c, layout.Props{Title: tr(c, "layout.confirm"), Crumbs: []layout.Crumb{{Label: tr(c, "layout.dashboard"), Href: "/"}, {Label: tr(c, "layout.confirm")}}})
	return p.web.render(c, http.StatusOK, within(props, dashboard.KillPage(bots, back)))
}

// manyToast sums up: what was done, how many were left as they are, which failed and why.
func manyToast(ctx context.Context, a bot.Action, out []crew.Outcome) ui.Toast {
	did, left := 0, 0
	names := map[string][]string{} // of those that failed, by what they say
	var reasons []string
	for _, o := range out {
		switch {
		case o.Err == nil:
			did++
		case o.Left():
			left++
		default:
			why := i18n.Say(ctx, o.Words())
			if names[why] == nil {
				reasons = append(reasons, why)
			}
			names[why] = append(names[why], o.Name)
		}
	}
	word := map[bot.Action]i18n.Key{bot.Start: "board.starting", bot.Stop: "board.stopping", bot.Restart: "board.restarting", bot.Kill: "board.killing"}[a]
	t := ui.Toast{State: "info", Text: i18n.T(ctx, word, did)}
	if did == 0 {
		t.Text = i18n.T(ctx, "board.nothing-to-do")
	}
	var detail []string
	if left > 0 {
		detail = append(detail, i18n.T(ctx, "board.left-as-is", left))
	}
	for _, why := range reasons {
		t.State = "error"
		detail = append(detail, i18n.T(ctx, "board.names-why", some(ctx, names[why]), why))
	}
	if t.State == "error" && did == 0 {
		t.Text = i18n.T(ctx, "board.did-not-work")
	}
	t.Detail = strings.Join(detail, " ")
	return t
}

// some lists the first few of many names.
func some(ctx context.Context, names []string) string {
	const few = 5
	if len(names) <= few {
		return strings.Join(names, ", ")
	}
	return i18n.T(ctx, "board.names-more", len(names)-few, strings.Join(names[:few], ", "))
}
