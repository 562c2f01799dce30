package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/procfs"
	"github.com/botswain/botswain/app/runner"
)

// List finds the living runs of this spool and takes up those that this backend doesn't know yet.
// What is left of the tree of a run that ended while nobody watched is killed; no end is told for it.
// List waits for it, for leftoverTime at most: see Leftovers.
func (b *Backend) List(ctx context.Context) ([]runner.Instance, error) {
	b.listing.Lock()
	defer b.listing.Unlock()
	found, err := b.unknownRuns()
	if err != nil {
		return nil, err
	}
	found = append(found, b.strays(found)...)
	var remains []*run
	if len(found) > 0 {
		if remains, err = b.takeUp(found); err != nil {
			return nil, err
		}
	}
	b.mu.Lock()
	b.listed = true
	b.mu.Unlock()
	if err := b.awaitRemains(ctx, remains); err != nil {
		return nil, err
	}
	return b.instances(), nil
}

// instances are the runs whose end wasn't delivered yet, oldest first.
func (b *Backend) instances() []runner.Instance {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := b.ends.instances()
	for _, r := range b.runs {
		if r.ready() && !r.silent {
			all = append(all, r.instance(b.bootID))
		}
	}
	slices.SortFunc(all, func(x, y runner.Instance) int { return x.StartedAt.Compare(y.StartedAt) })
	return all
}

// unknownRuns reads the records of runs of this boot that weren't marked as over and aren't ours yet.
func (b *Backend) unknownRuns() ([]record, error) {
	b.mu.Lock()
	closed := b.closed
	b.mu.Unlock()
	if closed {
		return nil, errClosed
	}
	var found []record
	err := b.folders(func(id bot.ID, run bot.RunID) {
		if rec, ok := b.unknownRun(id, run); ok {
			found = append(found, rec)
		}
	})
	if err != nil {
		return nil, err
	}
	more, err := b.unrecorded()
	return append(found, more...), err
}

// folders visits the folders of all runs in the spool.
func (b *Backend) folders(visit func(bot.ID, bot.RunID)) error {
	bots, err := os.ReadDir(b.root)
	if err != nil {
		return fmt.Errorf("list the spool: %w", err)
	}
	for _, d := range bots {
		id, err := uuid.Parse(d.Name())
		if err != nil || !d.IsDir() {
			continue
		}
		runs, err := os.ReadDir(filepath.Join(b.root, d.Name()))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("list the spool of a bot: %w", err)
		}
		for _, e := range runs {
			if run, err := uuid.Parse(e.Name()); err == nil {
				visit(id, run)
			}
		}
	}
	return nil
}

func (b *Backend) unknownRun(id bot.ID, runID bot.RunID) (record, bool) {
	if b.find(runID) != nil {
		return record{}, false
	}
	rec, err := readRecord(b.SpoolDir(id, runID))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return record{}, false
	case err != nil:
		// Records are replaced in one step, so this is damage from outside. The id is enough to search.
		b.log.Warn("a run's record can't be read; its process is searched by its environment", "run", runID, "error", err)
		rec = record{BootID: b.bootID}
	}
	rec.Bot, rec.Run = id, runID
	return rec, rec.EndedAt == nil && rec.BootID == b.bootID
}

// Past gives the runs whose folders stand and that are over and told of, oldest first, and those of which only
// leftovers live.
func (b *Backend) Past(context.Context) ([]runner.Past, error) {
	var all []runner.Past
	err := b.folders(func(id bot.ID, run bot.RunID) {
		if _, untold := b.ends.find(run); untold {
			return
		}
		if r := b.find(run); r != nil && !r.isLeftover() {
			return
		}
		// A record that can't be read tells nothing; List has said so in the log.
		if rec, err := readRecord(b.SpoolDir(id, run)); err == nil {
			rec.Bot, rec.Run = id, run
			all = append(all, rec.past())
		}
	})
	slices.SortFunc(all, func(x, y runner.Past) int { return x.StartedAt.Compare(y.StartedAt) })
	return all, err
}

