package supervisor

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
)

// order knows which bots start after which.
//
// It holds where several bots are started or stopped together: when Botswain starts or ends, and in
// ActAll. A single bot that a person starts or stops goes at once, and so does one that is started
// again after a crash.
type order struct {
	mu    sync.RWMutex
	after map[bot.ID][]bot.ID // only of those that start after others
	names map[bot.ID]string
}

func newOrder() *order { return &order{after: map[bot.ID][]bot.ID{}, names: map[bot.ID]string{}} }

func (o *order) set(b bot.Bot) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.names[b.ID] = b.Name
	delete(o.after, b.ID)
	if len(b.StartAfter) > 0 {
		o.after[b.ID] = b.StartAfter
	}
}

func (o *order) drop(id bot.ID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.after, id)
	delete(o.names, id)
}

func (o *order) name(id bot.ID) string {
	o.mu.RLock()
	defer o.mu.RUnlock()
	return o.names[id]
}

func (o *order) of(id bot.ID) []bot.ID { return o.after[id] }

func (o *order) levels(ids []bot.ID) [][]bot.ID {
	o.mu.RLock()
	defer o.mu.RUnlock()
	return bot.Levels(ids, o.of)
}

// needs lists what a bot waits for at its start: those that it names.
func (o *order) needs(b bot.Bot) []bot.ID {
	if len(b.StartAfter) == 0 {
		return nil
	}
	o.mu.RLock()
	defer o.mu.RUnlock()
	all := bot.Needs(b.ID, o.of) // without circles
	return slices.DeleteFunc(slices.Clone(b.StartAfter), func(id bot.ID) bool { return !slices.Contains(all, id) })
}

// dependents lists all that start after a bot, straight or by a detour.
func (o *order) dependents(id bot.ID) []bot.ID {
	o.mu.RLock()
	defer o.mu.RUnlock()
	var list []bot.ID
	for other := range o.after {
		if slices.Contains(bot.Needs(other, o.of), id) {
			list = append(list, other)
		}
	}
	return list
}

// manyGateTime bounds how long the answer to a start of many bots waits for the gates. What they refuse later is in
// the bots' states and events.
const manyGateTime = 2 * time.Second

// ActAll does one thing to many bots, and answers an error or nil for each, in their order. A start
// or restart waits until those that a bot starts after are running, a stop until those that start
// after it are down; the answer doesn't wait for that. What it says of storing and of errors is what
// Act says, but that it waits for the gates of bots that wait for no other only, and for manyGateTime in all.
func (s *Supervisor) ActAll(ctx context.Context, ids []bot.ID, action bot.Action, by event.Actor) []error {
	errs := make(map[bot.ID]error, len(ids))
	with := map[bot.ID]bool{}
	for _, id := range ids {
		with[id] = true
	}
	var mu sync.Mutex
	var stored []<-chan struct{}
	admissions := map[bot.ID]*admission{}
	// Once begun it isn't left half done: who waits for a bot relies on it.
	asking := context.WithoutCancel(ctx)
	for _, level := range s.order.levels(ids) {
		asked := map[bot.ID]func() error{}
		for _, id := range level {
			a, err := s.actor(ctx, id)
			if err != nil {
				mu.Lock()
				errs[id] = err
				mu.Unlock()
				continue
			}
			asked[id] = s.begun(asking, a, func(a *actor, answer func(error)) {
				a.together = with
				err := a.act(action, by)
				a.together = nil
				mu.Lock()
				errs[id], stored = err, append(stored, a.stored)
				if err == nil { // else it is an earlier start's
					admissions[id] = a.asksNow(action)
				}
				mu.Unlock()
				answer(nil)
			})
		}
		for id, wait := range asked {
			if err := wait(); err != nil {
				mu.Lock()
				errs[id] = err
				mu.Unlock()
			}
		}
	}
	for _, ch := range stored {
		if ch != nil {
			s.awaitStored(ctx, ch)
		}
	}
	judged, cancel := context.WithTimeout(ctx, manyGateTime)
	defer cancel()
	for id, asked := range admissions {
		if err := asked.await(judged); err != nil {
			errs[id] = err
		}
	}
	list := make([]error, len(ids))
	for i, id := range ids {
		list[i] = errs[id]
	}
	return list
}
