package logs

import (
	"encoding/binary"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/botswain/botswain/app/bot"
)

// limits is a kernel whose inotify can be used up.
type limits struct{ instances, watches atomic.Bool }

func (l *limits) kernel() inotify {
	k := kernel()
	of := k
	k.again = 10 * time.Millisecond
	k.init = func() (int, error) {
		if l.instances.Load() {
			return -1, unix.EMFILE
		}
		return of.init()
	}
	k.add = func(fd int, dir string) (int, error) {
		if l.watches.Load() {
			return -1, unix.ENOSPC
		}
		return of.add(fd, dir)
	}
	return k
}

// TestInotifyIsUsedUp: output comes by polling, that is told once, and it ends by itself.
func TestInotifyIsUsedUp(t *testing.T) {
	for name, limit := range map[string]func(*limits) *atomic.Bool{
		"watches":   func(l *limits) *atomic.Bool { return &l.watches },
		"instances": func(l *limits) *atomic.Bool { return &l.instances },
	} {
		t.Run(name, func(t *testing.T) {
			r, l := newRig(t), &limits{}
			told := make(chan bool, 10)
			r.inotify, r.polling = l.kernel(), func(on bool) { told <- on }
			limit(l).Store(true)
			r.start(r.url)
			var ids []bot.ID
			var dirs []string
			for range 3 {
				id := r.bot()
				run, dir := r.folder(id)
				r.svc.Follow(id, run, dir)
				ids, dirs = append(ids, id), append(dirs, dir)
			}
			for i, id := range ids {
				r.print(dirs[i], "stdout", "polled\n")
				r.waitSeq(id, 1)
			}
			if !<-told {
				t.Error("nobody was told of polling")
			}
			limit(l).Store(false)
			if <-told {
				t.Error("told of polling a second time")
			}
			if !r.inside(func(in *ingest) bool { return in.polled == 0 && in.noWatch == 0 }) {
				t.Error("some runs are still polled")
			}
			for i, id := range ids {
				r.print(dirs[i], "stdout", "watched\n")
				r.waitSeq(id, 2)
			}
			r.stopClean()
			if len(told) > 0 {
				t.Error("told too often")
			}
		})
	}
}

// TestInotifyIsLost: an instance that breaks is replaced.
func TestInotifyIsLost(t *testing.T) {
	r, l := newRig(t), &limits{}
	told := make(chan bool, 10)
	r.inotify, r.polling = l.kernel(), func(on bool) { told <- on }
	r.start(r.url)
	id := r.bot()
	run, dir := r.folder(id)
	r.svc.Follow(id, run, dir)
	r.print(dir, "stdout", "one\n")
	r.waitSeq(id, 1)
	r.inside(func(in *ingest) bool { return in.watch.file.Close() == nil })
	if !<-told || <-told {
		t.Error("it must be told that it is lost, then that it is back")
	}
	r.print(dir, "stdout", "two\n")
	r.waitSeq(id, 2)
	r.stopClean()
}

func TestOverflowMeansAll(t *testing.T) {
	w := newWatcher(kernel())
	defer w.close(nil)
	e := make([]byte, unix.SizeofInotifyEvent)
	binary.NativeEndian.PutUint32(e[4:], unix.IN_Q_OVERFLOW)
	w.take(e)
	if all, lost := w.changed(func(bot.RunID) { t.Error("no run is named") }); !all || lost {
		t.Errorf("all %v, lost %v", all, lost)
	}
	if all, _ := w.changed(nil); all || !slices.Equal(e[:4], make([]byte, 4)) {
		t.Error("it is told once")
	}
}

// TestFloodIsNotWatched: while a run is far behind nothing is told of it, and then it is watched again.
func TestFloodIsNotWatched(t *testing.T) {
	r := newRig(t)
	var adds atomic.Int32
	k := kernel()
	of := k
	k.add = func(fd int, dir string) (int, error) {
		adds.Add(1)
		return of.add(fd, dir)
	}
	r.inotify = k
	r.start(r.url)
	id := r.bot()
	run, dir := r.folder(id)
	r.svc.Follow(id, run, dir)
	const lines = 40_000
	r.print(dir, "stdout", strings.Repeat(strings.Repeat("x", 99)+"\n", lines))
	r.waitSeq(id, lines)
	r.wait("the watch", func() bool {
		return r.inside(func(in *ingest) bool { run := in.runs[run]; return run.wd != 0 && !run.muted && in.polled == 0 })
	})
	if n := adds.Load(); n < 2 {
		t.Errorf("it was watched %d times", n)
	}
	r.print(dir, "stdout", "one more\n")
	r.waitSeq(id, lines+1)
	r.stopClean()
}
