package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/botswain/botswain/app/fault"
)

// lockPatience is how long a lock that is held may still become free. A Botswain that was killed
// while it started a bot leaves a child that holds everything until its exec; the next start must
// neither fail for that, nor look for living bots before that one can be seen as a bot.
const lockPatience = 2 * time.Second

// lockDataDir makes sure that one Botswain at a time uses the data directory: two would start
// every bot twice. The kernel drops the lock with the process, so a stale file blocks nothing.
// held is the lock that an upgrade in place has kept, or nil.
func lockDataDir(ctx context.Context, dir string, held *os.File) (*os.File, error) {
	path := filepath.Join(dir, "botswain.lock")
	if held != nil {
		a, err1 := held.Stat()
		b, err2 := os.Stat(path)
		if err1 == nil && err2 == nil && os.SameFile(a, b) && awaitLock(ctx, held) == nil {
			return held, nil
		}
		held.Close()
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock file: %w", err)
	}
	if err := awaitLock(ctx, f); err != nil {
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fault.New(fault.Conflict, "another Botswain already uses the data directory %s; stop it first, or give this one another BOTSWAIN_DATA_DIR", dir)
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return f, nil
}

// awaitLock answers EWOULDBLOCK when the lock isn't free within lockPatience.
func awaitLock(ctx context.Context, f *os.File) error {
	limit := time.NewTimer(lockPatience)
	defer limit.Stop()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil || !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR) {
			return err
		}
		select {
		case <-look.C:
		case <-limit.C:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
