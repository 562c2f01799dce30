package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ErrDataDir is in the chain when the data directory can't be made or written to now.
var ErrDataDir = errors.New("the data directory can't be used")

// dataDirError says it in its own words.
type dataDirError struct{ error }

func (e dataDirError) Unwrap() error        { return e.error }
func (e dataDirError) Is(target error) bool { return target == ErrDataDir }

// makeDataDir makes the directory 0700; one that exists keeps its mode.
func makeDataDir(dir string) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return fmt.Errorf("can't make %s: %w", filepath.Dir(dir), cause(err))
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("can't make %s: %w", dir, cause(err))
	}
	return Writable(dir)
}

// Writable is an error in plain words when no files can be made in a data directory. Load has checked it.
func Writable(dir string) error {
	probe, err := os.CreateTemp(dir, ".probe-*")
	if err != nil {
		return fmt.Errorf("can't write in %s: %w", dir, cause(err))
	}
	_ = probe.Close()
	return os.Remove(probe.Name())
}
