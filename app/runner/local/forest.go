package local

import (
	"errors"
	"os"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sys/unix"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/procfs"
	"github.com/botswain/botswain/app/runner/local/cgroup"
)

// runVariable is in the environment of every process of a run that didn't remove it.
const runVariable = "BOTSWAIN_RUN_ID"

// unclaimedAfter is how long a zombie child that is nobody's must wait to be reaped by us. A child
// of os/exec is reaped at once by who started it, so what is left that long is an orphan of a bot.
const unclaimedAfter = 10 * time.Second

// execTime is the longest time that a process has no environment while it execs.
const execTime = 100 * time.Millisecond

// forest knows which process belongs to which run. A process is of a run when it is the main
// process, is in its session or process group, descends from a member, carries the run's id in its
// environment, or is in the run's cgroup; once a member it stays one, whatever becomes of its
// parents. Without cgroups these together see daemons that left session and parents behind, unless
// they cleared their environment as well. Environment and cgroup are read once for each process.
type forest struct {
	self, session int // of this process

	mu       sync.Mutex
	proc     *procfs.Reader
	place    *cgroup.Place
	sweepNo  uint64
	stats    []procfs.Stat // the last sweep
	seen     map[int]*known
	runs     map[bot.RunID]*run
	mains    map[int]*run
	meters   map[bot.RunID]*meter
	departed []departed
	past     []*run // over, and to be forgotten with the next sweep
	// measured is the time of the last sample that gave CPU figures; measuredTicks is the same since boot.
	measured      time.Time
	measuredTicks uint64
	ioAt          time.Time // the last look at what was read and written; ioTicks is the same since boot
	ioTicks       uint64
	departedIO    []departedIO
	pageSize      int
	unclaimed     time.Duration // unclaimedAfter
	// settled says that nobody waits for the main process of a run any more that isn't in mains.
	settled func(bot.RunID) bool
}

// known is what we remember of a process.
type known struct {
	start    uint64
	sweepNo  uint64 // the last sweep that saw it
	resolved uint64 // the last sweep that said whose it is
	index    int    // in stats
	run      bot.RunID
	tagRead  bool
	tag      bot.RunID // from its environment
	// caged is the run in whose cgroup it was born.
	cageRead bool
	caged    bot.RunID
	// born elsewhere: it was seen with another parent than us, so nobody here waits for it.
	elsewhere bool
	// emptyAt is when the environment was found empty for the first time.
	emptyAt time.Time
	deadAt  time.Time
	count   count // see usage.go
	io      transfers
}

func newForest(place *cgroup.Place, settled func(bot.RunID) bool) (*forest, error) {
	proc, err := procfs.NewReader()
	if err != nil {
		return nil, err
	}
	session, err := unix.Getsid(0)
	if err != nil {
		proc.Close()
		return nil, err
	}
	return &forest{self: os.Getpid(), session: session, proc: proc, place: place, seen: map[int]*known{},
		runs: map[bot.RunID]*run{}, mains: map[int]*run{}, meters: map[bot.RunID]*meter{}, pageSize: os.Getpagesize(), unclaimed: unclaimedAfter, settled: settled}, nil
}

func (f *forest) close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.proc.Close()
}

// add makes a run known. Its pid may be 0 while only its id is known.
func (f *forest) add(r *run) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.runs[r.id] = r
	if r.pid != 0 {
		f.mains[r.pid] = r
	}
}

func (f *forest) remove(r *run) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.drop(r)
}

// view is what one look at all processes shows.
type view struct {
	// trees are the living processes of each run, main processes included.
	trees map[bot.RunID][]procfs.Stat
	// unsure are processes that can't be told to be of no run yet: they are at their exec.
	unsure []procfs.Stat
}

// has says that the main process of a run was seen alive.
func (v *view) has(r *run) bool {
	for _, st := range v.trees[r.id] {
		if st.PID == r.pid && st.Start == r.ticks {
			return true
		}
	}
	return false
}

// doubt says that a process may turn out to be of a run of which nothing else is left. Orphans of
// our children become ours; those of an adopted run may be anybody's. A cgroup leaves no doubt.
func (v *view) doubt(r *run, self int) bool {
	if r.group != nil {
		return false
	}
	for _, st := range v.unsure {
		if st.Start >= r.ticks && (st.PPID == self || !r.child) {
			return true
		}
	}
	return false
}

