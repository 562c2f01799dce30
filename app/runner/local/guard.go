package local

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

// guard has the keeper wait for the end of a run's main process. When the kernel takes no more
// descriptors to wait for (fs.epoll.max_user_watches, or no memory), the keeper looks at the process
// from time to time, until the kernel does.
func (b *Backend) guard(r *run) {
	err := b.watchMain(r)
	if err == nil || errors.Is(err, errClosed) { // then the next Botswain watches it
		return
	}
	b.log.Warn("the kernel doesn't wait for a bot's end; it is looked at every second instead", "bot", r.bot, "run", r.id, "pid", r.pid, "error", err)
	b.ask(ask{run: r, unwatched: true})
}

func (b *Backend) watchMain(r *run) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return errClosed
	}
	if err := b.poll.addPidfd(r.pidfd); err != nil {
		return err
	}
	b.fds[r.pidfd] = r
	return nil
}

// visit looks at a main process that the kernel doesn't wait for. The keeper calls it.
func (b *Backend) visit(r *run, now time.Time) {
	e := &r.end
	switch {
	case !e.unwatched:
	case e.mainGone:
		e.unwatched = false
	case b.watchMain(r) == nil: // an end that has come is told at once
		e.unwatched = false
		b.log.Info("the kernel waits for a bot's end again", "bot", r.bot, "run", r.id)
	case hasEnded(r.pidfd):
		e.unwatched = false
		e.processGone(r, r.pidfd, now)
	}
}

// hasEnded says that the process of a pidfd has ended.
func hasEnded(pidfd int) bool {
	fds := []unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}
	n, err := unix.Poll(fds, 0)
	return err == nil && n > 0
}
