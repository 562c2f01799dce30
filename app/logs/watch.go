package logs

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/botswain/botswain/app/bot"
)

// watchPause is the least time between two reads of the kernel's queue: a bot that writes without
// end makes one poke of many events. Lines that come faster than that wait for it before they are
// shown.
const watchPause = 500 * time.Microsecond

// watcher says which runs have new output, through one inotify instance. Where the kernel has no
// more of it to give, runs are polled: see add.
type watcher struct {
	log    *slog.Logger
	file   *os.File // nil: no inotify to be had
	poke   chan struct{}
	limits sync.Once // the limit was logged

	mu    sync.Mutex
	runs  map[int32]bot.RunID
	dirty map[bot.RunID]struct{}
	all   bool // events were lost: anything may have changed
}

func newWatcher(log *slog.Logger) *watcher {
	w := &watcher{log: log, poke: make(chan struct{}, 1), runs: map[int32]bot.RunID{}, dirty: map[bot.RunID]struct{}{}}
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		w.polling(err)
		return w
	}
	w.file = os.NewFile(uintptr(fd), "inotify")
	return w
}

func (w *watcher) polling(err error) {
	w.limits.Do(func() {
		w.log.Warn("logs: no inotify watches left; new output is looked for by polling (see fs.inotify.max_user_watches)", "error", err)
	})
}

// add watches the folder of a run. fs.ErrNotExist means that the folder isn't there yet; any other
// error, that the run must be polled.
func (w *watcher) add(dir string, run bot.RunID) (wd int32, err error) {
	if w.file == nil {
		return 0, errNoInotify
	}
	conn, err := w.file.SyscallConn()
	if err != nil {
		return 0, err
	}
	// Under the lock, so that an event can't come before its run is known.
	w.mu.Lock()
	defer w.mu.Unlock()
	var n int
	cerr := conn.Control(func(fd uintptr) {
		n, err = unix.InotifyAddWatch(int(fd), dir, unix.IN_MODIFY|unix.IN_CREATE|unix.IN_MOVED_TO|unix.IN_ONLYDIR)
	})
	if err = errors.Join(cerr, err); err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			w.polling(err)
		}
		return 0, fmt.Errorf("watch %s: %w", dir, err)
	}
	w.runs[int32(n)] = run
	return int32(n), nil
}

var errNoInotify = errors.New("logs: no inotify")

// remove ends a watch. The kernel never gives the same number again, so late events are harmless.
func (w *watcher) remove(wd int32) {
	if conn, err := w.file.SyscallConn(); err == nil {
		// It fails when the folder is gone already; then the watch is too.
		_ = conn.Control(func(fd uintptr) { _, _ = unix.InotifyRmWatch(int(fd), uint32(wd)) })
	}
	w.mu.Lock()
	delete(w.runs, wd)
	w.mu.Unlock()
}

// run reads events until ctx ends, then closes the instance.
func (w *watcher) run(ctx context.Context) {
	if w.file == nil {
		<-ctx.Done()
		return
	}
	stop := context.AfterFunc(ctx, func() { w.file.Close() })
	defer w.file.Close()
	defer stop()
	buf := make([]byte, 64<<10)
	for {
		n, err := w.file.Read(buf)
		if err != nil {
			if ctx.Err() == nil {
				w.polling(err)
			}
			return
		}
		w.take(buf[:n])
		select {
		case <-ctx.Done():
			return
		case <-time.After(watchPause):
		}
	}
}

// take marks the runs that the events are about. The layout is inotify(7)'s struct inotify_event.
func (w *watcher) take(events []byte) {
	w.mu.Lock()
	for len(events) >= unix.SizeofInotifyEvent {
		wd := int32(binary.NativeEndian.Uint32(events))
		mask := binary.NativeEndian.Uint32(events[4:])
		size := unix.SizeofInotifyEvent + int(binary.NativeEndian.Uint32(events[12:]))
		if mask&unix.IN_Q_OVERFLOW != 0 {
			w.all = true
		} else if run, ok := w.runs[wd]; ok {
			w.dirty[run] = struct{}{}
		}
		events = events[min(size, len(events)):]
	}
	some := w.all || len(w.dirty) > 0
	w.mu.Unlock()
	if some {
		select {
		case w.poke <- struct{}{}:
		default:
		}
	}
}

// changed gives the runs with news since the last call; all means that any may have some.
func (w *watcher) changed(visit func(bot.RunID)) (all bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for run := range w.dirty {
		visit(run)
	}
	clear(w.dirty)
	all, w.all = w.all, false
	return all
}
