package local

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/runner"
)

// Apply starts a run. When it fails no process exists and the run's folder is gone again. The end
// of a short run may be told by Watch before Apply returns.
func (b *Backend) Apply(ctx context.Context, s runner.Start) (runner.Instance, error) {
	if err := ctx.Err(); err != nil {
		return runner.Instance{}, err
	}
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return runner.Instance{}, errClosed
	}
	r, found := b.runs[s.Run]
	if !found {
		if in, ended := b.ends.find(s.Run); ended {
			b.mu.Unlock()
			return in, nil
		}
		r = newRun(s.Bot, s.Run, b.SpoolDir(s.Bot, s.Run))
		b.runs[s.Run] = r
	}
	b.mu.Unlock()
	if !found {
		b.begin(r, s)
	}
	select {
	case <-r.started:
		if r.err != nil {
			return runner.Instance{}, r.err
		}
		return r.instance(b.bootID), nil
	case <-ctx.Done():
		return runner.Instance{}, ctx.Err()
	}
}

// begin starts the process of a run that is in the table, and takes it out again on failure.
func (b *Backend) begin(r *run, s runner.Start) {
	err := b.spawn(r, s)
	if err != nil {
		r.err = err
		b.mu.Lock()
		delete(b.runs, r.id)
		b.mu.Unlock()
		close(r.started)
		return
	}
	b.forest.add(r)
	b.gather(r, s)
	close(r.started)
	b.guard(r)
}

func (b *Backend) spawn(r *run, s runner.Start) error {
	t, err := resolve(s)
	if err != nil {
		return err
	}
	if _, err := readRecord(r.dir); !errors.Is(err, fs.ErrNotExist) {
		return fault.Wrap(err, fault.Conflict, "This run was started before; a new start needs a new run.")
	}
	spool, err := openSpool(r.dir, b.spares.take(r.dir))
	if err != nil {
		discardSpool(r.dir)
		return err
	}
	defer spool.close()
	if err := t.own(spool); err != nil {
		discardSpool(r.dir)
		return err
	}
	r.startedAt = time.Now()
	r.group = b.cage(r, s)
	if err := b.record(r).write(r.dir); err != nil {
		b.uncage(r)
		discardSpool(r.dir)
		return err
	}
	if s.Before != nil {
		if err := s.Before(); err != nil {
			b.uncage(r)
			discardSpool(r.dir)
			return err
		}
	}
	if err := b.fork(r, s, t, spool); err != nil {
		b.uncage(r)
		discardSpool(r.dir)
		return refused(err, s.Command[0], t)
	}
	if err := b.record(r).write(r.dir); err != nil {
		// Not fatal: the run is found by its cgroup, or BOTSWAIN_RUN_ID in its environment.
		b.log.Warn("a run's record is incomplete", "bot", r.bot, "run", r.id, "error", err)
	}
	return nil
}
