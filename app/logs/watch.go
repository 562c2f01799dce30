package logs

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/botswain/botswain/app/bot"
)

const (
	// watchPause is the least time between two reads of the kernel's queue: a bot that writes without
	// end makes one poke of many events. Lines that come faster than that wait for it before they are
	// shown. While more than manyLines come in that time it is longPause: looking costs more then
	// than anybody would see.
	watchPause = 500 * time.Microsecond
	longPause  = 5 * time.Millisecond
	manyLines  = 50
	// watchAgain is how often watches that couldn't be had are asked for again.
	watchAgain = 10 * time.Second
)

// inotify is what is asked of the kernel.
type inotify struct {
	init  func() (fd int, err error)
	add   func(fd int, dir string) (wd int, err error)
	again time.Duration
}

func kernel() inotify {
	return inotify{
		init: func() (int, error) { return unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK) },
		add: func(fd int, dir string) (int, error) {
			return unix.InotifyAddWatch(fd, dir, unix.IN_MODIFY|unix.IN_CREATE|unix.IN_MOVED_TO|unix.IN_ONLYDIR)
		},
		again: watchAgain,
	}
}

// watcher says which runs have new output, through one inotify instance. Where the kernel has no
// more of it to give, runs are polled: see add.
type watcher struct {
	kernel inotify
	poke   chan struct{}
	pause  atomic.Int64 // watchPause or longPause

	mu    sync.Mutex
	file  *os.File // nil: no inotify to be had for now
	err   error    // why
	runs  map[int32]bot.RunID
	dirty map[bot.RunID]struct{}
	all   bool // events were lost: anything may have changed
	lost  bool // the instance is gone, and all watches with it
}

func newWatcher(k inotify) *watcher {
	w := &watcher{kernel: k, poke: make(chan struct{}, 1), runs: map[int32]bot.RunID{}, dirty: map[bot.RunID]struct{}{}}
	w.pause.Store(int64(watchPause))
	w.open()
	return w
}

// took says how many lines came of the last poke.
func (w *watcher) took(lines int) {
	if lines > manyLines {
		w.pause.Store(int64(longPause))
	} else {
		w.pause.Store(int64(watchPause))
	}
}

// open makes the instance.
func (w *watcher) open() {
	fd, err := w.kernel.init()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err = err; err == nil {
		w.file = os.NewFile(uintptr(fd), "inotify")
	}
}

// add watches the folder of a run. fs.ErrNotExist means that the folder isn't there yet; any other
// error, that the run must be polled for now.
func (w *watcher) add(dir string, run bot.RunID) (wd int32, err error) {
	// Under the lock, so that an event can't come before its run is known.
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.file == nil {
		return 0, fmt.Errorf("no inotify: %w", w.err)
	}
	conn, err := w.file.SyscallConn()
	if err != nil {
		return 0, err
	}
	var n int
	cerr := conn.Control(func(fd uintptr) { n, err = w.kernel.add(int(fd), dir) })
	if err = errors.Join(cerr, err); err != nil {
		return 0, fmt.Errorf("watch %s: %w", dir, err)
	}
	w.runs[int32(n)] = run
	return int32(n), nil
}

// remove ends a watch. An instance never gives the same number again, so late events are harmless.
func (w *watcher) remove(wd int32) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.runs, wd)
	if w.file == nil {
		return
	}
	if conn, err := w.file.SyscallConn(); err == nil {
		// It fails when the folder is gone already; then the watch is too.
		_ = conn.Control(func(fd uintptr) { _, _ = unix.InotifyRmWatch(int(fd), uint32(wd)) })
	}
}

// run reads events until ctx ends, and makes a new instance for one that is gone.
func (w *watcher) run(ctx context.Context) {
	defer w.close(nil)
	for {
		w.mu.Lock()
		file := w.file
		w.mu.Unlock()
		if file != nil {
			err := w.read(ctx, file)
			if ctx.Err() != nil {
				return
			}
			w.close(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(w.kernel.again):
		}
		w.open()
	}
}

// close gives up the instance.
func (w *watcher) close(cause error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.file != nil {
		w.file.Close()
		w.file, w.err, w.lost, w.all = nil, cause, true, true
		clear(w.runs)
	}
	w.wake()
}

func (w *watcher) read(ctx context.Context, file *os.File) error {
	defer context.AfterFunc(ctx, func() { file.Close() })()
	buf := make([]byte, 64<<10)
	for {
		n, err := file.Read(buf)
		if err != nil {
			return err
		}
		w.take(buf[:n])
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(w.pause.Load())):
		}
	}
}

// take marks the runs that the events are about. The layout is inotify(7)'s struct inotify_event.
func (w *watcher) take(events []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
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
	if w.all || len(w.dirty) > 0 {
		w.wake()
	}
}

func (w *watcher) wake() {
	select {
	case w.poke <- struct{}{}:
	default:
	}
}

// changed gives the runs with news since the last call; all means that any may have some, lost that
// no watch is left.
func (w *watcher) changed(visit func(bot.RunID)) (all, lost bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for run := range w.dirty {
		visit(run)
	}
	clear(w.dirty)
	all, w.all = w.all, false
	lost, w.lost = w.lost, false
	return all, lost
}
