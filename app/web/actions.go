package web

import (
	"net/http"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/botpage"
	"github.com/botswain/botswain/views/ui"
)

// action makes the handler of POST /bots/:id/ACTION. To htmx it answers at once with the bot as it
// is now; everybody else sees it by the stream. Pressing twice is harmless: what is not legal any
// more is said in words.
func (p *pages) action(a bot.Action) echo.HandlerFunc {
	return func(c echo.Context) error {
		id, err := botParam(c)
		if err != nil {
			return err
		}
		view, err := p.act.Act(c.Request().Context(), actorOf(c), id, a)
		if fault.CodeOf(err) == fault.Conflict {
			return p.refused(c, id, err)
		}
		if err != nil {
			return err
		}
		p.web.toast(c, ui.Toast{State: "info", Text: actionToast(a, view.Name)})
		return p.afterAction(c, http.StatusOK, view)
	}
}

// refused answers an action that the bot's state forbids: why, and how the bot is now.
func (p *pages) refused(c echo.Context, id bot.ID, cause error) error {
	view, err := p.crew.Get(c.Request().Context(), id)
	if err != nil {
		return cause
	}
	f, _ := fault.As(cause)
	p.web.toast(c, ui.Toast{State: "warn", Text: view.Name + ": not possible now", Detail: f.Message})
	return p.afterAction(c, http.StatusConflict, view)
}

func (p *pages) afterAction(c echo.Context, status int, view crew.View) error {
	b := p.showBot(view, now())
	from := botcard.View(c.FormValue("view"))
	if !isHTMX(c) {
		return p.web.seeOther(c, backFrom(from, view.ID))
	}
	var out strings.Builder
	if err := newSender(p.fragments).write(c.Request().Context(), &out, []part{afterPart(from, b)}); err != nil {
		return err
	}
	return p.web.render(c, status, templ.Raw(out.String()))
}

// afterPart is what the pressed button belongs to.
func afterPart(from botcard.View, b botcard.Bot) part {
	switch from {
	case botcard.OnPage:
		return part{target: botpage.HeadID, draw: just(botpage.Head(b))}
	case botcard.OnLogs:
		return part{target: botpage.HeadID, draw: just(botpage.Bar(b))}
	}
	return part{target: botcard.CardID(b.ID), draw: just(botcard.Card(b))}
}

// backFrom is the page that a form without scripts returns to.
func backFrom(from botcard.View, id bot.ID) string {
	switch from {
	case botcard.OnPage:
		return "/bots/" + id.String()
	case botcard.OnLogs:
		return "/bots/" + id.String() + "/logs"
	}
	return "/"
}

func actionToast(a bot.Action, name string) string {
	switch a {
	case bot.Start:
		return "Starting " + name
	case bot.Stop:
		return "Stopping " + name
	case bot.Restart:
		return "Restarting " + name
	}
	return "Killing " + name
}
