package local

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// The files of a run's folder that the process has as its descriptors 0, 1 and 2.
const (
	stdinName  = "stdin"
	stdoutName = "stdout"
	stderrName = "stderr"
)

// files are the three descriptors that a process is given.
type files [3]int

// openSpool makes the run's folder, if it isn't made, and opens what the process will read and write.
func openSpool(dir string, made bool) (files, error) {
	f := files{-1, -1, -1}
	if !made {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return f, fmt.Errorf("make the run's folder: %w", err)
		}
		fifo := filepath.Join(dir, stdinName)
		if err := unix.Mkfifo(fifo, 0o600); err != nil && !errors.Is(err, unix.EEXIST) {
			return f, fmt.Errorf("make the input FIFO: %w", err)
		}
	}
	// Reading and writing: the bot itself holds a writer, so it never sees the end of its input
	// when Botswain goes away. Appending: the log path may give consumed bytes back meanwhile.
	for i, x := range []struct {
		name  string
		flags int
	}{
		{stdinName, unix.O_RDWR},
		{stdoutName, unix.O_WRONLY | unix.O_APPEND | unix.O_CREAT},
		{stderrName, unix.O_WRONLY | unix.O_APPEND | unix.O_CREAT},
	} {
		fd, err := unix.Open(filepath.Join(dir, x.name), x.flags|unix.O_CLOEXEC|unix.O_NOCTTY, 0o600)
		if err != nil {
			f.close()
			return f, fmt.Errorf("open %s of the run: %w", x.name, err)
		}
		f[i] = fd
	}
	return f, nil
}

func (f files) close() {
	for _, fd := range f {
		if fd >= 0 {
			unix.Close(fd)
		}
	}
}

// discardSpool removes the folder of a run that never was: no process has written to it.
func discardSpool(dir string) { os.RemoveAll(dir) }
