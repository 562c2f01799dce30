package supervisor

import (
	"context"
	"sync"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/runner"
)

// world is the backend of a model run: what it does follows the model's fate.
type world struct {
	*fakeBackend
	m    *model
	mu   sync.Mutex // the model's fate is read by launchers
	open chan struct{}
	life int // which Botswain this is; the kills of an earlier one don't happen
}

func (w *world) Apply(ctx context.Context, s runner.Start) (runner.Instance, error) {
	if s.Before != nil {
		if err := s.Before(); err != nil {
			return runner.Instance{}, err
		}
		s.Before = nil
	}
	w.mu.Lock()
	f, open := w.m.fate, w.open
	w.mu.Unlock()
	if f.slow {
		<-open
		w.mu.Lock()
		f = w.m.fate
		w.mu.Unlock()
	}
	switch {
	case f.hopeless:
		return runner.Instance{}, fault.New(fault.Invalid, "There is no such program.")
	case f.failing:
		return runner.Instance{}, errAway
	}
	return w.fakeBackend.Apply(ctx, s)
}

func (w *world) Stop(_ context.Context, run bot.RunID, signal string, grace time.Duration) error {
	w.mu.Lock()
	deaf, life := w.m.fate.deaf, w.life
	w.mu.Unlock()
	switch {
	case signal == "SIGKILL" || grace == 0:
		w.exit(run, bot.Exit{Signal: "SIGKILL"})
	case !deaf:
		w.exit(run, bot.Exit{Signal: signal})
	default:
		time.AfterFunc(grace, func() {
			w.mu.Lock()
			same := life == w.life
			w.mu.Unlock()
			if same {
				w.exit(run, bot.Exit{Signal: "SIGKILL"})
			}
		})
	}
	return nil
}

// judge finds a fatal cause when fate has one.
func (w *world) judge(context.Context, End) *bot.Cause {
	w.mu.Lock()
	defer w.mu.Unlock()
	return &bot.Cause{ID: "some", Title: "Something is wrong", Fatal: w.m.fate.fatal}
}

// living are the runs that a new Botswain finds.
func (w *world) living() []runner.Instance {
	w.fakeBackend.mu.Lock()
	defer w.fakeBackend.mu.Unlock()
	w.ends = nil
	var all []runner.Instance
	for _, r := range w.runs {
		if !r.over {
			all = append(all, runner.Instance{Bot: r.bot, Run: r.id, PID: 7, StartedAt: w.m.begun, Adopted: true})
		}
	}
	return all
}

// remembered is what the changes that were stored have made.
func (m *memStorage) remembered() Memory {
	mem := Memory{States: map[bot.ID]StoredState{}, LastEnds: map[bot.ID]bot.Exit{}}
	open := map[bot.RunID]event.Run{}
	for _, c := range m.all() {
		if c.State != nil {
			mem.States[c.Bot] = *c.State
		}
		if c.Run != nil {
			open[c.Run.ID] = event.Run{ID: c.Run.ID, Bot: c.Bot, Version: c.Run.Version, StartedAt: c.Run.At}
		}
		if c.End != nil {
			delete(open, c.End.ID)
			mem.LastEnds[c.Bot] = c.End.Exit
		}
	}
	for _, r := range open {
		mem.Open = append(mem.Open, r)
	}
	return mem
}
