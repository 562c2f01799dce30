package web

import (
	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/views/dashboard"
	"github.com/botswain/botswain/views/ui"
)

// addExamples answers POST /bots/examples: adds the chosen example bots and starts them.
func (p *pages) addExamples(c echo.Context) error {
	form, err := c.FormParams()
	if err != nil {
		return err
	}
	keys := form["key"]
	if len(keys) == 0 {
		p.web.toast(c, ui.Toast{State: "warn", Text: "No example bot was chosen", Detail: "Tick at least one of them."})
		return p.web.seeOther(c, "/")
	}
	ctx, by := c.Request().Context(), actorOf(c)
	added, err := p.act.AddExamples(ctx, by, keys)
	if err != nil {
		return err
	}
	for _, v := range added {
		// One that runs already is as good as started.
		if _, err := p.act.Act(ctx, by, v.ID, bot.Start); err != nil && fault.CodeOf(err) != fault.Conflict {
			return err
		}
	}
	p.web.toast(c, ui.Toast{State: "ok", Text: tr(c, "board.examples-added", len(added)), Detail: "They are starting now."})
	return p.web.seeOther(c, "/")
}

func showExample(e crew.Example) dashboard.Example {
	return dashboard.Example{Key: e.Key, Name: e.Name, Text: e.Text}
}
