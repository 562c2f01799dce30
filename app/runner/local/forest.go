package local

import (
	"os"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sys/unix"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/procfs"
	"github.com/botswain/botswain/app/runner/local/cgroup"
)

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
