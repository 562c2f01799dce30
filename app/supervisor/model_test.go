package supervisor

import (
	"math"
	"time"

	"github.com/botswain/botswain/app/bot"
)

// model is ARCHITECTURE's table of states once more, for one bot and in the plainest words that it
// can be said in: what is random and timed in the real one is decided by the test. It knows nothing
// of the real one's code.
type model struct {
	spec    bot.Spec
	state   bot.State
	rest    bot.State // the last state without a process
	desired bot.Desired
	again   bool

	alive     bool // a process exists
	launching bool // one is being made
	begun     time.Time
	attempt   int // waits since it ran well
	failures  int
	restarts  int

	upAt, againAt, killAt time.Time // zero: not due

	fate fate
	took map[step]bool // which rows of the table were taken
}

// fate is what the world has in mind, which the test changes at will.
type fate struct {
	slow     bool // starts take until the test lets them
	hopeless bool // starts fail for ever
	failing  bool // starts fail
	deaf     bool // the process hears only SIGKILL
	fatal    bool // what it ends of is nothing that a start can mend
}

// step is a row of the table: from, on, to.
type step struct {
	from bot.State
	on   string
	to   bot.State
}

func (m *model) move(on string, to bot.State) {
	m.took[step{m.state, on, to}] = true
	m.state = to
	m.upAt, m.againAt = time.Time{}, time.Time{}
	if to != bot.Stopping {
		m.killAt = time.Time{}
	}
	if !to.Alive() && to != bot.Waiting {
		m.rest = to
	}
}

// legal is what the table allows.
func (m *model) legal(a bot.Action) bool {
	switch m.state {
	case bot.Stopped, bot.Crashed, bot.Exited:
		return a == bot.Start
	case bot.Waiting:
		return a == bot.Start || a == bot.Stop
	case bot.Stopping:
		return a == bot.Kill
	}
	return a != bot.Start
}

// act is a legal action.
func (m *model) act(a bot.Action, now time.Time) {
	switch {
	case a == bot.Start:
		m.desired, m.attempt, m.failures, m.restarts = bot.Up, 0, 0, 0
		m.launch("start", now)
	case a == bot.Stop && m.state == bot.Waiting:
		m.desired = bot.Down
		m.move("stop", bot.Stopped)
	case a == bot.Stop:
		m.desired, m.again = bot.Down, false
		m.end("stop", m.spec.Stop.Timeout, now)
	case a == bot.Restart:
		m.desired, m.again = bot.Up, true
		m.end("restart", m.spec.Stop.Timeout, now)
	case a == bot.Kill:
		if m.state != bot.Stopping { // else it only hastens what was asked for
			m.desired, m.again = bot.Down, false
		}
		m.end("kill", 0, now)
	}
}

func (m *model) launch(on string, now time.Time) {
	m.move(on, bot.Starting)
	m.again, m.begun = false, now
	if m.launching = m.fate.slow; !m.launching {
		m.launched(now)
	}
}

// launched is the outcome of a launch.
func (m *model) launched(now time.Time) {
	m.launching = false
	switch {
	case m.fate.hopeless && m.state == bot.Stopping, m.fate.failing && m.state == bot.Stopping:
		m.endedAsTold(now)
	case m.fate.hopeless:
		m.attempt, m.failures = 0, 0
		m.move("can't start", bot.Crashed)
	case m.fate.failing:
		m.judge(false, -1, now)
	case m.state == bot.Stopping:
		m.alive = true
		m.told(m.killAt.Sub(m.begun), now) // the grace begins when there is something to tell
	default:
		m.alive, m.begun = true, now
		m.watch(now)
	}
}

// watch waits until it counts as up.
func (m *model) watch(now time.Time) {
	up := m.begun.Add(time.Duration(m.spec.StartSeconds * float64(time.Second)))
	if !up.After(now) {
		m.move("lived long enough", bot.Running)
		return
	}
	m.upAt = up
}

