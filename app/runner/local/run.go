package local

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/runner"
	"github.com/botswain/botswain/app/runner/local/cgroup"
)

// run is one start of a bot. The fields of the first group are set before started is closed and
// never change after; the others belong to the goroutine named at each.
type run struct {
	bot       bot.ID
	id        bot.RunID
	dir       string // the spool folder
	pid       int
	ticks     uint64 // start time of the main process
	startedAt time.Time
	adopted   bool
	child     bool // the main process is a child of ours: we learn its exit code, and must reap it
	pidfd     int  // of the main process; -1 when it had ended before we came
	// held: the kernel held it at its exec until all its limits were set.
	held bool
	// group is the run's cgroup; nil without.
	group *cgroup.Group
	// silent: it ended while no Botswain was there; what is left is killed, but no end is told.
	silent bool
	// stray: only its cgroup tells of it, so nothing in there is its main process. Its folder, if there is
	// one, says how it ended.
	stray bool

	// started is closed when the start has succeeded or, with err set, failed.
	started chan struct{}
	err     error
	// over is closed when nothing of the run is left.
	over chan struct{}

	input input // has its own lock

	end ending // the keeper's
}

// ending is how far the end of a run has come.
type ending struct {
	due      time.Time // when the keeper must look again; zero: nothing to do
	mainGone bool
	goneAt   time.Time
	// unwatched: the keeper must look for itself whether the main process has ended.
	unwatched bool

	stopping bool
	signal   unix.Signal
	signaled unix.Signal // the last that was sent
	killAt   time.Time

	killing bool
	retry   time.Duration
	killed  map[int]uint64 // the processes (with start time) that got SIGKILL
	empty   int            // how many looks in a row found nobody
	// leftovers counts those that had outlived the main process without a stop, stopKilled those
	// that had outlived a stop's grace, the main one included. mainKilled: that got it from us.
	leftovers, stopKilled int
	mainKilled            bool
	// watched are pidfds of tree members whose end the keeper waits for.
	watched map[int]int
	// beyond are processes that we may not signal; waiting for them would be waiting for ever.
	beyond map[int]uint64
}

func newRun(id bot.ID, runID bot.RunID, dir string) *run {
	return &run{bot: id, id: runID, dir: dir, pidfd: -1, started: make(chan struct{}), over: make(chan struct{}), input: newInput()}
}

func (r *run) instance(bootID string) runner.Instance {
	return runner.Instance{Bot: r.bot, Run: r.id, PID: r.pid, StartTicks: r.ticks, BootID: bootID, StartedAt: r.startedAt, Adopted: r.adopted}
}

// ready says that the run was started (or adopted): its fields may be read.
func (r *run) ready() bool {
	select {
	case <-r.started:
		return r.err == nil
	default:
		return false
	}
}

// release closes the descriptors of the run; nobody may use them any more.
func (r *run) release() {
	if !r.ready() {
		return
	}
	for pid, fd := range r.end.watched {
		unix.Close(fd)
		delete(r.end.watched, pid)
	}
	if r.pidfd >= 0 {
		unix.Close(r.pidfd)
		r.pidfd = -1
	}
}
