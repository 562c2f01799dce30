package web

import (
	"net/http"

	"github.com/a-h/templ"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/logview"
	"github.com/botswain/botswain/views/ui"
)

// sendInput answers POST /bots/:id/input: a line for the bot's standard input. The page sends along
// which run it shows, so that the line can't reach another one. The line itself comes back by the log.
func (p *pages) sendInput(c echo.Context) error {
	id, err := botParam(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	view, err := p.crew.Get(ctx, id)
	if err != nil {
		return err
	}
	var run bot.RunID
	if text := c.FormValue("run"); text != "" {
		if run, err = uuid.Parse(text); err != nil {
			return fault.New(fault.Invalid, "The run of the page makes no sense. Load the page again.")
		}
	}
	status := http.StatusOK
	if err := p.act.SendInput(ctx, actorOf(c), id, run, c.FormValue("line")); err != nil {
		f, ok := fault.As(err)
		if !ok || f.Code == fault.NotFound {
			return err
		}
		status = http.StatusConflict
		p.web.toast(c, ui.Toast{State: "warn", Text: view.Name + " did not get the line", Detail: f.Message})
	}
	if !isHTMX(c) {
		return p.web.seeOther(c, backFrom(botcard.View(c.FormValue("view")), id))
	}
	return p.web.render(c, status, templ.NopComponent)
}

// runPart keeps the console's run the present one.
func runPart(b botcard.Bot) part {
	return part{target: logview.RunID, rev: b.Status.Run.String(), draw: just(logview.Run(b.Status.Run))}
}
