package local

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// await waits until a number of folders is ready.
func (s *spares) await(t *testing.T, n int) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		s.mu.Lock()
		have := len(s.ready)
		s.mu.Unlock()
		if have == n {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d folders are ready, want %d", have, n)
		}
	}
}

func TestSparesAreRefilledAndOutliveUs(t *testing.T) {
	root := filepath.Join(t.TempDir(), "spool")
	if err := os.Mkdir(root, 0o700); err != nil {
		t.Fatal(err)
	}
	s := newSpares(root, slog.New(slog.DiscardHandler))
	s.await(t, fewestSpares)
	dir := filepath.Join(root, "bot", "run")
	if !s.take(dir) {
		t.Fatal("none to be had")
	}
	for name, mode := range map[string]fs.FileMode{stdinName: fs.ModeNamedPipe | 0o600, stdoutName: 0o600, stderrName: 0o600, recordName: 0o600} {
		info, err := os.Lstat(filepath.Join(dir, name))
		if err != nil || info.Mode() != mode || info.Size() != 0 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	if _, err := readRecord(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the record of a run that never was: %v", err)
	}
	s.await(t, fewestSpares)
	s.close()

	// A life that was killed while it made one leaves a part of it.
	if err := os.Mkdir(filepath.Join(s.dir, "new"), 0o700); err != nil {
		t.Fatal(err)
	}
	s = newSpares(root, slog.New(slog.DiscardHandler))
	defer s.close()
	s.await(t, fewestSpares)
	made := s.next
	if !s.take(filepath.Join(root, "bot", "next")) {
		t.Error("what an earlier life made isn't taken up")
	}
	if s.await(t, fewestSpares); s.next != made+1 {
		t.Errorf("%d folders were made, want 1", s.next-made)
	}
}

// A folder that is gone, or in the way, costs nothing but the time that it would have saved.
func TestSpareThatCannotBeUsed(t *testing.T) {
	root := filepath.Join(t.TempDir(), "spool")
	dir := filepath.Join(root, "bot", "run")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	s := newSpares(root, slog.New(slog.DiscardHandler))
	s.await(t, fewestSpares)
	s.close()
	if err := os.WriteFile(filepath.Join(dir, "of another"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if s.take(dir) {
		t.Error("a folder took the place of one with something in it")
	}
	if err := os.RemoveAll(s.dir); err != nil {
		t.Fatal(err)
	}
	if s.take(filepath.Join(root, "bot", "next")) || len(s.ready) != fewestSpares-1 {
		t.Error("a folder that is gone was taken, or is ready")
	}
}

// As many are ready as there are bots, within bounds.
func TestSparesForEachBot(t *testing.T) {
	root := filepath.Join(t.TempDir(), "spool")
	if err := os.Mkdir(root, 0o700); err != nil {
		t.Fatal(err)
	}
	s := newSpares(root, slog.New(slog.DiscardHandler))
	defer s.close()
	s.await(t, fewestSpares)
	s.expect(fewestSpares + 9)
	s.await(t, fewestSpares+9)
	s.expect(100_000)
	s.await(t, mostSpares)
	s.expect(1)
	if !s.take(filepath.Join(root, "bot", "run")) {
		t.Fatal("none to be had")
	}
	s.await(t, mostSpares-1)
}
