package procfs

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// Sweep reads all processes, in the order of their ids, and appends them to dst. Processes that
// come or go meanwhile may or may not be there. It fails as a whole when reading fails for any
// reason but an ended or a hidden process, so that an absent process is really absent.
func (r *Reader) Sweep(dst []Stat) ([]Stat, error) {
	if _, err := unix.Seek(r.dir, 0, 0); err != nil {
		return dst, fmt.Errorf("rewind /proc: %w", err)
	}
	for {
		n, err := unix.Getdents(r.dir, r.list)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return dst, fmt.Errorf("list /proc: %w", err)
		}
		if n == 0 {
			return dst, nil
		}
		if dst, err = r.entries(dst, r.list[:n]); err != nil {
			return dst, err
		}
	}
}

// entries walks linux_dirent64 records: inode 8, offset 8, record length 2, type 1, name, NUL.
func (r *Reader) entries(dst []Stat, b []byte) ([]Stat, error) {
	const header = 19
	for len(b) > header {
		length := int(binary.NativeEndian.Uint16(b[16:]))
		if length < header || length > len(b) {
			return dst, errors.New("list /proc: unexpected record")
		}
		name := b[header:length]
		b = b[length:]
		if end := bytes.IndexByte(name, 0); end >= 0 {
			name = name[:end]
		}
		pid, ok := number(name)
		if !ok || pid <= 0 {
			continue
		}
		st, err := r.Stat(int(pid))
		switch {
		case err == nil:
			dst = append(dst, st)
		case errors.Is(err, ErrGone), errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		default:
			return dst, err
		}
	}
	return dst, nil
}

// Stat reads one process; ErrGone when there is none.
func (r *Reader) Stat(pid int) (Stat, error) {
	fd, err := r.open(pid, "/stat", 0)
	if err != nil {
		return Stat{}, err
	}
	// One read is enough: the kernel writes the line as a whole, and the buffer holds the longest.
	n, err := unix.Read(fd, r.stat)
	for err == unix.EINTR {
		n, err = unix.Read(fd, r.stat)
	}
	unix.Close(fd)
	if err != nil {
		return Stat{}, gone(err, pid, "/stat")
	}
	return ParseStat(r.stat[:n])
}

// OpenFiles counts the descriptors of a process.
func (r *Reader) OpenFiles(pid int) (int, error) {
	if r.fdCount {
		var st unix.Stat_t
		if err := r.statFile(pid, "/fd", &st); err != nil {
			return 0, err
		}
		return int(st.Size), nil
	}
	fd, err := r.open(pid, "/fd", unix.O_DIRECTORY)
	if err != nil {
		return 0, err
	}
	defer unix.Close(fd)
	count := 0
	for {
		n, err := unix.Getdents(fd, r.text)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return 0, gone(err, pid, "/fd")
		}
		if n == 0 {
			return count - 2, nil // "." and ".."
		}
		for b := r.text[:n]; len(b) > 18; b = b[min(len(b), max(19, int(binary.NativeEndian.Uint16(b[16:])))):] {
			count++
		}
	}
}

// IO gives the bytes that a process, and the children that it has waited for, had read from and
// written to disks: read_bytes and write_bytes of /proc/PID/io (proc(5)). What stayed in the page cache
// isn't counted. It needs the right to trace the process.
func (r *Reader) IO(pid int) (read, written uint64, err error) {
	text, err := r.read(pid, "/io", r.text, len(r.text))
	if err != nil {
		return 0, 0, err
	}
	found := 0
	for len(text) > 0 {
		line := text
		if end := bytes.IndexByte(text, '\n'); end >= 0 {
			line, text = text[:end], text[end+1:]
		} else {
			text = nil
		}
		name, value, ok := bytes.Cut(line, []byte(": "))
		if !ok {
			continue
		}
		n, ok := number(value)
		switch {
		case !ok || n < 0:
		case string(name) == "read_bytes":
			read, found = uint64(n), found+1
		case string(name) == "write_bytes":
			written, found = uint64(n), found+1
		}
	}
	if found != 2 {
		return 0, 0, errors.New("unexpected format of /proc/PID/io")
	}
	return read, written, nil
}
