package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/views/dashboard"
	"github.com/botswain/botswain/views/ui"
)

// rollKeeper restarts bots one after the other; *crew.Rolls is the real one.
type rollKeeper interface {
	Start(ctx context.Context, by event.Actor, group string, pause time.Duration) (crew.RollState, error)
	List() []crew.RollState
	Stop(uuid.UUID)
}

// startRoll answers POST /bots/rolls: a rolling restart of a group, or of all bots when no group is named.
func (p *pages) startRoll(c echo.Context) error {
	if p.rolls == nil {
		return fault.New(fault.Unavailable, "There are no rolling restarts here.")
	}
	pause, err := time.ParseDuration(c.FormValue("pause"))
	if err != nil {
		return fault.New(fault.Invalid, "The pause has to be a time, such as 30s.")
	}
	group := c.FormValue("group")
	r, err := p.rolls.Start(c.Request().Context(), actorOf(c), group, pause)
	if err != nil {
		return err
	}
	p.web.toast(c, ui.Toast{State: "info", Text: tr(c, "board.rolling", r.Total)})
	to := "/"
	if group != "" {
		to += "?group=" + url.QueryEscape(group)
	}
	return p.backToDashboard(c, to)
}

// stopRoll answers POST /bots/rolls/:id/stop: it ends a rolling restart, or takes one that has ended
// off the page.
func (p *pages) stopRoll(c echo.Context) error {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil || p.rolls == nil {
		return fault.New(fault.NotFound, "There is no such rolling restart.")
	}
	p.rolls.Stop(id)
	if isHTMX(c) {
		var out strings.Builder
		list := part{target: dashboard.RollsID, draw: just(dashboard.RollList(p.showRolls()))}
		if err := newSender(p.fragments).write(c.Request().Context(), &out, []part{list}); err != nil {
			return err
		}
		return p.web.render(c, http.StatusOK, templ.Raw(out.String()))
	}
	return p.backToDashboard(c, "")
}

func (p *pages) showRolls() []dashboard.Roll {
	if p.rolls == nil {
		return nil
	}
	var out []dashboard.Roll
	for _, r := range p.rolls.List() {
		x := dashboard.Roll{
			ID: r.ID.String(), Group: r.Group, Total: r.Total, Done: r.Done, Current: r.Current, Ending: r.Ending, Ended: !r.EndedAt.IsZero(),
		}
		for _, o := range r.Outcomes {
			switch {
			case o.Err == nil:
				x.Restarted++
			case o.Left():
				x.Left++
			case x.Failed == "":
				x.Failed, x.Why = o.Name, o.Words()
			}
		}
		out = append(out, x)
	}
	return out
}