// look sweeps once for all runs.
func (f *forest) look() (view, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.sweep(); err != nil {
		return view{}, err
	}
	v := view{trees: make(map[bot.RunID][]procfs.Stat, len(f.runs))}
	for i := range f.stats {
		st := &f.stats[i]
		k := f.seen[st.PID]
		switch {
		case st.Dead():
		case k.run == uuid.Nil:
			if !k.tagRead && !st.Kernel() && st.PID != f.self {
				v.unsure = append(v.unsure, *st)
			}
		case f.runs[k.run] != nil:
			v.trees[k.run] = append(v.trees[k.run], *st)
		}
	}
	return v, nil
}

// sweep reads all processes, says whose each is, and reaps what only we can reap.
func (f *forest) sweep() error {
	stats, err := f.proc.Sweep(f.stats[:0])
	f.stats = stats
	if err != nil {
		return err
	}
	f.sweepNo++
	for i := range f.stats {
		st := &f.stats[i]
		k := f.seen[st.PID]
		if k != nil && k.start != st.Start {
			f.depart(st.PID, k)
			k = nil
		}
		if k == nil {
			k = &known{start: st.Start}
			f.seen[st.PID] = k
		}
		k.sweepNo, k.index = f.sweepNo, i
	}
	now := time.Now()
	for i := range f.stats {
		st := &f.stats[i]
		k := f.seen[st.PID]
		f.resolve(st, k)
		k.elsewhere = k.elsewhere || st.PPID != f.self
		if st.Dead() && st.PPID == f.self {
			f.reap(st, k, now)
		}
	}
	for pid, k := range f.seen {
		if k.sweepNo != f.sweepNo {
			f.depart(pid, k)
			delete(f.seen, pid)
		}
	}
	for _, r := range f.past {
		f.drop(r)
	}
	f.past = f.past[:0]
	return nil
}

// resolve says to which run a process belongs; Nil for none.
func (f *forest) resolve(st *procfs.Stat, k *known) bot.RunID {
	if k.resolved == f.sweepNo || k.run != uuid.Nil {
		return k.run
	}
	k.resolved = f.sweepNo // also ends a circle of parents, which a sweep that takes time may show
	if r := f.byIDs(st); r != nil {
		k.run = r.id
		return k.run
	}
	if parent := f.seen[st.PPID]; parent != nil && parent.sweepNo == f.sweepNo && parent.start <= st.Start {
		if id := f.resolve(&f.stats[parent.index], parent); id != uuid.Nil {
			k.run = id
			return id
		}
	}
	f.readCage(st, k)
	if r := f.runs[k.caged]; r != nil && k.caged != uuid.Nil {
		k.run = r.id
		return k.run
	}
	f.readTag(st, k)
	if r := f.runs[k.tag]; r != nil && k.tag != uuid.Nil && st.Start >= r.ticks {
		k.run = r.id
	}
	return k.run
}

// byIDs finds the run by pid, session and process group.
func (f *forest) byIDs(st *procfs.Stat) *run {
	if r := f.mains[st.PID]; r != nil && r.ticks == st.Start {
		return r
	}
	for _, leader := range [2]int{st.Session, st.PGrp} {
		r := f.mains[leader]
		if r == nil || st.Start < r.ticks {
			continue
		}
		// Somebody else may have the number by now.
		if main := f.seen[leader]; main == nil || main.sweepNo != f.sweepNo || main.start == r.ticks {
			return r
		}
	}
	return nil
}

// readCage reads a process's cgroups, once: it was born where its parent was, whatever it has done
// to session, parents and environment since. In version 2 even a zombie tells.
func (f *forest) readCage(st *procfs.Stat, k *known) {
	if k.cageRead || st.Kernel() || st.PID == f.self {
		return
	}
	text, err := f.proc.Cgroup(st.PID)
	if k.cageRead = err == nil; !k.cageRead {
		return
	}
	if id, err := uuid.Parse(f.place.RunOf(text)); err == nil {
		k.caged = id
	}
}

// readTag reads a process's environment, once.
func (f *forest) readTag(st *procfs.Stat, k *known) {
	if k.tagRead || st.Kernel() || st.Dead() || st.PID == f.self {
		return
	}
	value, found, readable, err := f.proc.Env(st.PID, runVariable)
	// What is empty may be a process at its exec: only one that stays empty really is. Another
	// user's process stays unreadable.
	k.tagRead = readable || errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM)
	if err == nil && !readable {
		if k.emptyAt.IsZero() {
			k.emptyAt = time.Now()
		}
		k.tagRead = time.Since(k.emptyAt) > execTime
	}
	if found {
		if id, err := uuid.ParseBytes(value); err == nil {
			k.tag = id
		}
	}
}

// variable reads one variable of a process's environment; "" when it isn't there or can't be read.
func (f *forest) variable(pid int, name string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	value, _, _, err := f.proc.Env(pid, name)
	if err != nil {
		return ""
	}
	return string(value)
}

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
