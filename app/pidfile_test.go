package app

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

func TestPIDFile(t *testing.T) {
	dir := t.TempDir()
	path, own := filepath.Join(dir, pidFile), strconv.Itoa(os.Getpid())+"\n"
	if err := os.WriteFile(path, []byte("1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := writePID(dir); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != own {
		t.Errorf("%q, %v", text, err)
	}
	// With a folder in its way no file can be written: as on a full disk, the number that is there is
	// ours and stays, or isn't and goes.
	if err := os.Mkdir(path+".new", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := writePID(dir); err != nil {
		t.Errorf("ours was there already: %v", err)
	}
	if err := os.WriteFile(path, []byte("1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := writePID(dir); err == nil {
		t.Error("no error")
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("another's number is left: %v", err)
	}
}
