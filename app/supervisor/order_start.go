package supervisor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
)

// needPatience is how long a start waits for a bot that is down: from when it was first seen so,
// even if it is tried again meanwhile. Then it goes on without, with a warning. A bot that is
// starting is waited for as long as it takes.
const needPatience = time.Minute

// awaitNeeds waits until what a run starts after is up, was given up, or ctx ends. A bot that ended
// with success has done its work: nobody waits for it.
func (s *Supervisor) awaitNeeds(ctx context.Context, a *actor, run *process) {
	if len(run.needs) == 0 {
		return
	}
	// Until all are reconciled, one that is about to start looks as if it were down.
	select {
	case <-s.ready:
	case <-ctx.Done():
		return
	}
	changed := s.board.hub.Subscribe(func(t event.Topic) bool { return t.Kind == event.TopicBot && slices.Contains(run.needs, t.Bot) })
	defer changed.Close()
	needs := slices.Clone(run.needs)
	down := map[bot.ID]time.Time{}
	said := ""
	for {
		var next time.Time
		needs, next = s.missing(a, run, needs, down)
		if len(needs) == 0 {
			return
		}
		if words := "Waits for " + s.namesOf(needs) + " to run"; words != said {
			said = words
			a.tell(func(a *actor) { a.awaiting(run, words) })
		}
		var patience <-chan time.Time
		if !next.IsZero() {
			t := time.NewTimer(time.Until(next))
			defer t.Stop()
			patience = t.C
		}
		select {
		case <-changed.C():
			changed.Take()
		case <-patience:
		case <-ctx.Done():
			return
		}
	}
}

// missing are those of needs that are still waited for; next is when one of them is given up. down
// has since when each was down.
func (s *Supervisor) missing(a *actor, run *process, needs []bot.ID, down map[bot.ID]time.Time) (left []bot.ID, next time.Time) {
	for _, id := range needs {
		st, ok := s.Status(id)
		if !ok || st.State == bot.Running || st.State == bot.Unresponsive || st.State == bot.Exited {
			continue
		}
		if _, was := down[id]; !was && (isDown(st) || s.remains.hold(id)) {
			down[id] = time.Now()
		}
		if since, was := down[id]; was {
			end := since.Add(needPatience)
			if !time.Now().Before(end) {
				message := fmt.Sprintf("Started without %s, which is %s", s.order.name(id), st.State)
				a.tell(func(a *actor) { a.outOfOrder(run, message) })
				continue
			}
			if next.IsZero() || end.Before(next) {
				next = end
			}
		}
		left = append(left, id)
	}
	return left, next
}

// isDown says whether a bot is not about to run, as far as one can know.
func isDown(st bot.Status) bool {
	switch st.State {
	case bot.Starting:
		return false
	case bot.Stopping:
		return st.Desired != bot.Up // else it is being restarted
	}
	return true
}

func (s *Supervisor) namesOf(ids []bot.ID) string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = s.order.name(id)
	}
	return clean(strings.Join(names, ", "))
}

func (a *actor) awaiting(run *process, words string) {
	if a.run == run && run.launching && a.st.State == bot.Starting {
		a.waitsFor(words)
		a.show()
	}
}

// outOfOrder records that a bot doesn't wait any longer for one that it starts after.
func (a *actor) outOfOrder(run *process, message string) {
	if a.run != run || a.st.State != bot.Starting {
		return
	}
	a.waitsFor("")
	a.note(run.id, noteWarn, message+".")
	a.record(Change{Event: a.happened(event.BotUnordered, event.Botswain, message)})
	a.show()
}
