package supervisor

import (
	"context"
	"slices"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
)

// holding are the runs that must be over before the bot's own process gets its stop signal.
type holding map[bot.ID]bot.RunID

// heldBy lists the runs that have to end before this bot is stopped: of the bots that start after it
// and are stopped together with it.
func (a *actor) heldBy(with func(bot.ID) bool) holding {
	h := holding{}
	for _, id := range a.s.order.dependents(a.def.ID) {
		if st, ok := a.s.Status(id); ok && with(id) && st.State.Alive() {
			h[id] = st.Run
		}
	}
	return h
}

// left are those of them that still live. One that can't be killed holds nobody up for ever.
func (s *Supervisor) left(h holding) []bot.ID {
	var list []bot.ID
	for id, run := range h {
		st, ok := s.Status(id)
		if !ok || st.Run != run || !st.State.Alive() {
			continue
		}
		if st.State == bot.Stopping && !st.KillAt.IsZero() && time.Since(st.KillAt) > insist {
			continue
		}
		list = append(list, id)
	}
	slices.SortFunc(list, func(a, b bot.ID) int { return slices.Compare(a[:], b[:]) })
	return list
}

// hold puts the stop off until others are down; false: there is nothing to wait for.
func (a *actor) hold(h holding) bool {
	left := a.s.left(h)
	if len(left) == 0 {
		return false
	}
	ctx, cancel := context.WithCancel(context.Background())
	a.release = cancel
	a.st.KillAt = time.Time{}
	a.st.Reason = "Waits for " + a.s.namesOf(left) + " to stop"
	run := a.run
	a.s.launches.Go(func() {
		a.s.awaitDown(ctx, h)
		a.tell(func(a *actor) {
			if ctx.Err() == nil && a.run == run && a.st.State == bot.Stopping {
				a.free()
				a.st.Reason, a.st.KillAt = a.ending.why, deadline(a.ending.grace)
				a.signal()
				a.show()
			}
		})
	})
	return true
}

// free ends a hold.
func (a *actor) free() {
	if a.release != nil {
		a.release()
		a.release = nil
	}
}

func (s *Supervisor) awaitDown(ctx context.Context, h holding) {
	changed := s.board.hub.Subscribe(func(t event.Topic) bool {
		_, held := h[t.Bot]
		return held && t.Kind == event.TopicBot
	})
	defer changed.Close()
	look := time.NewTicker(time.Second) // for what can't be killed
	defer look.Stop()
	for len(s.left(h)) > 0 {
		select {
		case <-changed.C():
			changed.Take()
		case <-look.C:
		case <-ctx.Done():
			return
		}
	}
}
