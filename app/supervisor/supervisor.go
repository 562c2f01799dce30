package supervisor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"sync"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/probe"
	"github.com/botswain/botswain/app/runner"
)

// Supervisor owns the actors of all bots. See New.
type Supervisor struct {
	backend    runner.Backend
	logs       LogSink
	storage    Storage
	writer     Writer
	definition func(context.Context) ([]bot.Bot, error)
	env        EnvFunc
	installEnv EnvFunc
	recover    func(context.Context, map[bot.RunID]bool) error
	redact     func(bot.ID, string) string
	random     func() float64
	log        *slog.Logger

	journal *journal
	board   *board
	starts  *starts
	order   *order
	// remains hold the starts of their bots up.
	remains  *remains
	ceilings ceilings
	peaks    peaks
	launches sync.WaitGroup
	lives    sync.WaitGroup
	checks   sync.WaitGroup // looks at bots from outside
	prober   Prober
	notify   Notifier // nil: bots get no socket
	gates    []Gate
	gated    func(bot.Bot) bool
	judges   []Judge
	tail     Tail // nil: judges get no lines

	mu     sync.Mutex
	actors map[bot.ID]*actor
	began  bool // Run was called, or Shutdown before it
	ended  bool // no new actors

	ready    chan struct{}
	closing  chan struct{} // closed by Shutdown or the end of Run's context
	leave    bool          // set before closing is closed
	once     sync.Once
	finished chan struct{} // Run has wound everything down
}

// New makes a supervisor that does nothing until Run.
func New(o Options) *Supervisor {
	if o.Env == nil {
		o.Env = Environment(os.LookupEnv, nil, nil)
	}
	if o.InstallEnv == nil {
		o.InstallEnv = Environment(os.LookupEnv, nil, nil)
	}
	if o.Random == nil {
		o.Random = rand.Float64
	}
	if o.Writer == nil {
		o.Writer = sole{}
	}
	if o.Prober == nil {
		o.Prober = probe.New()
	}
	if o.Gated == nil {
		o.Gated = func(bot.Bot) bool { return true }
	}
	if o.Redact == nil {
		o.Redact = func(_ bot.ID, text string) string { return text }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Supervisor{
		backend: o.Backend, logs: o.Logs, storage: o.Store, definition: o.Bots, env: o.Env, installEnv: o.InstallEnv, recover: o.Recover, redact: o.Redact,
		random: o.Random, log: o.Log, prober: o.Prober, notify: o.Notify,
		gates: o.Gates, gated: o.Gated, judges: o.Judges, tail: o.Tail,
		journal: newJournal(o.Store, o.Writer, o.Journal, o.Log),
		writer:  o.Writer,
		board:   &board{hub: o.Hub, all: map[bot.ID]bot.Status{}},
		starts:  newStarts(o.MaxStarts),
		order:   newOrder(), remains: newRemains(),
		actors: map[bot.ID]*actor{},
		ready:  make(chan struct{}), closing: make(chan struct{}), finished: make(chan struct{}),
	}
}

// Ready is closed when Run has adopted and started what should live. Put, Remove and Act wait
// for it.
func (s *Supervisor) Ready() <-chan struct{} { return s.ready }

// Status is the newest status of one bot.
func (s *Supervisor) Status(id bot.ID) (bot.Status, bool) { return s.board.get(id) }

// Statuses are the newest statuses of all bots, in no order.
func (s *Supervisor) Statuses() []bot.Status { return s.board.list() }

// Runs says which bot each living run is of.
func (s *Supervisor) Runs() map[bot.RunID]bot.ID {
	runs := map[bot.RunID]bot.ID{}
	for _, st := range s.board.list() {
		if st.Run != (bot.RunID{}) {
			runs[st.Run] = st.ID
		}
	}
	return runs
}

// Put gives the supervisor a new or changed definition; a change applies at the next start. A
// bot that was retired may be started again. Put never starts a bot.
func (s *Supervisor) Put(ctx context.Context, b bot.Bot) error {
	if err := s.awaitReady(ctx); err != nil {
		return err
	}
	s.mu.Lock()
	a, ok := s.actors[b.ID]
	if !ok && s.ended {
		s.mu.Unlock()
		return closingFault()
	}
	if !ok {
		a = newActor(s, b, StoredState{})
		s.begin(a)
	}
	s.mu.Unlock()
	return s.ask(ctx, a, func(a *actor, answer func(error)) {
		// Two changes may come in the wrong order.
		if b.Version >= a.def.Version {
			a.def = b
			s.order.set(b)
			a.reschedule()
		}
		a.retired = false
		a.show()
		answer(nil)
	})
}

// Retire stops a bot that is about to be deleted, refuses further starts, and waits until no
// process of it lives. Put takes it back, and leaves it down.
func (s *Supervisor) Retire(ctx context.Context, id bot.ID, by event.Actor) error {
	a, err := s.actor(ctx, id)
	if err != nil {
		return err
	}
	return s.ask(ctx, a, func(a *actor, answer func(error)) {
		a.retire(by, func() { answer(nil) })
	})
}

// Remove forgets a bot, after stopping it, with all that the runner keeps for it. Its rows and its
// log are the caller's business.
func (s *Supervisor) Remove(ctx context.Context, id bot.ID) error {
	if err := s.Retire(ctx, id, event.Botswain); err != nil {
		if fault.CodeOf(err) == fault.NotFound {
			return nil
		}
		return err
	}
	a, err := s.actor(ctx, id)
	if err != nil {
		return err
	}
	a.tell(func(a *actor) {
		a.closing = true
		a.wantDown(event.Botswain, "stopped to be deleted") // a Put may have come between
		a.show()
	})
	select {
	case <-a.done:
	case <-ctx.Done():
		return fmt.Errorf("wait for a bot: %w", ctx.Err())
	}
	s.mu.Lock()
	delete(s.actors, id)
	s.backend.Expect(len(s.actors))
	s.mu.Unlock()
	s.order.drop(id)
	s.board.drop(id)
	if err := s.backend.Remove(ctx, id); err != nil {
		return fmt.Errorf("remove what the runner keeps of a bot: %w", err)
	}
	return nil
}

// begin starts an actor's goroutine. s.mu is held.
func (s *Supervisor) begin(a *actor) {
	s.actors[a.def.ID] = a
	s.backend.Expect(len(s.actors))
	s.order.set(a.def)
	s.lives.Go(a.live)
}

// errAgain is for a second Run, and for one after Shutdown.
var errAgain = errors.New("supervisor: Run after Run or Shutdown")

// drainTime bounds how long the end waits for the database.
const drainTime = 3 * time.Second
