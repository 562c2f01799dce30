package local

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/procfs"
	"github.com/botswain/botswain/app/runner"
)

// How often what doesn't end is looked at again. Ends of known processes wake the keeper; this is
// for those that came after the look.
const (
	firstRetry = 10 * time.Millisecond
	lastRetry  = time.Second
)

// emptyLooks is how many looks in a row must find nobody where only looking tells. A busy machine may
// hold the looking goroutine up for longer than a short-lived process needs to start its successor.
const emptyLooks = 4

// statusWait is how long to wait for the status of a process that ended: its parent may have to
// reap it first.
const statusWait = 300 * time.Millisecond

// hear notes what is asked. A stop's wait gets only shorter.
func (e *ending) hear(a ask) {
	e.unwatched = e.unwatched || a.unwatched
	if a.signal == 0 {
		return
	}
	if a.signal == unix.SIGKILL {
		a.killAt = time.Time{}
	}
	if !e.stopping || a.killAt.Before(e.killAt) {
		e.killAt = a.killAt
	}
	e.stopping, e.signal = true, a.signal
}

// processGone notes the end that a descriptor tells.
func (e *ending) processGone(r *run, fd int, now time.Time) {
	if fd == r.pidfd {
		e.mainGone, e.goneAt = true, now
		return
	}
	for pid, watched := range e.watched {
		if watched == fd {
			unix.Close(fd)
			delete(e.watched, pid)
		}
	}
}

// step does what is due for a run, and says whether nothing more is to be done without a new event.
func (b *Backend) step(r *run, seen *view, now time.Time) (idle bool) {
	e := &r.end
	var others []procfs.Stat
	for _, st := range seen.trees[r.id] {
		main := st.PID == r.pid && st.Start == r.ticks
		if start, found := e.beyond[st.PID]; !main && !(found && start == st.Start) {
			others = append(others, st)
		}
	}
	if e.mainGone && len(others) == 0 {
		if seen.doubt(r, b.forest.self) {
			e.due = now.Add(firstRetry)
			return false
		}
		// A look takes time: a process that starts the next and ends may slip through one. Where some
		// had to be killed, and no cgroup tells, several looks have to find nobody.
		if e.empty++; len(e.killed) > 0 && e.empty < emptyLooks && !r.contained() {
			e.due = now.Add(firstRetry)
			return false
		}
		if !r.group.Populated() {
			return b.finish(r, now)
		}
		// The kernel knows of one that can't be seen in /proc, or counts the last one for a moment yet.
	}
	if len(others) > 0 {
		e.empty = 0
	}
	if e.stopping && e.signal != e.signaled && e.signal != unix.SIGKILL {
		b.signalTree(r, others, e.signal)
		e.signaled = e.signal
	}
	if e.mainGone && !e.stopping || e.stopping && !now.Before(e.killAt) {
		e.killing = true
	}
	if e.killing {
		b.killTree(r, others, seen)
		e.retry = min(max(firstRetry, 2*e.retry), lastRetry)
		e.due = now.Add(e.retry)
		return false
	}
	if !e.stopping {
		return true
	}
	e.due = e.killAt
	if e.mainGone && (len(others) == 0 || !b.watchAll(r, others)) {
		e.due = earlier(e.due, now.Add(firstRetry))
	}
	return false
}

// signalTree sends one signal to each process of the tree, once: for some programs the second
// one means "at once".
func (b *Backend) signalTree(r *run, others []procfs.Stat, signal unix.Signal) {
	group := r.groupHeld()
	if group {
		unix.Kill(-r.pid, signal)
		// A stopped process would not take the signal before somebody continues it.
		if st, err := procfs.One(r.pid); err == nil && st.Start == r.ticks && st.State == 'T' {
			unix.Kill(-r.pid, unix.SIGCONT)
		}
	}
	for _, st := range others {
		if group && st.PGrp == r.pid {
			continue
		}
		b.signalOne(r, st, signal)
		if st.State == 'T' {
			b.signalOne(r, st, unix.SIGCONT)
		}
	}
}

// killTree kills all that is left, the cgroup and the process group first because each is one step
// for all its members.
func (b *Backend) killTree(r *run, others []procfs.Stat, seen *view) {
	e := &r.end
	b.watchAll(r, others)
	if !e.mainGone && !e.mainKilled {
		e.mainKilled = true
		if seen.has(r) { // else it has ended by itself just now
			e.stopKilled++
		}
	}
	for _, st := range others {
		e.count(st)
	}
	b.slay(r, others)
}

