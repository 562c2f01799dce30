package logs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// openFiles is how many spool files the log path has open, of how many runs.
func (r *rig) openFiles() (files, runs int) {
	r.inside(func(in *ingest) bool {
		runs = len(in.runs)
		for _, x := range in.runs {
			for _, s := range x.streams {
				if s.file != nil {
					files++
				}
			}
		}
		return true
	})
	return files, runs
}

// TestRunsThatWaitHoldNoFiles: while the database is away, bots that crash again and again leave thousands of runs. The
// process must not run out of descriptors for that.
func TestRunsThatWaitHoldNoFiles(t *testing.T) {
	r := newRig(t)
	r.maxBot = 1 << 30
	h := &held{Storage: NewPostgres(r.pool)}
	h.gate.Lock()
	r.startOn(h, func() {})
	id := r.bot()
	const n = 200
	dirs := make([]string, n)
	for i := range dirs {
		run, dir := r.folder(id)
		dirs[i] = dir
		// So much that some of them don't fit into the two batches that are held.
		r.print(dir, "stdout", strings.Repeat(fmt.Sprintf("run %d\n", i), 2000))
		r.svc.Follow(id, run, dir)
		r.svc.Finish(run)
	}
	r.wait("the runs to be taken in, and their files to be closed", func() bool {
		files, runs := r.openFiles()
		return runs == n && files <= 2
	})
	h.gate.Unlock()
	for _, dir := range dirs {
		r.waitGone(dir)
	}
	r.stopClean()
	lines := r.texts(id)
	if len(lines) != n*2000 {
		t.Fatalf("%d lines of %d", len(lines), n*2000)
	}
	for i, line := range lines {
		if want := fmt.Sprintf("run %d", i/2000); line != want {
			t.Fatalf("line %d is %q, want %q", i, line, want)
		}
	}
}

// TestEmptiedAfterItsOldestWasDropped: a spool over its cap, of which nothing was read yet, is emptied by a person who
// needs room. What the bot writes after that is read from the start.
func TestEmptiedAfterItsOldestWasDropped(t *testing.T) {
	r := newRig(t)
	r.maxBot = 1 << 20
	h := &held{Storage: NewPostgres(r.pool)}
	h.gate.Lock()
	r.startOn(h, func() {})
	id := r.bot()
	one, first := r.folder(id)
	r.print(first, "stdout", strings.Repeat("the run that fills what is held\n", 40_000))
	r.svc.Follow(id, one, first)
	r.svc.Finish(one)
	r.wait("what can be held to be full", func() bool {
		return r.inside(func(in *ingest) bool { return in.storing != nil && in.filling.room(in.tracks[id]) == 0 })
	})
	two, dir := r.folder(id)
	r.svc.Follow(id, two, dir)
	r.print(dir, "stdout", strings.Repeat("before it was emptied\n", 200_000))
	r.wait("the oldest to be dropped", func() bool {
		return r.inside(func(in *ingest) bool { s := in.runs[two].streams[0]; return s.pos == 0 && s.holeTo > 0 })
	})
	if err := os.Truncate(filepath.Join(dir, "stdout"), 0); err != nil {
		t.Fatal(err)
	}
	r.print(dir, "stdout", strings.Repeat("after it was emptied\n", 1000))
	h.gate.Unlock()
	r.svc.Finish(two)
	r.waitGone(dir)
	r.stopClean()
	after := 0
	for _, line := range r.texts(id) {
		switch {
		case line == "after it was emptied":
			after++
		case strings.Contains(line, "before"), strings.Contains(line, `\x00`):
			t.Fatalf("%q", line)
		}
	}
	if after != 1000 {
		t.Errorf("%d lines of 1000", after)
	}
}
