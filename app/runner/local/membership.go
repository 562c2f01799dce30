package local

import (
	"errors"
	"path/filepath"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sys/unix"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/procfs"
)

// runVariable is in the environment of every process of a run that didn't remove it.
const runVariable = "BOTSWAIN_RUN_ID"

// execTime is the longest time that a process has no environment while it execs.
const execTime = 100 * time.Millisecond

// resolve says to which run a process belongs; Nil for none.
func (f *forest) resolve(st *procfs.Stat, k *known) bot.RunID {
	if k.resolved == f.sweepNo || k.run != uuid.Nil {
		return k.run
	}
	k.resolved = f.sweepNo // also ends a circle of parents, which a sweep that takes time may show
	if r := f.byIDs(st, k); r != nil {
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
func (f *forest) byIDs(st *procfs.Stat, k *known) *run {
	if r := f.mains[st.PID]; r != nil && r.ticks == st.Start {
		return r
	}
	for _, leader := range [2]int{st.Session, st.PGrp} {
		r := f.mains[leader]
		if r == nil || st.Start < r.ticks {
			continue
		}
		// Somebody else may have the number by now, or may have had it while nobody was here: a daemon goes on in the
		// session of a leader that has ended.
		main := f.seen[leader]
		if alive := main != nil && main.sweepNo == f.sweepNo; alive && main.start == r.ticks || !alive && (!r.adopted || f.proves(st, k, r)) {
			return r
		}
	}
	return nil
}

// proves says that a process shows itself that it is of a run: by its cgroup, its environment, or what it prints to.
func (f *forest) proves(st *procfs.Stat, k *known, r *run) bool {
	if f.readCage(st, k); k.caged == r.id {
		return true
	}
	if f.readTag(st, k); k.tag == r.id {
		return true
	}
	root, err := filepath.EvalSymlinks(filepath.Dir(filepath.Dir(r.dir))) // as the kernel names it
	if err != nil {
		return false
	}
	_, ours := spoolOf(st.PID, r.id, root)
	return ours
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
