package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/procfs"
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
	close(r.started)
	if err := b.guard(r); err != nil {
		// The process lives and its record is written: the next List takes it up.
		b.log.Error("a started bot can't be watched", "bot", r.bot, "run", r.id, "pid", r.pid, "error", err)
	}
}

// guard has the keeper wait for the main process.
func (b *Backend) guard(r *run) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return errClosed
	}
	b.fds[r.pidfd] = r
	return b.poll.addPidfd(r.pidfd)
}

func (b *Backend) spawn(r *run, s runner.Start) error {
	t, err := resolve(s)
	if err != nil {
		return err
	}
	if _, err := readRecord(r.dir); !errors.Is(err, fs.ErrNotExist) {
		return fault.Wrap(err, fault.Conflict, "This run was started before; a new start needs a new run.")
	}
	spool, err := openSpool(r.dir)
	if err != nil {
		discardSpool(r.dir)
		return err
	}
	defer spool.close()
	r.startedAt = time.Now()
	if err := b.record(r).write(r.dir); err != nil {
		discardSpool(r.dir)
		return err
	}
	if err := b.fork(r, s, t, spool); err != nil {
		discardSpool(r.dir)
		return refused(err, s.Command[0], t)
	}
	if err := b.record(r).write(r.dir); err != nil {
		// Not fatal: the run is found by BOTSWAIN_RUN_ID in its environment.
		b.log.Warn("a run's record is incomplete", "bot", r.bot, "run", r.id, "error", err)
	}
	b.limit(r, s.Limits.OpenFiles)
	return nil
}

// fork makes the process: a session and process group of its own, the three files as its only
// descriptors (all others close on exec), signals as a fresh program expects them.
func (b *Backend) fork(r *run, s runner.Start, t target, spool files) error {
	pidfd := -1
	env := s.Env
	if env == nil {
		env = []string{} // nil would mean ours
	}
	pid, err := syscall.ForkExec(t.path, s.Command, &syscall.ProcAttr{
		Dir:   t.dir,
		Env:   env,
		Files: []uintptr{uintptr(spool[0]), uintptr(spool[1]), uintptr(spool[2])},
		Sys:   &syscall.SysProcAttr{Setsid: true, PidFD: &pidfd},
	})
	if err != nil {
		return err
	}
	if pidfd < 0 {
		// The child can't be reaped by anyone but us, so its pid is its own until then.
		if pidfd, err = unix.PidfdOpen(pid, 0); err != nil {
			abandon(pid)
			return fmt.Errorf("open a descriptor for the new process: %w", err)
		}
	}
	st, err := procfs.One(pid)
	if err != nil {
		unix.Close(pidfd)
		abandon(pid)
		return fmt.Errorf("read the new process: %w", err)
	}
	r.pid, r.ticks, r.pidfd, r.child = pid, st.Start, pidfd, true
	return nil
}

// abandon ends a child that can't be looked after.
func abandon(pid int) {
	unix.Kill(-pid, unix.SIGKILL)
	for {
		if _, err := unix.Wait4(pid, nil, 0, nil); !errors.Is(err, unix.EINTR) {
			return
		}
	}
}

// limit bounds the descriptors of each process of the tree. A limit above what Botswain itself
// may have is lowered to that.
func (b *Backend) limit(r *run, openFiles int) {
	if openFiles <= 0 {
		return
	}
	want := unix.Rlimit{Cur: uint64(openFiles), Max: uint64(openFiles)}
	err := unix.Prlimit(r.pid, unix.RLIMIT_NOFILE, &want, nil)
	if errors.Is(err, unix.EPERM) {
		var have unix.Rlimit
		if unix.Prlimit(r.pid, unix.RLIMIT_NOFILE, nil, &have) == nil && have.Max != math.MaxUint64 {
			want = unix.Rlimit{Cur: min(want.Cur, have.Max), Max: min(want.Max, have.Max)}
			err = unix.Prlimit(r.pid, unix.RLIMIT_NOFILE, &want, nil)
		}
	}
	if err != nil && !errors.Is(err, unix.ESRCH) {
		b.log.Warn("the limit of open files could not be set", "bot", r.bot, "run", r.id, "limit", openFiles, "error", err)
	}
}
