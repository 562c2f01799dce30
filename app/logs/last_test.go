package logs

import (
	"fmt"
	"slices"
	"testing"
)

// Whether the log path has come to the end of a run or not, its last lines are there.
func TestLastLines(t *testing.T) {
	r := newRig(t)
	r.start(r.url)
	id := r.bot()
	other, dir := r.folder(id)
	r.svc.Follow(id, other, dir)
	r.print(dir, "stdout", "of another run\n")
	r.svc.Finish(other)
	r.waitGone(dir)
	run, dir := r.folder(id)
	check := func(when string, wantOut, wantErr []string) {
		t.Helper()
		out, err := r.svc.LastLines(id, run, 3)
		if !slices.Equal(out, wantOut) || !slices.Equal(err, wantErr) {
			t.Errorf("%s: %q and %q, want %q and %q", when, out, err, wantOut, wantErr)
		}
	}
	check("nothing printed", nil, nil)
	r.print(dir, "stdout", "one\ntwo\r\nthree\nfour\n")
	r.print(dir, "stderr", "oh\nno")
	check("before it is followed", []string{"two", "three", "four"}, []string{"oh", "no"})
	r.svc.Follow(id, run, dir)
	r.waitSeq(id, 5)
	check("read in part", []string{"two", "three", "four"}, []string{"oh", "no"})
	r.print(dir, "stdout", "five\n")
	r.svc.Finish(run)
	r.waitGone(dir)
	check("stored", []string{"three", "four", "five"}, []string{"oh", "no"})
	r.stopClean()
}

// What was given back to the file system is taken from memory, and the seam doesn't show.
func TestLastLinesAcrossAHole(t *testing.T) {
	r := newRig(t)
	r.start(r.url)
	id := r.bot()
	run, dir := r.folder(id)
	r.svc.Follow(id, run, dir)
	var want []string
	for i := range 30_000 {
		line := fmt.Sprintf("line %d with some more words, so that it gets long enough", i)
		r.print(dir, "stdout", line+"\n")
		want = append(want[max(0, len(want)-49):], line)
	}
	out, _ := r.svc.LastLines(id, run, 50)
	if !slices.Equal(out, want) {
		t.Errorf("while it is read: from %q to %q, %d lines", out[0], out[len(out)-1], len(out))
	}
	r.waitSeq(id, 30_000)
	if out, _ = r.svc.LastLines(id, run, 50); !slices.Equal(out, want) {
		t.Errorf("afterwards: from %q to %q, %d lines", out[0], out[len(out)-1], len(out))
	}
	r.stopClean()
}

func TestJoinSeam(t *testing.T) {
	for _, c := range []struct{ memory, file, want []string }{
		{nil, nil, nil},
		{[]string{"a", "b"}, nil, []string{"a", "b"}},
		{nil, []string{"a"}, []string{"a"}},
		{[]string{"a", "b"}, []string{"b", "c"}, []string{"a", "b", "c"}},
		{[]string{"a", "a"}, []string{"a", "a"}, []string{"a", "a"}},
		{[]string{"a"}, []string{"c"}, []string{"a", "c"}},
	} {
		if got := joinSeam(c.memory, c.file); !slices.Equal(got, c.want) {
			t.Errorf("%q and %q: %q", c.memory, c.file, got)
		}
	}
}
