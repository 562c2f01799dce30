package crew

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
)

// RollState is a rolling restart that a page asked for.
type RollState struct {
	ID      uuid.UUID
	Group   string // "": all bots
	By      event.Actor
	Total   int
	Done    int    // how many bots it is through with
	Current string // the name of the bot that is being restarted; "" when it has ended
	// Ending says that somebody has asked it to end.
	Ending bool
	// EndedAt is zero while it goes on; Outcomes are there from then on.
	EndedAt  time.Time
	Outcomes []Outcome
}

// keepRoll is how long a roll that has ended is remembered.
const keepRoll = 10 * time.Minute

// Rolls are rolling restarts that go on when whoever asked for them has left the page. They end with
// Botswain, and nothing of them is stored.
type Rolls struct {
	crew *Service
	stop context.CancelFunc
	base context.Context
	done sync.WaitGroup

	mu    sync.Mutex
	list  []*roller
	ended bool
}

type roller struct {
	state  RollState
	cancel context.CancelFunc // no further bot is begun
}

// NewRolls makes the service; close it before the bots are stopped.
func NewRolls(s *Service) *Rolls {
	ctx, cancel := context.WithCancel(context.Background())
	return &Rolls{crew: s, base: ctx, stop: cancel}
}

// Start begins a rolling restart of a group, or of all bots when group is "". While another one of the
// same bots goes on that is a fault.Conflict.
func (r *Rolls) Start(ctx context.Context, by event.Actor, group string, pause time.Duration) (RollState, error) {
	if pause < 0 || pause > MaxPause {
		return RollState{}, fault.New(fault.Invalid, "The pause must be between 0s and %s.", MaxPause)
	}
	bots, err := r.crew.chosen(ctx, Which{Group: group, All: strings.TrimSpace(group) == ""})
	if err != nil {
		return RollState{}, err
	}
	bots = inOrder(bots)
	running, cancel := context.WithCancel(r.base)
	w := &roller{cancel: cancel, state: RollState{ID: uuid.New(), Group: strings.ToLower(strings.TrimSpace(group)), By: by, Total: len(bots)}}
	begun := w.state // from now on others change it
	if err := r.add(w); err != nil {
		cancel()
		return RollState{}, err
	}
	go func() {
		defer r.done.Done()
		defer cancel()
		out := r.crew.rollAll(running, r.base, by, bots, pause, func(i int) { r.at(w, i, bots[i]) })
		r.end(w, out)
	}()
	return begun, nil
}

func (r *Rolls) add(w *roller) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return fault.New(fault.Unavailable, "Botswain is about to end.")
	}
	for _, other := range r.list {
		same := other.state.Group == w.state.Group || other.state.Group == "" || w.state.Group == ""
		if same && other.state.EndedAt.IsZero() {
			return fault.New(fault.Conflict, "A rolling restart of these bots is going on already.")
		}
	}
	r.list = append(r.list, w)
	r.done.Add(1)
	return nil
}

func (r *Rolls) at(w *roller, i int, b bot.Bot) {
	r.mu.Lock()
	w.state.Done, w.state.Current = i, b.Name
	r.mu.Unlock()
	r.tell()
}

func (r *Rolls) end(w *roller, out []Outcome) {
	r.mu.Lock()
	w.state.Done, w.state.Current, w.state.Outcomes, w.state.EndedAt = len(out), "", out, time.Now()
	r.mu.Unlock()
	r.tell()
}

func (r *Rolls) tell() { r.crew.hub.Publish(event.Topic{Kind: event.TopicCrew}) }

// List gives those that go on and those that have just ended, oldest first.
func (r *Rolls) List() []RollState {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = slices.DeleteFunc(r.list, func(w *roller) bool {
		return !w.state.EndedAt.IsZero() && time.Since(w.state.EndedAt) > keepRoll
	})
	var out []RollState
	for _, w := range r.list {
		out = append(out, w.state)
	}
	return out
}

// Stop ends a roll after the bot that is being restarted, which gets its time to come up, or forgets one
// that has ended. One that isn't there any more is fine.
func (r *Rolls) Stop(id uuid.UUID) {
	r.mu.Lock()
	r.list = slices.DeleteFunc(r.list, func(w *roller) bool {
		if w.state.ID != id {
			return false
		}
		w.state.Ending = true
		w.cancel()
		return !w.state.EndedAt.IsZero()
	})
	r.mu.Unlock()
	r.tell()
}

// Close ends all rolls and waits for them.
func (r *Rolls) Close() {
	r.mu.Lock()
	r.ended = true
	r.mu.Unlock()
	r.stop()
	r.done.Wait()
}
