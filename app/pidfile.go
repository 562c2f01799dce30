package app

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// pidFile in the data directory is for people and scripts that send signals. Nothing trusts it: the
// lock says whether a Botswain runs.
const pidFile = "botswain.pid"

// writePID puts the process id in place in one step. When it can't (the disk is full), there is none:
// an old one would name somebody else.
func writePID(dataDir string) error {
	path := filepath.Join(dataDir, pidFile)
	text := []byte(strconv.Itoa(os.Getpid()) + "\n")
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, text) {
		return nil // an upgrade in place keeps its number
	}
	err := os.WriteFile(path+".new", text, 0o644)
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		_ = os.Remove(path + ".new")
		removePID(dataDir)
		return fmt.Errorf("write the pid file: %w", err)
	}
	return nil
}

func removePID(dataDir string) { _ = os.Remove(filepath.Join(dataDir, pidFile)) }
