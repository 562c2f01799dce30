package web

import (
	"context"
	"net/http"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/views/ui"
)

// undoPatience is how long an undone stop waits for the bot to be down, which it has to be before it can
// be started.
const undoPatience = 25 * time.Second

// undoStop answers POST /bots/:id/stop/undo: the bot is started again, as soon as it is down.
func (p *pages) undoStop(c echo.Context) error {
	id, err := botParam(c)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), undoPatience)
	defer cancel()
	view, err := p.down(ctx, id)
	if err != nil {
		return err
	}
	if view.Status.State == bot.Stopping {
		return fault.New(fault.Conflict, "%s is still stopping. Start it when it is down.", view.Name)
	}
	if !view.Status.State.Alive() { // else somebody was quicker
		view, err = p.act.Act(ctx, actorOf(c), id, bot.Start)
		if f, ok := fault.As(err); ok && f.Confirm != "" {
			return p.web.seeOther(c, "/bots/"+id.String()+"/confirm/start")
		}
		if err != nil {
			return err
		}
	}
	p.web.toast(c, ui.Toast{State: "info", Text: actionToast(bot.Start, view.Name)})
	if !isHTMX(c) {
		return p.web.seeOther(c, "/bots/"+id.String())
	}
	return p.web.render(c, http.StatusOK, templ.NopComponent) // the page changes by the stream
}

// down waits until a bot isn't stopping any more, or ctx is over; it gives the bot as it is then.
func (p *pages) down(ctx context.Context, id bot.ID) (crew.View, error) {
	sub := p.hub.Subscribe(func(t event.Topic) bool { return t.Kind == event.TopicBot && t.Bot == id })
	defer sub.Close()
	for {
		view, err := p.crew.Get(context.WithoutCancel(ctx), id)
		if err != nil || view.Status.State != bot.Stopping {
			return view, err
		}
		select {
		case <-ctx.Done():
			return view, nil
		case <-sub.C():
			sub.Take()
		}
	}
}
