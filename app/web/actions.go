package web

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/botpage"
	"github.com/botswain/botswain/views/layout"
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
		act := p.act.Act
		if c.FormValue("confirm") != "" {
			act = p.act.ActSure
		}
		view, err := act(c.Request().Context(), actorOf(c), id, a)
		if f, ok := fault.As(err); ok && f.Confirm != "" {
			return p.web.seeOther(c, "/bots/"+id.String()+"/confirm/"+string(a))
		}
		if fault.CodeOf(err) == fault.Conflict {
			return p.refused(c, id, err)
		}
		if err != nil {
			return err
		}
		toast := ui.Toast{State: "info", Text: actionToast(a, view.Name)}
		if a == bot.Stop {
			toast.Undo = "/bots/" + id.String() + "/stop/undo"
		}
		p.web.toast(c, toast)
		return p.afterAction(c, http.StatusOK, view)
	}
}

// confirm answers GET /bots/:id/confirm/:action, where an action leads to that somebody should think
// about first. When there is nothing to ask any more it leads back to the bot.
func (p *pages) confirm(c echo.Context) error {
	view, b, err := p.botOf(c)
	if err != nil {
		return err
	}
	action := bot.Action(c.Param("action"))
	f, ok := fault.As(p.act.Question(c.Request().Context(), view.ID, action))
	if !ok || f.Confirm == "" {
		return p.web.seeOther(c, "/bots/"+view.ID.String())
	}
	props := p.layout(c, layout.Props{
		Title:  tr(c, "layout.confirm"),
		Crumbs: []layout.Crumb{{Label: tr(c, "layout.dashboard"), Href: "/"}, {Label: view.Name, Href: "/bots/" + view.ID.String()}, {Label: tr(c, "layout.confirm")}},
	})
	return p.web.render(c, http.StatusOK, within(props, botpage.ConfirmContent(botpage.Question{Bot: b, Action: action, Text: f.Message, Confirm: f.Confirm})))
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
		return p.web.seeOther(c, cmp.Or(dashboardBehind(c.Request()), backFrom(from, view.ID)))
	}
	if from == fromPalette {
		return p.web.render(c, status, templ.NopComponent) // the page, whatever it is, changes by the stream
	}
	var out strings.Builder
	if err := newSender(p.fragments).write(c.Request().Context(), &out, afterParts(from, b)); err != nil {
		return err
	}
	return p.web.render(c, status, templ.Raw(out.String()))
}

// fromPalette is the view of an action that no button on the page stands for.
const fromPalette botcard.View = "palette"

// afterParts are what the pressed button belongs to.
func afterParts(from botcard.View, b botcard.Bot) []part {
	switch {
	case from == botcard.OnPage:
		return []part{
			{target: botpage.HeadID, draw: just(botpage.Head(b, from))}, {target: botpage.NoticesID, draw: just(botpage.Notices(b))},
		}
	case from == botcard.OnLogs:
		return []part{{target: botpage.HeadID, draw: just(botpage.Bar(b))}}
	case from == botcard.OnRow:
		return []part{{target: botcard.CardID(b.ID), draw: just(botcard.Row(b))}}
	case slices.Contains(botpage.Views(), from):
		return []part{{target: botpage.HeadID, draw: just(botpage.Head(b, from))}}
	}
	return []part{{target: botcard.CardID(b.ID), draw: just(botcard.Card(b))}}
}

// backFrom is the page that a form without scripts returns to.
func backFrom(from botcard.View, id bot.ID) string {
	if slices.Contains(botpage.Views(), from) {
		return botpage.Path(id, from)
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
