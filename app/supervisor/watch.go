package supervisor

import (
	"context"
	"fmt"
	"time"

	"github.com/botswain/botswain/app/bot"
)

// Prober looks at bots from outside; *probe.Prober is the real one. Its methods run on goroutines of
// their own. The text of an error is for people.
type Prober interface {
	Check(ctx context.Context, by bot.Probe, target string) error
	// Line waits for a line of output in a spool folder.
	Line(ctx context.Context, dir string, match func(line []byte) bool) error
}

// Notifier gives runs a socket for sd_notify's protocol and brings what arrives there to
// Supervisor.Heard; *notify.Server is the real one.
type Notifier interface {
	// Open makes the run's socket, or takes it over after a restart of Botswain, and answers the
	// value of NOTIFY_SOCKET. With foreign the run may belong to a user that can't reach the data
	// directory.
	Open(id bot.ID, run bot.RunID, foreign bool) (address string, err error)
	// Close removes the socket; unknown runs are ignored.
	Close(run bot.RunID)
	// Tidy removes sockets of runs that were never opened again.
	Tidy()
}

// watch is how one run is looked after: first until it is ready, then whether it is well. It belongs
// to the actor's goroutine.
type watch struct {
	ready    bool        // it said so, perhaps before its start was told
	adopted  bool        // it may have said so while Botswain was away
	upAt     time.Time   // it was up already when it was adopted
	why      string      // what the last look at a starting bot showed
	says     string      // its own status
	quiet    bool        // says was shown a moment ago
	failures int         // checks in a row that failed
	silent   string      // what its own health check found; "": it is well
	doubts   []bot.Cause // what was found outside of it, oldest first
	deafAt   time.Time
	failed   *failure
	cancel   context.CancelFunc // ends the check under way
	alarm    timer              // the end of the bot's time to become ready, or of its silence
	saying   timer
}

// failure is why a process that lives is ended as if it had failed by itself.
type failure struct {
	why   string
	doubt *bot.Cause    // what was found outside of it; nil: nothing
	cause string        // of the next run
	lived time.Duration // for the back-off
	// always starts it again even if the policy has it never restarted.
	always bool
}

// end stops looking.
func (w *watch) end() {
	w.alarm.stop()
	w.saying.stop()
	if w.cancel != nil {
		w.cancel()
		w.cancel = nil
	}
}

// look runs do on a goroutine of the supervisor's until it returns or the watch ends.
func (a *actor) look(run *process, do func(ctx context.Context)) {
	run.watch.end()
	ctx, cancel := context.WithCancel(context.Background())
	run.watch.cancel = cancel
	a.s.checks.Go(func() {
		defer cancel()
		do(ctx)
	})
}

// fail ends a process that lives, by its own stop policy, and has it judged as a failure.
func (a *actor) fail(run *process, f failure) {
	run.watch.failed = &f
	a.stop(a.asked(f.why, ""))
}

// failing is the failure that a process was stopped for, unless the bot is to stay down by now.
func (a *actor) failing() *failure {
	if a.closing || a.retired || a.again || a.st.Desired == bot.Down {
		return nil
	}
	return a.run.watch.failed
}

// policy is how the end of a run is judged.
func (a *actor) policy(f *failure) bot.RestartPolicy {
	p := a.def.Restart
	if f != nil && f.always && p.Policy == bot.Never {
		p.Policy = bot.OnFailure
	}
	return p
}

// speak adds the socket of sd_notify's protocol to the environment of a bot that is to use it.
func (s *Supervisor) speak(def bot.Bot, run bot.RunID, env []string) ([]string, error) {
	watchdog := def.Health.By == bot.ProbeNotify
	if s.notify == nil || def.Ready.By != bot.ProbeNotify && !watchdog {
		return env, nil
	}
	address, err := s.notify.Open(def.ID, run, def.RunAs != "")
	if err != nil {
		return nil, fmt.Errorf("make the socket for a bot's notifications: %w", err)
	}
	env = append(without(env, "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"), "NOTIFY_SOCKET="+address)
	if watchdog {
		env = append(env, fmt.Sprintf("WATCHDOG_USEC=%d", patience(def.Health).Microseconds()))
	}
	return env, nil
}

// patience is how long a bot may be silent.
func patience(h bot.HealthCheck) time.Duration { return h.Interval * time.Duration(max(1, h.Failures)) }

// without is an environment without some of its variables.
func without(env []string, names ...string) []string {
	kept := make([]string, 0, len(env)+2)
	for _, v := range env {
		drop := false
		for _, name := range names {
			drop = drop || len(v) > len(name) && v[:len(name)] == name && v[len(name)] == '='
		}
		if !drop {
			kept = append(kept, v)
		}
	}
	return kept
}

// listenAgain takes over the socket of an adopted run.
func (a *actor) listenAgain() {
	if _, err := a.s.speak(a.run.def, a.run.id, nil); err != nil {
		a.s.log.Warn("a bot's notifications can't be heard any more", "bot", a.def.ID, "err", err)
	}
}
