package bot

import (
	"time"
)

// State is where a bot is in its life. The values are the contract's and the mock-ups' data-state.
type State string

// The states. They are fixed: programs and pages know them by these names.
const (
	Stopped      State = "stopped"      // not running, and not wanted
	Starting     State = "starting"     // decided to start, and not up yet
	Running      State = "running"      // up
	Unresponsive State = "unresponsive" // up, but silent for too long, or doubted from outside
	Stopping     State = "stopping"     // told to stop, and not gone yet
	Waiting      State = "waiting"      // ended, and to be started again by itself
	Crashed      State = "crashed"      // ended, and not started again by itself: it can't help, or it was given up
	Exited       State = "exited"       // ended with success, and left so by its policy
)

// States lists all states, attention first: the order of the dashboard.
func States() []State {
	return []State{Crashed, Unresponsive, Waiting, Starting, Stopping, Running, Exited, Stopped}
}

// Alive says whether a process of the bot exists in this state.
func (s State) Alive() bool {
	switch s {
	case Starting, Running, Unresponsive, Stopping:
		return true
	}
	return false
}

// Desired is what a person last asked for. It is stored before it is acted on.
type Desired string

// The desired states. Unset means that nobody has started or stopped the bot yet (or that it
// ended by itself with success): then Autostart decides when Botswain starts.
const (
	Unset Desired = ""
	Up    Desired = "up"
	Down  Desired = "down"
)

// Action is what a person can ask of a bot.
type Action string

// The actions.
const (
	Start   Action = "start"
	Stop    Action = "stop"
	Restart Action = "restart"
	Kill    Action = "kill"
)

// Actions lists what is legal in a state, the most useful first. Pages offer just these; asking
// for another is a conflict.
func (s State) Actions() []Action {
	switch s {
	case Stopped, Crashed, Exited:
		return []Action{Start}
	case Starting, Running, Unresponsive:
		return []Action{Restart, Stop, Kill}
	case Stopping:
		return []Action{Kill}
	case Waiting:
		return []Action{Start, Stop}
	}
	return nil
}

// Allows says whether the action is legal in the state.
func (s State) Allows(a Action) bool {
	for _, x := range s.Actions() {
		if x == a {
			return true
		}
	}
	return false
}

// Exit is how a run ended.
type Exit struct {
	// Code is the exit code; nil when the process was ended by a signal, or when it isn't known
	// (it ended while Botswain was away).
	Code *int
	// Signal is the name of the signal that ended it ("SIGKILL"), or "".
	Signal string
	// Reason says it in words for a person: "exit code 1", "killed by SIGKILL", "stopped by admin".
	Reason string
	At     time.Time
	// Leftovers is how many processes of the tree outlived the main one, when nobody had asked for a
	// stop, and were killed.
	Leftovers int
	// Killed is how many processes of the tree, the main one included, still lived at the end of a
	// stop's grace and were killed. It isn't stored.
	Killed int
	// OOM says that the kernel killed the main process, or one that it reported the end of, because
	// memory ran out. Only set with the kernel's own word for it (a cgroup's counter). It isn't stored.
	OOM bool
	// Cause is why, where that is recognised, which may be a moment after the end; nil: it isn't. What
	// it points to doesn't change.
	Cause *Cause
}

// Success says whether the run ended by itself with exit code 0.
func (e Exit) Success() bool { return e.Code != nil && *e.Code == 0 }

// Status is a snapshot of what a bot does now. It is a value: copies are independent.
type Status struct {
	ID    ID
	State State
	// Since is when the bot came into State.
	Since time.Time
	// Reason says in words why it is in State, for a card's note line; may be empty.
	Reason  string
	Desired Desired
	// Run, PID and StartedAt are set while a process lives (StartedAt is the process's start).
	Run       RunID
	PID       int
	StartedAt time.Time
	// RunVersion is the version of the definition that the process was started with; while that is
	// below Bot.Version, changes wait for the next start. 0 without a process.
	RunVersion int
	// Restarts counts the automatic restarts since the last start by a person.
	Restarts int
	// NextStartAt is set while Waiting.
	NextStartAt time.Time
	// KillAt is set while Stopping: when the grace period ends.
	KillAt time.Time
	// NextRestartAt is the next time of the clock at which the bot's schedule restarts it, if it is up
	// then; zero without a schedule.
	NextRestartAt time.Time
	// Doubt is why it is Unresponsive where that was found outside of the bot, as by its platform; nil: it
	// isn't, or its own health check found it. What it points to doesn't change.
	Doubt *Cause
	// CrashLoop is how often the bot has crashed in the last ten minutes, while that is so often that
	// it counts as a crash loop; else 0.
	CrashLoop int
	// LastExit is the end of the latest run that ended; nil when there was none.
	LastExit *Exit
	// Install is the newest installation of what the bot needs; nil when there was none. It isn't
	// changed in place.
	Install *Install
	// Revision grows with every change of this status; renderers cache by it.
	Revision uint64
}

// Uptime is how long the present process has lived at now, or 0.
func (s Status) Uptime(now time.Time) time.Duration {
	if !s.State.Alive() || s.StartedAt.IsZero() {
		return 0
	}
	return max(0, now.Sub(s.StartedAt))
}
