// Package runner says what the supervisor needs from a thing that can run bots. The first
// backend is runner/local (processes on this machine); container engines come beside it.
// runnertest has the one behaviour suite that every backend must pass.
package runner

import (
	"context"
	"time"

	"github.com/botswain/botswain/app/bot"
)

// Start asks for one run of a bot.
type Start struct {
	Bot     bot.ID
	Run     bot.RunID
	Command []string
	Dir     string
	// Env is the whole environment of the process, "NAME=value"; the backend adds nothing.
	Env    []string
	Limits bot.Limits
	// RunAs is the name or number of the user that the process runs as; "": Botswain's own. What
	// can't be is a fault at field "run_as".
	RunAs string
	// Before is called when all is prepared, right before the process is made; an error of it ends
	// the start and is returned as it is. Nil: nothing to wait for.
	Before func() error
}

// Instance is a run that exists: its main process lives, or has ended and wasn't told yet.
type Instance struct {
	Bot bot.ID
	Run bot.RunID
	PID int
	// StartTicks is the process's start time in clock ticks since boot (/proc/PID/stat field 22).
	// PID and StartTicks together with BootID name a process for ever.
	StartTicks uint64
	BootID     string
	StartedAt  time.Time
	// Adopted means that it was found alive at start. It is no child of this process, except after
	// an upgrade in place (exec).
	Adopted bool
}

// Ended tells that a run is over: the main process has ended and nothing of its tree is left.
type Ended struct {
	Bot  bot.ID
	Run  bot.RunID
	Exit bot.Exit // Reason is left to the supervisor
}

// Past is a run that is over. Exit.At is zero when nobody saw it end.
type Past struct {
	Instance
	Exit bot.Exit // Reason is left to the supervisor
}

// Leftover is what still lives of a run that ended while nobody watched, though it was killed. That is a
// process that hangs in the kernel, as one does with a disk that doesn't answer: it ends when that lets it go.
type Leftover struct {
	Bot  bot.ID // zero when only the run is known
	Run  bot.RunID
	PIDs []int           // those that can be seen now
	Over <-chan struct{} // closed when nothing of the run is left
}

// Usage is what the tree of a run uses now. A nil figure isn't known: it is not zero.
type Usage struct {
	Run       bot.RunID
	At        time.Time
	CPU       *float64 // percent; 100 is one core; nil until there are two samples
	RSS       *int64   // bytes of resident memory, summed over the tree
	Processes int
	Threads   int
	OpenFiles *int // descriptors of the tree
	// ReadRate and WriteRate are bytes a second that the tree reads from and writes to disks; nil until
	// there are two samples, and where the system doesn't tell it.
	ReadRate, WriteRate *float64
}

// Info says what a backend can do.
type Info struct {
	Name string // "local"
	Node string // host name
	// Boot names the boot of the machine that new runs belong to, as Instance.BootID; "": not known.
	Boot string
	// Capabilities; the supervisor and the pages ask these instead of the name.
	Stdin       bool // Attach works
	Stats       bool // Usage is measured
	OwnsRestart bool // the backend restarts by itself, so the supervisor must not
	Containment Containment
}

// Containment says what keeps the tree of a run together, and which limits hold there.
type Containment struct {
	Mechanism string // CgroupV2, CgroupV1, CgroupBoth or Sessions
	// Reason says why it isn't a better one; "" with CgroupV2.
	Reason                 string
	Memory, CPU, Processes Enforcement
}

// The mechanisms of Containment, the best first. CgroupBoth is a machine that has its controllers in
// version 1, with version 2 for membership. Sessions goes by session, group, parents and environment.
const (
	CgroupV2   = "cgroup v2"
	CgroupBoth = "cgroup v1 and v2"
	CgroupV1   = "cgroup v1"
	Sessions   = "process sessions"
)

// Enforcement says whether a limit is enforced by the kernel, or why it isn't.
type Enforcement struct {
	Enforced bool
	Reason   string
}

// Backend runs bots. All methods may be called at once from many goroutines.
type Backend interface {
	Info(ctx context.Context) Info
	// Apply starts the run; it is idempotent on Start.Run: a second call answers the same
	// instance. A *fault.Error with code Invalid means that trying again can't help (no such
	// command, not executable, no such directory); any other error may pass.
	Apply(ctx context.Context, s Start) (Instance, error)
	// Expect says how many bots there are: as many may be started at once, and a backend may get ready
	// for that. It returns at once, and is no limit.
	Expect(bots int)
	// Stop signals the whole tree, and kills what is left of it after grace. It returns at once;
	// the end is told by Watch. Calling it again with a shorter grace or SIGKILL shortens the wait.
	// An unknown run is not an error: its end was told already.
	Stop(ctx context.Context, run bot.RunID, signal string, grace time.Duration) error
	// Remove gives back all that the backend keeps for a bot (spool folder and the like).
	Remove(ctx context.Context, id bot.ID) error
	// List finds the runs of this installation that live now, by their own records and by
	// BOTSWAIN_RUN_ID in process environments; they are watched from then on (adopted). What is left of runs
	// that ended while nobody watched is killed, and List waits a few seconds for its end.
	List(ctx context.Context) ([]Instance, error)
	// Leftovers are what List has killed and what hasn't ended yet; it goes on being killed. A bot must not be
	// started before all of its own are over: it would have two trees.
	Leftovers(ctx context.Context) []Leftover
	// Past finds the runs of this installation, oldest first, that are over (but for leftovers) and of which
	// the backend still has something; their rows may never have been stored. Call it after List.
	Past(ctx context.Context) ([]Past, error)
	// Watch delivers each end exactly once, in order for each bot. There is one watcher; the
	// channel is closed after ctx ends. An end that happens before Watch is called is kept for it.
	Watch(ctx context.Context) <-chan Ended
	// SpoolDir is the folder with the files "stdout" and "stderr" of a run.
	SpoolDir(id bot.ID, run bot.RunID) string
	// Attach writes one line (a newline is added) to the run's standard input, whole or, with an error, not at all.
	Attach(ctx context.Context, run bot.RunID, line string) error
	// Usage measures all living runs in one sweep.
	Usage(ctx context.Context) ([]Usage, error)
}
