// Package procfs reads processes from /proc, cheaply enough to look at every process of the
// machine many times a minute: one open directory, reused buffers, no strings. It knows nothing
// of bots. The format of the files is that of proc(5).
package procfs

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// TicksPerSecond is the unit of all times in /proc/PID/stat: USER_HZ, which is 100 on every
// architecture that Go runs Linux on.
const TicksPerSecond = 100

// ErrGone means that there is no such process (any more).
var ErrGone = errors.New("no such process")

// Reader reads /proc. It reuses its buffers, so it has one user at a time; it is not safe for
// concurrent use.
type Reader struct {
	dir  int // descriptor of /proc
	path []byte
	stat []byte
	list []byte
	text []byte
	// fdCount says that the size of /proc/PID/fd is the number of descriptors (Linux 6.2 and newer).
	fdCount bool
}

// NewReader opens /proc. Close it.
func NewReader() (*Reader, error) {
	dir, err := unix.Open("/proc", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open /proc: %w", err)
	}
	r := &Reader{
		dir:  dir,
		path: make([]byte, 0, 64),
		stat: make([]byte, 2048), // a line of at most 52 numbers and a name of 64 bytes
		list: make([]byte, 32<<10),
		text: make([]byte, 16<<10),
	}
	var st unix.Stat_t
	r.fdCount = r.statFile(os.Getpid(), "/fd", &st) == nil && st.Size > 0
	return r, nil
}

// Close gives the descriptor back.
func (r *Reader) Close() error { return unix.Close(r.dir) }

// BootID names the present boot of the machine; process start times are comparable only within one.
func BootID() (string, error) {
	b, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", fmt.Errorf("read the boot id: %w", err)
	}
	return strings.TrimSpace(string(bytes.TrimRight(b, "\x00"))), nil
}
