package app

import (
	"context"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/botswain/botswain/app/fault"
)

// TestLockIsAwaited: a child of a killed Botswain that hasn't reached its exec shares the lock.
func TestLockIsAwaited(t *testing.T) {
	dir := t.TempDir()
	old, err := lockDataDir(t.Context(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	child, err := unix.Dup(int(old.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	old.Close() // the lock lives as long as the copy
	waiting := make(chan error, 1)
	go func() {
		f, err := lockDataDir(t.Context(), dir, nil)
		if err == nil {
			err = f.Close()
		}
		waiting <- err
	}()
	select {
	case err := <-waiting:
		t.Fatalf("the lock was taken twice, or given up at once: %v", err)
	default:
	}
	unix.Close(child)
	if err := <-waiting; err != nil {
		t.Error(err)
	}
}

func TestLockIsRefusedToASecond(t *testing.T) {
	dir := t.TempDir()
	first, err := lockDataDir(t.Context(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	if _, err := lockDataDir(t.Context(), dir, nil); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("got %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := lockDataDir(ended, dir, nil); err == nil {
		t.Error("locked twice")
	}
}
