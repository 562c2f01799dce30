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
// which run it shows, so that the line can't reach another one. The line itself comes back by the log; one that
// is refused stays in the field.
func (p *pages) sendInput(c echo.Context) error {
	id, err := botParam(c)
	if err != nil {
		return err
	}
	if err := parseForm(c); err != nil {
		return err
	}
	if !c.Request().Form.Has("line") { // an empty one is a line, too
		return fault.New(fault.Invalid, "There is no line in what was sent.")
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
	line, from := c.FormValue("line"), botcard.View(c.FormValue("view"))
	if err := p.act.SendInput(ctx, actorOf(c), id, run, line); err != nil {
		return p.inputRefused(c, view.Name, line, from, err)
	}
	if !isHTMX(c) {
		return p.web.seeOther(c, backFrom(from, id))
	}
	return p.web.render(c, http.StatusOK, templ.NopComponent)
}

// inputRefused says why a line wasn't sent. With scripts it is still in the field; without them the page that it
// came from is the answer, with the line, for a redirect would lose it.
func (p *pages) inputRefused(c echo.Context, name, line string, from botcard.View, err error) error {
	d := describe(err)
	_, known := fault.As(err)
	if d.status == http.StatusNotFound || !known && isHTMX(c) {
		return err
	}
	if known && d.status != http.StatusUnprocessableEntity {
		d.status = http.StatusConflict
	}
	p.web.logFailure(c, d, err)
	p.web.toast(c, ui.Toast{State: "warn", Text: name + " did not get the line", Detail: d.message})
	switch {
	case isHTMX(c):
		return p.web.render(c, d.status, templ.NopComponent)
	case from == botcard.OnLogs:
		return p.showLogPage(c, d.status, line)
	}
	return p.showOverview(c, d.status, line)
}

// runPart keeps the console's run the present one.
func runPart(b botcard.Bot) part {
	return part{target: logview.RunID, rev: b.Status.Run.String(), draw: just(logview.Run(b.Status.Run))}
}
