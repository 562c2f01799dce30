package local

import (
	"math"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/procfs"
	"github.com/botswain/botswain/app/runner/local/cgroup"
)

// ReapAtOnce takes away the time that a zombie of unknown origin is left to its owner.
func ReapAtOnce(b *Backend) {
	b.forest.mu.Lock()
	defer b.forest.mu.Unlock()
	b.forest.unclaimed = -1
}

// ReapNever leaves a zombie of unknown origin to its owner for ever.
func ReapNever(b *Backend) {
	b.forest.mu.Lock()
	defer b.forest.mu.Unlock()
	b.forest.unclaimed = math.MaxInt64
}

// NewContained makes a backend that uses only a part of what the machine's cgroups give.
func NewContained(o Options, c cgroup.Options) (*Backend, error) { return open(o, c) }

// NeverHold has a backend start processes as where none can be held at its exec.
func NeverHold(b *Backend) { b.mayHold = false }

// WatchNothing has the kernel refuse to wait for processes for as long as refuses says so.
func WatchNothing(b *Backend, refuses func() bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.poll.ctl = func(epoll, op, fd int, event *unix.EpollEvent) error {
		if refuses() {
			return unix.ENOSPC
		}
		return unix.EpollCtl(epoll, op, fd, event)
	}
}

// Spare has nothing die of SIGKILL for as long as spares says so, and List wait no longer than patience.
func Spare(b *Backend, patience time.Duration, spares func() bool) {
	b.leftoverTime = patience
	b.slay = func(r *run, others []procfs.Stat) {
		if !spares() {
			b.sendKill(r, others)
		}
	}
}

// Glance is what a glance tells of a run: the pids of its tree, and whether that can be relied on.
func Glance(b *Backend, id bot.RunID) (pids []int, known bool) {
	tree, known := b.forest.glance(b.find(id))
	for _, st := range tree {
		pids = append(pids, st.PID)
	}
	slices.Sort(pids)
	return pids, known
}

// Look looks at all processes once.
func Look(b *Backend) error {
	_, err := b.forest.look()
	return err
}