// takeUp adopts the runs that live, and returns those of which only leftovers do, or of which we
// have yet to learn how they ended.
func (b *Backend) takeUp(found []record) (remains []*run, err error) {
	runs := make([]*run, len(found))
	for i, rec := range found {
		r := newRun(rec.Bot, rec.Run, b.SpoolDir(rec.Bot, rec.Run))
		r.pid, r.ticks, r.startedAt, r.adopted, r.stray = rec.PID, rec.StartTicks, rec.StartedAt, true, rec.stray
		r.group = b.place.Find(rec.Run.String(), rec.Cgroups)
		runs[i] = r
		b.forest.add(r)
	}
	seen, err := b.forest.look()
	if err != nil {
		for _, r := range runs {
			b.forest.remove(r)
		}
		return nil, err
	}
	for _, r := range runs {
		tree := seen.trees[r.id]
		if len(tree) == 0 && !b.inherit(r) && !r.group.Populated() {
			b.forest.remove(r)
			r.group.Remove()
			continue
		}
		if !b.adopt(r, tree) {
			remains = append(remains, r)
		}
	}
	return remains, nil
}

// inherit gives a run its main process when that is a corpse that only we can bury: a child of ours
// that ended between two Botswains of the same pid (one was replaced by exec). Its exit code isn't
// lost then.
func (b *Backend) inherit(r *run) bool {
	if r.pidfd >= 0 {
		return true
	}
	st, err := procfs.One(r.pid)
	if r.pid == 0 || err != nil || st.Start != r.ticks || st.PPID != b.forest.self || !st.Dead() {
		return false
	}
	fd, err := openVerified(st.PID, st.Start)
	if err != nil {
		return false
	}
	r.pidfd, r.child = fd, true
	return true
}

// adopt takes up one run with a living tree, or with an end that is ours to learn; false when its
// main process has ended.
func (b *Backend) adopt(r *run, tree []procfs.Stat) bool {
	living := false
	if main, ok := mainOf(r, tree); ok && !r.stray {
		if fd, err := openVerified(main.PID, main.Start); err == nil {
			// After an exec in place bots are children still: ours to reap, and they tell us their exit code.
			living, r.pidfd, r.child = true, fd, main.PPID == b.forest.self
			if r.pid == 0 {
				b.complete(r, main)
			}
		}
	}
	r.silent = !living
	if r.silent {
		b.inherit(r)
		r.end.mainGone, r.end.goneAt = true, time.Now()
	}
	b.mu.Lock()
	b.runs[r.id] = r
	b.mu.Unlock()
	close(r.started)
	if r.silent {
		b.log.Warn("a bot ended while nobody watched", "bot", r.bot, "run", r.id, "leftovers_to_kill", len(tree))
		b.ask(ask{run: r})
		return false
	}
	b.guard(r)
	return true
}

// mainOf finds the main process. When the record has none, Botswain was killed between exec and
// record: it is the oldest process of the tree that leads a session, as each run's first does.
func mainOf(r *run, tree []procfs.Stat) (procfs.Stat, bool) {
	var main procfs.Stat
	for _, st := range tree {
		switch {
		case r.pid != 0:
			if st.PID == r.pid && st.Start == r.ticks {
				return st, true
			}
		case st.Session == st.PID && (main.PID == 0 || st.Start < main.Start):
			main = st
		}
	}
	return main, main.PID != 0
}

// complete fills in what the record of a run lacked.
func (b *Backend) complete(r *run, main procfs.Stat) {
	b.forest.remove(r)
	r.pid, r.ticks = main.PID, main.Start
	if r.startedAt.IsZero() {
		r.startedAt = startTime(main)
	}
	b.forest.add(r)
	if err := b.record(r).write(r.dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		b.log.Warn("a run's record is incomplete", "bot", r.bot, "run", r.id, "error", err)
	}
}
