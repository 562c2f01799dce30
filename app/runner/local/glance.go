package local

import (
	"errors"

	"github.com/botswain/botswain/app/procfs"
)

// manyPast is how many ended runs may wait for a look at all processes.
const manyPast = 64

// glance tells the living processes of one run without looking at all of the machine's: those of its
// cgroup, and those that a look has ever found to be of it, wherever they went since. A process leaves
// its cgroup only if somebody moves it, so what is missed is one that was moved within the time from
// one look to the next.
//
// False: only a look at all processes can tell.
func (f *forest) glance(r *run) ([]procfs.Stat, bool) {
	if !r.contained() {
		return nil, false
	}
	var pids []int
	gone := r.end.mainGone && r.group.Empty()
	if !gone {
		var err error
		if pids, err = r.group.All(); err != nil {
			return nil, false
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	tree := make([]procfs.Stat, 0, len(pids))
	found := make(map[int]bool, len(pids))
	see := func(pid int, start uint64) error {
		st, err := f.proc.Stat(pid)
		switch {
		case errors.Is(err, procfs.ErrGone):
			return nil
		case err != nil:
			return err
		}
		if !st.Dead() && (start == 0 || start == st.Start) {
			found[pid] = true
			tree = append(tree, st)
		}
		return nil
	}
	for _, pid := range pids {
		if err := see(pid, 0); err != nil {
			return nil, false
		}
	}
	caged := found[r.pid]
	for pid, k := range f.seen {
		if k.run == r.id && !found[pid] {
			if err := see(pid, k.start); err != nil {
				return nil, false
			}
		}
	}
	if !gone && !found[r.pid] {
		if err := see(r.pid, r.ticks); err != nil {
			return nil, false
		}
	}
	// A main process that lives outside of its cgroup was moved, and its children may be there too.
	return tree, caged || !found[r.pid]
}

// contained says that all processes of a run were born in its cgroup.
func (r *run) contained() bool {
	return r.group != nil && !r.adopted && (r.group.Born() || r.held)
}

// retire forgets a run that is over with the next look at all processes: what it has left dead for us
// to reap is known as its by then.
func (f *forest) retire(r *run) (many bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.meters, r.id)
	f.past = append(f.past, r)
	return len(f.past) >= manyPast
}

// drop takes a run out of the tables. The lock is held.
func (f *forest) drop(r *run) {
	delete(f.runs, r.id)
	delete(f.meters, r.id)
	if f.mains[r.pid] == r {
		delete(f.mains, r.pid)
	}
}