func (b *Backend) sendKill(r *run, others []procfs.Stat) {
	r.group.Kill()
	if r.groupHeld() {
		unix.Kill(-r.pid, unix.SIGKILL)
	}
	for _, st := range others {
		b.signalOne(r, st, unix.SIGKILL)
	}
}

// count counts a process that gets SIGKILL, once.
func (e *ending) count(st procfs.Stat) {
	if start, found := e.killed[st.PID]; found && start == st.Start {
		return
	}
	if e.killed == nil {
		e.killed = map[int]uint64{}
	}
	e.killed[st.PID] = st.Start
	if e.stopping {
		e.stopKilled++
	} else {
		e.leftovers++
	}
}

// groupHeld says that the number of the process group can't have become another's: the main
// process lives, or is a zombie that only we can reap.
func (r *run) groupHeld() bool {
	return r.child || !r.end.mainGone
}

// signalOne signals a process of the tree after making sure that it still is the one we saw.
func (b *Backend) signalOne(r *run, st procfs.Stat, signal unix.Signal) {
	fd, err := openVerified(st.PID, st.Start)
	if err != nil {
		return // gone, or no descriptor to be had: the next look sees it again
	}
	defer unix.Close(fd)
	if err := unix.PidfdSendSignal(fd, signal, nil, 0); errors.Is(err, unix.EPERM) {
		b.log.Warn("a process of a bot can't be signalled; it is left alone", "bot", r.bot, "run", r.id, "pid", st.PID)
		if r.end.beyond == nil {
			r.end.beyond = map[int]uint64{}
		}
		r.end.beyond[st.PID] = st.Start
	}
}

// openVerified opens a pidfd and makes sure that it is of the process with that start time.
func openVerified(pid int, start uint64) (int, error) {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return -1, err
	}
	if st, err := procfs.One(pid); err != nil || st.Start != start {
		unix.Close(fd)
		return -1, procfs.ErrGone
	}
	return fd, nil
}

// watchAll has the keeper woken when any of the processes ends; false when it can't for all.
func (b *Backend) watchAll(r *run, others []procfs.Stat) bool {
	all := true
	for _, st := range others {
		if _, found := r.end.watched[st.PID]; found {
			continue
		}
		fd, err := openVerified(st.PID, st.Start)
		if err != nil {
			all = false
			continue
		}
		b.mu.Lock()
		err = b.poll.addPidfd(fd)
		if err == nil {
			b.fds[fd] = r
		}
		b.mu.Unlock()
		if err != nil {
			unix.Close(fd)
			all = false
			continue
		}
		if r.end.watched == nil {
			r.end.watched = map[int]int{}
		}
		r.end.watched[st.PID] = fd
	}
	return all
}

// finish tells the end of a run of which nothing is left. It answers false when the main
// process's status isn't to be had yet.
func (b *Backend) finish(r *run, now time.Time) bool {
	status, known := r.status()
	if !known && r.pidfd >= 0 && now.Sub(r.end.goneAt) < statusWait {
		r.end.due = now.Add(firstRetry)
		return false
	}
	exit := bot.Exit{At: r.endedAt(), Leftovers: r.end.leftovers, Killed: r.end.stopKilled}
	if known {
		describe(&exit, status)
	}
	exit.OOM = r.outOfMemory(exit)
	if known || !r.silent { // else nobody knows when: what the folder says stays the best that is known
		if err := b.record(r).over(exit).write(r.dir); err != nil {
			b.log.Warn("the end of a run could not be recorded in its folder", "bot", r.bot, "run", r.id, "error", err)
		}
	}
	b.forest.reapOf(r.end.killed)
	if b.forest.retire(r) {
		b.forest.look() // a failure leaves them for the next one
	}
	b.mu.Lock()
	delete(b.runs, r.id)
	for fd, owner := range b.fds {
		if owner == r {
			delete(b.fds, fd)
		}
	}
	if !r.silent {
		b.ends.add(untold{r.instance(b.bootID), runner.Ended{Bot: r.bot, Run: r.id, Exit: exit}})
	}
	b.mu.Unlock()
	r.release()
	b.bury(r.group)
	close(r.over)
	return true
}

// endedAt is when the main process ended. On a clock that was set back since the start that lies before it: then it is
// the start and what the process lived by the time since boot, which nobody sets.
func (r *run) endedAt() time.Time {
	start, gone := r.startedAt.Round(0), r.end.goneAt.Round(0)
	if !gone.Before(start) {
		return gone
	}
	return start.Add(max(0, age(r.ticks)-time.Since(r.end.goneAt)))
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
