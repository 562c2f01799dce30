package local

import (
	"context"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sys/unix"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/procfs"
	"github.com/botswain/botswain/app/runner"
)

// shortest is the least time between two samples that gives a fair CPU figure; a call that comes
// sooner gets the figure of the one before. CPU time is counted in hundredths of a second.
const shortest = 200 * time.Millisecond

// count is the CPU time that a process had at the last sample.
type count struct {
	run       bot.RunID // Nil: it was not sampled yet
	parent    int
	own, kids uint64 // ticks
}

// departed is a sampled process that has ended since.
type departed struct {
	pid   int
	count count
}

// meter is what is measured of one run.
type meter struct {
	at    time.Time
	cpu   *float64
	ticks uint64 // used since at
	usage runner.Usage
	io    ioMeter
}

// depart remembers the last sample of a process that is no more: what it had used will show in its
// parent's figure once more.
func (f *forest) depart(pid int, k *known) {
	if k.count.run != uuid.Nil && f.runs[k.count.run] != nil {
		f.departed = append(f.departed, departed{pid, k.count})
	}
	f.departIO(pid, k)
}

// Usage measures the trees of all runs in one sweep over /proc.
func (b *Backend) Usage(ctx context.Context) ([]runner.Usage, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b.mu.Lock()
	closed := b.closed
	b.mu.Unlock()
	if closed {
		return nil, errClosed
	}
	return b.forest.measure()
}

func (f *forest) measure() ([]runner.Usage, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.sweep(); err != nil {
		return nil, err
	}
	now := time.Now()
	fresh := now.Sub(f.measured) >= shortest
	for id := range f.runs {
		m := f.meters[id]
		if m == nil {
			m = &meter{}
			f.meters[id] = m
		}
		m.ticks = 0
		m.usage = runner.Usage{Run: id, At: now, RSS: new(int64), OpenFiles: new(int)}
	}
	var credit map[int]uint64
	if fresh {
		credit = f.settle()
	}
	for i := range f.stats {
		st := &f.stats[i]
		k := f.seen[st.PID]
		m := f.meters[k.run]
		if m == nil {
			continue
		}
		if fresh {
			m.ticks += f.charge(st, k, m, credit)
		}
		if !st.Dead() {
			f.include(st, &m.usage)
		}
	}
	if fresh {
		f.measured, f.measuredTicks = now, bootTicks()
		f.measureIO(now)
	}
	return f.report(now, fresh), nil
}

// settle turns the processes that ended since the last sample into credits of their nearest living
// ancestors. When a process has been waited for, all its CPU time is added to its parent's
// "children" figure; the part that earlier samples have counted must not count twice.
func (f *forest) settle() map[int]uint64 {
	if len(f.departed) == 0 {
		return nil
	}
	gone := make(map[int]int, len(f.departed))
	for _, d := range f.departed {
		gone[d.pid] = d.count.parent
	}
	credit := make(map[int]uint64, len(f.departed))
	for _, d := range f.departed {
		credit[heir(gone, d.pid)] += d.count.own + d.count.kids
	}
	f.departed = f.departed[:0]
	return credit
}

// heir is the nearest ancestor of a process that isn't gone itself; gone has the parents of those that are.
func heir(gone map[int]int, pid int) int {
	for range len(gone) {
		up, found := gone[pid]
		if !found {
			break
		}
		pid = up
	}
	return pid
}

// charge gives the ticks that a process has used since the last sample, and takes its new sample.
// It never is negative: times only grow, and a credit takes off no more than its children added.
func (f *forest) charge(st *procfs.Stat, k *known, m *meter, credit map[int]uint64) uint64 {
	last := k.count
	k.count = count{run: k.run, parent: st.PPID, own: st.Own(), kids: st.Children()}
	if last.run == uuid.Nil {
		// What a process used before we began to measure its run isn't of this interval; but one
		// that is younger than the last sample has used all of it since.
		if m.at.IsZero() || st.Start < f.measuredTicks {
			return 0
		}
	}
	ticks := st.Own() - min(last.own, st.Own())
	kids := st.Children() - min(last.kids, st.Children())
	return ticks + kids - min(kids, credit[st.PID])
}

// include adds a living process to the figures of its run. A figure that can't be had for one process
// isn't known for the tree.
func (f *forest) include(st *procfs.Stat, u *runner.Usage) {
	u.Processes++
	u.Threads += st.Threads
	*u.RSS += st.RSSPages * int64(f.pageSize)
	if u.OpenFiles == nil {
		return
	}
	if n, err := f.proc.OpenFiles(st.PID); err == nil {
		*u.OpenFiles += n
	} else if err != procfs.ErrGone {
		u.OpenFiles = nil
	}
}

func (f *forest) report(now time.Time, fresh bool) []runner.Usage {
	all := make([]runner.Usage, 0, len(f.meters))
	for _, m := range f.meters {
		switch {
		case !fresh:
		case m.at.IsZero():
			m.at = now
		default:
			percent := float64(m.ticks) / procfs.TicksPerSecond / now.Sub(m.at).Seconds() * 100
			m.cpu, m.at = &percent, now
		}
		m.usage.CPU = m.cpu
		m.usage.ReadRate, m.usage.WriteRate = m.io.readRate, m.io.writeRate
		all = append(all, m.usage)
	}
	return all
}

// bootTicks is now in the unit of a process's start time.
func bootTicks() uint64 {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts); err != nil {
		return 0
	}
	return uint64(ts.Sec)*procfs.TicksPerSecond + uint64(ts.Nsec)/(1e9/procfs.TicksPerSecond)
}
