package procfs

import (
	"errors"
	"fmt"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// name puts "PID/file" with a final NUL into the reused buffer; unix.Openat would allocate a copy
// of the path for each of thousands of calls.
func (r *Reader) name(pid int, file string) *byte {
	r.path = strconv.AppendInt(r.path[:0], int64(pid), 10)
	r.path = append(r.path, file...)
	r.path = append(r.path, 0)
	return &r.path[0]
}

func (r *Reader) open(pid int, file string, flags int) (int, error) {
	for {
		fd, _, errno := unix.Syscall6(unix.SYS_OPENAT, uintptr(r.dir), uintptr(unsafe.Pointer(r.name(pid, file))),
			uintptr(unix.O_RDONLY|unix.O_CLOEXEC|flags), 0, 0, 0)
		if errno == unix.EINTR {
			continue
		}
		if errno != 0 {
			return -1, gone(errno, pid, file)
		}
		return int(fd), nil
	}
}

// read reads a file of a process into buf, which grows up to limit, and returns what it holds.
func (r *Reader) read(pid int, file string, buf []byte, limit int) ([]byte, error) {
	fd, err := r.open(pid, file, 0)
	if err != nil {
		return buf[:0], err
	}
	defer unix.Close(fd)
	buf = buf[:cap(buf)]
	n := 0
	for {
		m, err := unix.Read(fd, buf[n:])
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return buf[:0], gone(err, pid, file)
		}
		n += m
		if m == 0 || n >= limit {
			return buf[:n], nil
		}
		if n == len(buf) {
			buf = append(buf, make([]byte, len(buf))...)
		}
	}
}

func (r *Reader) statFile(pid int, file string, st *unix.Stat_t) error {
	for {
		err := unix.Fstatat(r.dir, strconv.Itoa(pid)+file, st, 0)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return gone(err, pid, file)
		}
		return nil
	}
}

// gone tells a process that has ended from a read that failed: taking a lack of descriptors for
// an absent process would declare living bots dead.
func gone(err error, pid int, file string) error {
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ESRCH) {
		return ErrGone
	}
	return fmt.Errorf("read /proc/%d%s: %w", pid, file, err)
}
