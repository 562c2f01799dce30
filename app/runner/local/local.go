// Package local runs bots as processes of this machine (Linux 5.4 or newer).
//
// A bot never depends on this process: its output goes to files, its input comes from a FIFO that
// it holds open itself, it has a session of its own, and a record on disk lets the next Botswain
// find it again. One goroutine (keeper.go) waits for all bots through epoll on their pidfds and
// sees to it that an end is told only when nothing of the bot's process tree is left.
//
// Where the machine has cgroups that may be used, each run is in one of its own (package cgroup):
// it holds the limits, tells without doubt which processes are of the run, and kills them in one
// step. Elsewhere sessions, parents and environments tell, as well as they can.
//
// Files: apply.go, command.go, fork.go and cage.go start a run, spool.go, record.go and spares.go are its folder, forest.go,
// membership.go and reap.go say which process belongs to which run, keeper.go, guard.go and ending.go end runs, list.go,
// leftover.go and unrecorded.go adopt, usage.go measures, stdin.go writes lines, watch.go tells ends.
package local

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/procfs"
	"github.com/botswain/botswain/app/runner"
	"github.com/botswain/botswain/app/runner/local/cgroup"
)

// Options are what a Backend needs.
type Options struct {
	// DataDir is Botswain's data directory; the spool is "spool" in it.
	DataDir string
	Log     *slog.Logger // nil: nothing is logged
}

// Backend runs bots on this machine. See New.
type Backend struct {
	root   string // the spool, absolute
	bootID string
	log    *slog.Logger
	place  *cgroup.Place
	// mayHold: new processes can be held at their exec, see fork.
	mayHold bool
	forest  *forest
	spares  *spares
	poll    *poller
	ends    *ends

	mu     sync.Mutex
	runs   map[bot.RunID]*run // all that are being started, live, or are ending
	fds    map[int]*run       // whose end a ready descriptor tells
	asks   []ask              // what Stop and List ask of the keeper
	closed bool
	listed bool // List has been: all that an earlier Botswain left is known

	leftoverTime time.Duration // see there
	// slay sends SIGKILL to all that is left of a run. In tests it spares some, as the kernel does with
	// what hangs in it.
	slay func(*run, []procfs.Stat)

	graves []*cgroup.Group // the keeper's: cgroups of runs that are over, to be removed

	listing    sync.Mutex // one List at a time
	keeperDone chan struct{}
}

var _ runner.Backend = (*Backend)(nil)

var errClosed = errors.New("the local runner is closed")

// New makes the backend and starts its keeper. The process becomes the reaper of its orphaned
// descendants, so that a bot's daemons stay visible as its own. Close it.
func New(o Options) (*Backend, error) { return open(o, cgroup.Options{}) }

func open(o Options, c cgroup.Options) (*Backend, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	root, err := filepath.Abs(filepath.Join(o.DataDir, "spool"))
	if err != nil {
		return nil, fmt.Errorf("find the spool directory: %w", err)
	}
	if err := os.MkdirAll(root, 0o700); err != nil {
		return nil, fmt.Errorf("make the spool directory: %w", err)
	}
	if fd, err := unix.PidfdOpen(os.Getpid(), 0); err != nil {
		return nil, fmt.Errorf("the local runner needs Linux 5.4 or newer (pidfd): %w", err)
	} else {
		unix.Close(fd)
	}
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return nil, fmt.Errorf("become the reaper of orphans: %w", err)
	}
	if err := keepDescriptors(); err != nil {
		return nil, err
	}
	bootID, err := procfs.BootID()
	if err != nil {
		return nil, err
	}
	if c.Name, err = sliceName(root); err != nil {
		return nil, err
	}
	place := cgroup.Open(c)
	place.Sweep()
	b := &Backend{root: root, bootID: bootID, log: o.Log, place: place, mayHold: canHold(), ends: newEnds(),
		runs: map[bot.RunID]*run{}, fds: map[int]*run{}, keeperDone: make(chan struct{}), leftoverTime: leftoverTime}
	b.slay = b.sendKill
	if b.forest, err = newForest(place, b.settled); err != nil {
		return nil, err
	}
	if b.poll, err = newPoller(); err != nil {
		b.forest.close()
		return nil, err
	}
	b.spares = newSpares(root, o.Log)
	go b.keep()
	return b, nil
}

// Expect has run folders made for as many bots.
func (b *Backend) Expect(bots int) { b.spares.expect(bots) }

// Close stops watching and gives back all descriptors. Bots go on; the next New on the same
// data directory finds them by List.
func (b *Backend) Close() error {
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return nil
	}
	b.closed = true
	b.poll.wake()
	b.mu.Unlock()
	<-b.keeperDone
	b.spares.close()
	b.ends.close()
	for _, r := range b.all() {
		r.release()
	}
	b.bury(nil)
	b.place.Close()
	return errors.Join(b.forest.close(), b.poll.close())
}

// Info tells what this backend can do.
func (b *Backend) Info(context.Context) runner.Info {
	node, _ := os.Hostname()
	return runner.Info{Name: "local", Node: node, Boot: b.bootID, Stdin: true, Stats: true, Containment: b.containment()}
}

// SpoolDir is the folder with the files of a run.
func (b *Backend) SpoolDir(id bot.ID, run bot.RunID) string {
	return filepath.Join(b.root, id.String(), run.String())
}

// Remove deletes the spool of a bot with everything in it. It is a conflict while one of its runs
// lives; leftovers don't count, for they may hang for long, and are killed all the same.
func (b *Backend) Remove(_ context.Context, id bot.ID) error {
	for _, r := range b.all() {
		if r.bot == id && !r.isLeftover() {
			return fault.New(fault.Conflict, "The bot still runs; stop it first.")
		}
	}
	if err := os.RemoveAll(filepath.Join(b.root, id.String())); err != nil {
		return fmt.Errorf("remove the spool of bot %s: %w", id, err)
	}
	return nil
}

// find gives a run that exists, or nil.
func (b *Backend) find(id bot.RunID) *run {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.runs[id]
}

// settled says that whoever is dead of a run is nobody's to wait for, unless it is a main process that
// the forest knows: not while the run is being started, and not before List has looked for the main
// processes that an earlier program in this process has left.
func (b *Backend) settled(id bot.RunID) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := b.runs[id]
	return b.listed && (r == nil || r.ready())
}

func (b *Backend) all() []*run {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := make([]*run, 0, len(b.runs))
	for _, r := range b.runs {
		all = append(all, r)
	}
	return all
}
