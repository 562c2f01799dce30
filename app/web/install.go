package web

import (
	"context"

	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/botpage"
	"github.com/botswain/botswain/views/i18n"
	"github.com/botswain/botswain/views/ui"
)

// install answers POST /bots/:id/install: begins to install what the bot needs. The output is in its
// log, and the stream shows how it goes.
func (p *pages) install(c echo.Context) error {
	return p.installation(c, p.act.Install, "bot.installing-for")
}

// cancelInstall answers POST /bots/:id/install/cancel.
func (p *pages) cancelInstall(c echo.Context) error {
	return p.installation(c, p.act.CancelInstall, "bot.cancelling-for")
}

// installable says whether the page offers to install what a bot needs: it may be done now, and there is something.
func (p *pages) installable(b botcard.Bot) bool {
	return botpage.MayInstall(b) && p.crew.Installable(b.Dir)
}

func (p *pages) installation(c echo.Context, do func(context.Context, event.Actor, bot.ID) (crew.View, error), said i18n.Key) error {
	id, err := botParam(c)
	if err != nil {
		return err
	}
	view, err := do(c.Request().Context(), actorOf(c), id)
	switch fault.CodeOf(err) {
	case fault.Conflict, fault.Invalid, fault.Unavailable:
		return p.refused(c, id, err)
	}
	if err != nil {
		return err
	}
	p.web.toast(c, ui.Toast{State: "info", Text: tr(c, said, view.Name)})
	return p.afterAction(c, 200, view)
}
