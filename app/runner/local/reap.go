package local

import (
	"time"

	"github.com/google/uuid"
	"golang.org/x/sys/unix"

	"github.com/botswain/botswain/app/procfs"
)

// unclaimedAfter is how long a zombie child that is nobody's must wait to be reaped by us. A child
// of os/exec is reaped at once by who started it, so what is left that long is an orphan of a bot.
const unclaimedAfter = 10 * time.Second

// reap takes a dead orphan off the process table. It must never take a child of somebody else in
// this program (os/exec), so it reaps by pid and only what was of a run, what came to us from
// another parent, what is in a run's cgroup, or what has a foreign session, was never seen alive as a
// stranger and has been left lying for long.
func (f *forest) reap(st *procfs.Stat, k *known, now time.Time) {
	if r := f.mains[st.PID]; r != nil && r.ticks == st.Start {
		return // the keeper's
	}
	if k.deadAt.IsZero() {
		k.deadAt = now
	}
	orphan := k.run != uuid.Nil || k.elsewhere || k.caged != uuid.Nil && f.settled(k.caged) || !k.tagRead && st.Session != f.session && now.Sub(k.deadAt) > f.unclaimed
	if orphan {
		unix.Wait4(st.PID, nil, unix.WNOHANG, nil)
	}
}

// reapOf takes killed processes of a run (pid and start time) off the process table now, where that is
// for us to do: who looks for them after the stop was told finds nothing, not even a zombie. What isn't
// ours yet is left to the next look.
func (f *forest) reapOf(killed map[int]uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for pid, start := range killed {
		if st, err := f.proc.Stat(pid); err == nil && st.Start == start && st.Dead() && st.PPID == f.self {
			unix.Wait4(pid, nil, unix.WNOHANG, nil)
		}
	}
}
