package supervisor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/runner"
)

// storeFirst is how long a start or an answer waits for its change to be stored before it goes on
// without: a database that is away must not keep bots down.
const storeFirst = 2 * time.Second

var errTakenBack = errors.New("the start was taken back before anything was executed")

// startAnew is a start that forgets earlier failures: by a person, or when Botswain starts.
func (a *actor) startAnew(cause string, by event.Actor) {
	a.count, a.judging = backoff{}, nil
	if byPerson(cause) {
		a.crashes.forget()
		a.st.CrashLoop = 0
		a.st.Desired = bot.Up
		a.st.Restarts = 0
		a.known = ""
	}
	a.launch(cause, by)
}

// launch decides that a process shall be, stores that, and has the launcher make it. The actor
// doesn't wait: it can be told to stop meanwhile.
func (a *actor) launch(cause string, by event.Actor) {
	a.timer.stop()
	if !a.move(inLaunch, "") {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	run := &process{id: bot.NewID(), def: a.def, launching: true, cancel: cancel, begun: now(), cause: cause, after: a.judging}
	if len(a.s.gates) > 0 && a.s.gated(a.def) {
		run.admission = &admission{by: by, done: make(chan struct{})}
	}
	if a.inOrder {
		run.needs = a.s.order.needs(a.def)
	}
	a.inOrder = false
	a.run = run
	a.again = false
	a.st.Run, a.st.PID, a.st.StartedAt, a.st.RunVersion = run.id, 0, time.Time{}, a.def.Version
	change := Change{
		Run:   &RunStart{ID: run.id, Version: a.def.Version, Cause: cause, Actor: by, At: run.begun, Previous: a.before},
		Event: a.happened(event.BotStarting, by, startWords(cause, by, a.st.Restarts)),
	}
	var row <-chan struct{}
	if byPerson(cause) {
		row = a.record(change).seen
	} else {
		a.recordTo(a.s.journal.later, change)
	}
	a.show()
	turn := a.s.starts.place(byPerson(cause), func(n int) {
		a.tell(func(a *actor) { a.queued(run, n) })
	})
	a.s.launches.Go(func() {
		defer cancel()
		inst, err := a.s.spawn(ctx, a, run, turn, row)
		// The actor lives as long as a launch of its own is under way.
		a.tell(func(a *actor) { a.spawned(run, inst, err) })
	})
}

// byPerson says whether a start was asked for by somebody: it forgets what was before.
func byPerson(cause string) bool { return cause == "manual" || cause == "restart" }

func startWords(cause string, by event.Actor, restarts int) string {
	switch cause {
	case "health":
		return fmt.Sprintf("Started again because it was unresponsive (restart %d)", restarts)
	case "crash":
		return fmt.Sprintf("Started again (restart %d)", restarts)
	case "autostart":
		return "Started with Botswain"
	case "resume":
		return "Started again with Botswain"
	case "reboot":
		return "Started again after a restart of the machine"
	case "oom":
		return fmt.Sprintf("Started again after it ran out of memory (restart %d)", restarts)
	case "schedule":
		return "Restarted by its schedule"
	case "memory":
		return "Restarted because of its memory"
	case "restart":
		return "Restarted " + nameOf(by)
	}
	return "Started " + nameOf(by)
}

// spawn runs on a launcher goroutine, and not too many at once. Before exec a run is recorded: by the
// runner in the run's folder, which is enough to know the process again. Where a person asked, their
// wish is in the database first, too; while that is on its way the runner prepares what it can, or,
// where others wait for their turn, it comes first, so that nobody has a turn and only waits.
func (s *Supervisor) spawn(ctx context.Context, a *actor, run *process, turn *turn, row <-chan struct{}) (runner.Instance, error) {
	s.awaitLeftovers(ctx, a, run)
	s.awaitNeeds(ctx, a, run)
	if err := s.admit(ctx, run); err != nil {
		return runner.Instance{}, err
	}
	if !s.starts.free() {
		if err := s.awaitRow(ctx, row); err != nil {
			return runner.Instance{}, err
		}
		if !s.starts.take(ctx, turn) {
			return runner.Instance{}, errTakenBack
		}
	}
	defer s.starts.give()
	def := run.def
	env, err := s.env(ctx, def, run.id)
	if err == nil {
		env, err = s.speak(def, run.id, env)
	}
	if err != nil {
		return runner.Instance{}, err
	}
	// It can be taken back until the row is there, and not later: an exec that is cut short could leave
	// a process nobody knows.
	return s.backend.Apply(context.WithoutCancel(ctx), runner.Start{
		Bot: def.ID, Run: run.id, Command: def.Command, Dir: def.Dir, Env: env, Limits: def.Limits, RunAs: def.RunAs,
		Before: func() error {
			if err := s.awaitRow(ctx, row); err != nil {
				return err
			}
			return run.after.allows(ctx)
		},
	})
}

// awaitRow returns when the run's row is there (nil: needn't be), or isn't going to be soon, and this
// Botswain may start bots. The error is errTakenBack.
func (s *Supervisor) awaitRow(ctx context.Context, row <-chan struct{}) error {
	if row != nil {
		s.awaitStored(ctx, row)
	}
	if s.writer.AwaitStart(ctx) != nil || ctx.Err() != nil {
		return errTakenBack
	}
	return nil
}

// awaitStored returns when a change is stored, or isn't going to be soon.
func (s *Supervisor) awaitStored(ctx context.Context, stored <-chan struct{}) {
	if s.journal.failing.Load() {
		return
	}
	limit := time.NewTimer(storeFirst)
	defer limit.Stop()
	select {
	case <-stored:
	case <-limit.C:
	case <-ctx.Done():
	}
}

// spawned is the launcher's report.
func (a *actor) spawned(run *process, inst runner.Instance, err error) {
	run.launching = false
	if err != nil {
		a.unborn(err)
		return
	}
	run.born = true
	a.waitsFor("")
	a.watchMemory()
	a.note(run.id, noteInfo, fmt.Sprintf("Started (pid %d).", inst.PID)) // before what it prints
	a.s.logs.Follow(a.def.ID, run.id, a.s.backend.SpoolDir(a.def.ID, run.id))
	a.st.PID, a.st.StartedAt = inst.PID, inst.StartedAt
	a.record(Change{Began: &RunProcess{ID: run.id, Instance: inst}})
	switch {
	case run.early != nil:
		a.ended(*run.early)
	case a.leaving:
		a.over = true
	case a.st.State == bot.Stopping:
		// The start couldn't be taken back any more; the grace begins now.
		a.st.KillAt = deadline(a.ending.grace)
		a.signal()
		a.show()
	default:
		a.armUp(inst.StartedAt)
		a.show()
	}
}

func (a *actor) up(kind event.Kind, message string) {
	if a.move(inUp, a.run.watch.says) {
		a.record(Change{Up: &RunUp{ID: a.run.id, At: a.st.Since}, Event: a.happened(kind, event.Botswain, message)})
		a.show()
	}
}

// unborn handles a start that made no process.
func (a *actor) unborn(err error) {
	exit := bot.Exit{At: now(), Reason: "could not be started: " + spawnWords(err)}
	if errors.Is(err, errTakenBack) && a.leaving {
		exit.Reason = neverBegan
		a.record(Change{End: &RunEnd{ID: a.run.id, Exit: exit, Outcome: bot.EndInterrupted}})
		a.over = true
		return
	}
	if a.turnedAway(err) {
		return
	}
	if errors.Is(err, errTakenBack) {
		exit.Reason = a.ending.why
	} else {
		a.s.log.Warn("a bot could not be started", "bot", a.def.ID, "name", a.def.Name, "err", err)
		a.st.LastExit = &exit
	}
	exit.Reason = clean(exit.Reason)
	a.finish(exit, -1, fault.CodeOf(err) == fault.Invalid, err)
}

// spawnWords tells a person why a start failed; the system's own words stay in the log.
func spawnWords(err error) string {
	if e, ok := fault.As(err); ok {
		return strings.TrimSuffix(e.Message, ".")
	}
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "the disk with the data directory is full"
	case errors.Is(err, syscall.EROFS):
		return "the data directory is read-only"
	case errors.Is(err, syscall.EAGAIN), errors.Is(err, syscall.ENOMEM):
		return "the machine has no room for another process"
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return "too many files are open"
	}
	return "the system refused (Botswain's own log says more)"
}
