package supervisor

import (
	"context"
	"regexp"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
)

const (
	// readyFirst and readyLast bound the time between two looks at a bot that starts; it doubles.
	readyFirst = 50 * time.Millisecond
	readyLast  = time.Second
	// readyTime bounds one look.
	readyTime = 5 * time.Second
)

// armUp has the bot count as up when its process is ready by its definition.
func (a *actor) armUp(since time.Time) {
	run := a.run
	ready := run.def.Ready
	if run.watch.ready || !run.watch.upAt.IsZero() {
		a.becameReady(run)
		return
	}
	switch ready.By {
	case bot.ProbeTime, bot.ProbeNone:
		a.armTime(run, since)
		return
	case bot.ProbePattern:
		a.awaitLine(run)
	case bot.ProbeHTTP, bot.ProbeTCP:
		a.awaitAnswer(run)
	}
	if run.watch.adopted {
		since = time.Now() // else it would pay for the time that Botswain was away
	}
	if ready.Timeout > 0 {
		run.watch.alarm.set(a, time.Until(since.Add(ready.Timeout)), func(a *actor) { a.notReady(run) })
	}
}

// armTime has the bot count as up when its process has lived for start_seconds.
func (a *actor) armTime(run *process, since time.Time) {
	enough := time.Duration(run.def.StartSeconds * float64(time.Second))
	if enough == 0 {
		a.becameReady(run) // before an end can be told
		return
	}
	// Not longer on a clock that was set back since.
	a.timer.set(a, min(enough, time.Until(since.Add(enough))), func(a *actor) { a.becameReady(run) })
}

// becameReady has a starting bot count as up.
func (a *actor) becameReady(run *process) {
	if a.run != run || a.st.State != bot.Starting {
		return
	}
	run.watch.end()
	if up := run.watch.upAt; !up.IsZero() {
		// It has been for long, and that was told.
		a.move(inUp, run.watch.says)
		a.st.Since = up
		a.show()
	} else {
		a.up(event.BotRunning, "Running")
	}
	a.watchHealth(run)
	a.doubtful(run)
}

// notReady ends a bot that had its time.
func (a *actor) notReady(run *process) {
	if a.run != run || a.st.State != bot.Starting {
		return
	}
	if by := run.def.Ready.By; run.watch.adopted && (by == bot.ProbeReport || by == bot.ProbeNotify) {
		// A word that was said while Botswain was away isn't said again.
		a.becameReady(run)
		return
	}
	why := "not ready within " + run.def.Ready.Timeout.String()
	if run.watch.why != "" {
		why += ": " + run.watch.why
	}
	// It has never run well, however long it took.
	a.fail(run, failure{why: why, cause: "crash"})
}

// awaitLine waits for a line of output.
func (a *actor) awaitLine(run *process) {
	pattern, err := regexp.Compile(run.def.Ready.Target)
	if err != nil { // the definition was checked, so this is a row that somebody has changed
		run.watch.why = "its pattern isn't a regular expression"
		return
	}
	dir := a.s.backend.SpoolDir(a.def.ID, run.id)
	a.look(run, func(ctx context.Context) {
		if a.s.prober.Line(ctx, dir, pattern.Match) == nil {
			a.tell(func(a *actor) { a.becameReady(run) })
		}
	})
}

// awaitAnswer asks until there is an answer.
func (a *actor) awaitAnswer(run *process) {
	by, target := run.def.Ready.By, run.def.Ready.Target
	a.look(run, func(ctx context.Context) {
		for wait := readyFirst; ; wait = min(2*wait, readyLast) {
			err := a.s.check(ctx, by, target, readyTime)
			if err == nil {
				a.tell(func(a *actor) { a.becameReady(run) })
				return
			}
			if !sleep(ctx, wait) {
				return
			}
			a.tell(func(*actor) { run.watch.why = err.Error() })
		}
	})
}

// check makes one check within a time.
func (s *Supervisor) check(ctx context.Context, by bot.Probe, target string, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return s.prober.Check(ctx, by, target)
}

// sleep waits; false: ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
