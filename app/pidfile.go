package app

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// pidFile in the data directory is for people and scripts that send signals. Nothing trusts it: the
// lock says whether a Botswain runs.
const pidFile = "botswain.pid"

// writePID puts the process id in place in one step.
func writePID(dataDir string) error {
	path := filepath.Join(dataDir, pidFile)
	if err := os.WriteFile(path+".new", []byte(strconv.Itoa(os.Getpid())+"\n"), 0o644); err != nil {
		return fmt.Errorf("write the pid file: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("write the pid file: %w", err)
	}
	return nil
}

func removePID(dataDir string) { _ = os.Remove(filepath.Join(dataDir, pidFile)) }