func (m *model) end(on string, grace time.Duration, now time.Time) {
	m.move(on, bot.Stopping)
	if m.launching {
		m.killAt = m.begun.Add(grace) // only how long, see launched
		return
	}
	m.told(grace, now)
}

// doubt and believe are what is found outside of the bot.
func (m *model) doubt() {
	if m.state == bot.Running {
		m.move("doubted", bot.Unresponsive)
	}
}

func (m *model) believe() {
	if m.state == bot.Unresponsive {
		m.move("believed", bot.Running)
	}
}

// told is the signal's arrival at the process.
func (m *model) told(grace time.Duration, now time.Time) {
	if m.fate.deaf && grace > 0 {
		m.killAt = now.Add(grace)
		return
	}
	m.alive = false
	m.endedAsTold(now)
}

func (m *model) endedAsTold(now time.Time) {
	if m.again {
		m.attempt, m.failures, m.restarts = 0, 0, 0
		m.launch("ended, wanted up", now)
		return
	}
	m.move("ended, wanted down", bot.Stopped)
}

// ended is an end by itself.
func (m *model) ended(success bool, now time.Time) {
	m.alive = false
	if m.state == bot.Stopping {
		m.endedAsTold(now)
		return
	}
	m.judge(success, now.Sub(m.begun), now)
}

// judge is the restart policy, as bot.RestartPolicy describes it, without jitter.
func (m *model) judge(success bool, lived time.Duration, now time.Time) {
	p := m.spec.Restart
	if lived >= p.ResetAfter {
		m.attempt, m.failures = 0, 0
	}
	m.failures++
	if success {
		m.failures = 0
	}
	switch {
	case success && p.Policy != bot.Always:
		m.desired = bot.Unset
		m.attempt, m.failures = 0, 0
		m.move("success, left", bot.Exited)
	case p.Policy == bot.Never:
		m.attempt, m.failures = 0, 0
		m.move("failure, left", bot.Crashed)
	case !success && p.GiveUpAfter > 0 && m.failures >= p.GiveUpAfter:
		m.attempt, m.failures = 0, 0
		m.move("gave up", bot.Crashed)
	default:
		wait := min(float64(p.InitialDelay)*math.Pow(p.Factor, float64(m.attempt)), float64(p.MaxDelay))
		m.attempt++
		m.move("ended, again", bot.Waiting)
		m.againAt = now.Add(time.Duration(wait))
		if m.fate.fatal {
			m.attempt, m.failures = 0, 0
			m.move("a fatal cause is found", bot.Crashed)
		}
	}
}

// due is the next thing that time brings; zero: nothing.
func (m *model) due() time.Time {
	var first time.Time
	for _, t := range []time.Time{m.upAt, m.againAt, m.killAt} {
		if !t.IsZero() && !m.launching && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}

// pass lets time bring what is due.
func (m *model) pass(now time.Time) {
	for at := m.due(); !at.IsZero() && !at.After(now); at = m.due() {
		switch at {
		case m.killAt:
			m.ended(false, at)
		case m.againAt:
			m.restarts++
			m.launch("time is up", at)
		case m.upAt:
			m.move("lived long enough", bot.Running)
		}
	}
}

// reborn is a new Botswain after one that ended, however it did.
func (m *model) reborn(now time.Time) {
	from := m.state
	m.attempt, m.failures, m.again, m.killAt, m.upAt, m.againAt = 0, 0, false, time.Time{}, time.Time{}, time.Time{}
	was := from
	m.state = m.rest
	switch {
	case m.alive && m.desired == bot.Down:
		m.move("found alive", bot.Starting)
		m.end("wished down", m.spec.Stop.Timeout, now)
	case m.alive:
		m.move("found alive", bot.Starting)
		m.watch(now)
	case m.desired == bot.Up, m.desired == bot.Unset && m.spec.Autostart:
		if was.Alive() {
			m.took[step{was, "found dead", bot.Starting}] = true
		}
		m.launch("start", now)
	case was.Alive():
		m.took[step{was, "found dead", m.rest}] = true
	}
}
