package web

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/views/dashboard"
)

// rota has one rolling restart.
type rota struct{ state crew.RollState }

func (r *rota) Start(context.Context, event.Actor, string, time.Duration) (crew.RollState, error) {
	return r.state, nil
}
func (r *rota) List() []crew.RollState { return []crew.RollState{r.state} }
func (r *rota) Stop(id uuid.UUID)      { r.state.Ending = r.state.Ending || id == r.state.ID }

// A roll that is stopped is shown as such at once, with scripts and without.
func TestStopARoll(t *testing.T) {
	s := newStage(t)
	s.deck.add("Anchor", bot.Running)
	r := &rota{crew.RollState{ID: uuid.New(), Total: 3, Done: 1, Current: "Anchor"}}
	s.pages.rolls = r
	path := "/bots/rolls/" + r.state.ID.String() + "/stop"
	page := text(t, s.ask(t.Context(), http.MethodPost, path, "HX-Request", "true"))
	if !r.state.Ending || !strings.HasPrefix(page, `<hx-partial hx-target="#`+dashboard.RollsID+`" hx-swap="outerMorph"><div id="`+dashboard.RollsID+`"`) ||
		!strings.Contains(page, "disabled") || strings.Contains(page, "<html") {
		t.Errorf("ending %v: %s", r.state.Ending, page)
	}
	if res := s.ask(t.Context(), http.MethodPost, path); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/" {
		t.Errorf("without scripts: %s to %q", res.Status, res.Header.Get("Location"))
	}
	if res := s.ask(t.Context(), http.MethodPost, "/bots/rolls/x/stop"); res.StatusCode != http.StatusNotFound {
		t.Errorf("no id: %s", res.Status)
	}
}
