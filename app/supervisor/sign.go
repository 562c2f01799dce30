package supervisor

import (
	"context"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
)

// Sign is what a run says of itself, by a report or over sd_notify's protocol.
type Sign struct {
	By    bot.Probe // ProbeReport or ProbeNotify
	Ready bool
	Alive bool
	// Failing asks for what follows silence, at once.
	Failing bool
	// Status is what it is at, in its own words; nil: it doesn't say.
	Status *string
}

// Reported hands over what a report says; see Heard.
func (s *Supervisor) Reported(ctx context.Context, id bot.ID, run bot.RunID, ready, heartbeat bool) {
	s.Heard(ctx, id, run, Sign{By: bot.ProbeReport, Ready: ready, Alive: heartbeat})
}

// Heard hands a sign to its bot and returns when that has taken note of it, so that who says much
// can't fill the memory. A sign of a run that is over is dropped.
func (s *Supervisor) Heard(ctx context.Context, id bot.ID, run bot.RunID, sign Sign) {
	s.mu.Lock()
	a, ok := s.actors[id]
	s.mu.Unlock()
	taken := make(chan struct{})
	if !ok || !a.tell(func(a *actor) { a.heard(run, sign); close(taken) }) {
		return
	}
	select {
	case <-taken:
	case <-a.done:
	case <-ctx.Done():
	}
}

// Living says whose a run is, from before its process exists until its end was told: fault.NotFound
// when it is over, fault.Unavailable while Botswain looks for what lives.
func (s *Supervisor) Living(run bot.RunID) (bot.ID, error) {
	if id, ok := s.board.owner(run); ok {
		return id, nil
	}
	select {
	case <-s.ready:
		return bot.ID{}, fault.New(fault.NotFound, "This run is over.")
	default:
		return bot.ID{}, &fault.Error{
			Code: fault.Unavailable, Message: "Botswain is starting; try again in a moment.", RetryAfter: time.Second,
		}
	}
}

// owner says whose a living run is.
func (b *board) owner(run bot.RunID) (bot.ID, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	for id, st := range b.all {
		if st.Run == run && run != (bot.RunID{}) {
			return id, true
		}
	}
	return bot.ID{}, false
}

// heard takes note of a sign.
func (a *actor) heard(run bot.RunID, s Sign) {
	r := a.run
	if r == nil || r.id != run || a.st.State == bot.Stopping {
		return
	}
	w, h := &r.watch, r.def.Health
	if s.Status != nil {
		a.says(r, *s.Status)
	}
	if (s.Ready || s.Alive && w.adopted) && s.By == r.def.Ready.By {
		w.ready = true
		if r.born && a.st.State == bot.Starting {
			a.becameReady(r)
		}
	}
	if s.By != h.By || a.st.State != bot.Running && a.st.State != bot.Unresponsive {
		return
	}
	switch {
	case s.Failing:
		a.deaf(r, "it asked for its watchdog")
	case s.Alive, s.Ready:
		a.listen(r)
		a.well(r)
	}
}

// saysPause is the shortest time between two changes of a bot's own words on pages.
const saysPause = time.Second

// says shows what a bot says it is at.
func (a *actor) says(run *process, text string) {
	w := &run.watch
	if text = shorten(clean(text)); text == w.says {
		return
	}
	w.says = text
	if a.st.State != bot.Running || w.quiet {
		return
	}
	a.st.Reason = text
	a.show()
	w.quiet = true
	w.saying.set(a, saysPause, func(a *actor) {
		w.quiet = false
		if a.run == run && a.st.State == bot.Running && a.st.Reason != w.says {
			a.st.Reason = w.says
			a.show()
		}
	})
}

// maxSays is the longest status that is shown, in characters.
const maxSays = 200

func shorten(s string) string {
	if r := []rune(s); len(r) > maxSays {
		return string(r[:maxSays-1]) + "…"
	}
	return s
}
