package logs

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestWipingTellsNoLie: the time of a spool file's last change is the last sign of a run whose end nobody saw.
func TestWipingTellsNoLie(t *testing.T) {
	path := filepath.Join(t.TempDir(), "stdout")
	if err := os.WriteFile(path, []byte("a secret, and another\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	printed := time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.UTC)
	if err := os.Chtimes(path, printed, printed); err != nil {
		t.Fatal(err)
	}
	ranges, buf := []wipe{{from: 2, to: 8}, {from: 14, to: 21}}, make([]byte, chunk)
	changed := func() time.Time {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if !info.ModTime().Equal(printed) {
			t.Errorf("the file says that it was written at %s, want %s", info.ModTime().UTC(), printed)
		}
		return time.Unix(info.Sys().(*syscall.Stat_t).Ctim.Unix())
	}
	if err := wipeFile(path, ranges, buf); err != nil {
		t.Fatal(err)
	}
	once := changed()
	if err := wipeFile(path, ranges, buf); err != nil {
		t.Fatal(err)
	}
	if again := changed(); !again.Equal(once) {
		t.Error("what is written over already was written over again")
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "a ******, and *******\n" {
		t.Errorf("the file has %q, %v", got, err)
	}
}
