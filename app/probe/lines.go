package probe

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// lookFirst and lookLast bound the time between two looks at the files; it grows while they don't.
	lookFirst = 20 * time.Millisecond
	lookLast  = 200 * time.Millisecond
	// restTime is how long a line without its end must have stood still to count as one: a prompt.
	restTime = time.Second
	// lineMax is how much of a line is looked at, and roundMax how much of a file between two pauses,
	// so that a bot that prints without end takes no more than a part of a core. Both in bytes.
	lineMax  = 64 << 10
	roundMax = 1 << 20
)

// Line waits until a line in the files stdout and stderr of a spool folder matches, and answers nil,
// or ctx's error. It reads the files by itself, from what is left of their start on, so neither a
// slow database nor a restart of Botswain makes it miss a line that is still spooled.
func (p *Prober) Line(ctx context.Context, dir string, match func(line []byte) bool) error {
	files := []*follow{{path: filepath.Join(dir, "stdout")}, {path: filepath.Join(dir, "stderr")}}
	defer func() {
		for _, f := range files {
			f.close()
		}
	}()
	wait := lookFirst
	for {
		grown := false
		for _, f := range files {
			found, more := f.look(match)
			if found {
				return nil
			}
			grown = grown || more
		}
		if wait = min(2*wait, lookLast); grown {
			wait = lookFirst
		}
		pause := time.NewTimer(wait)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return ctx.Err()
		}
	}
}

// follow reads one file that grows.
type follow struct {
	path  string
	file  *os.File
	pos   int64
	rest  []byte // the beginning of a line
	since time.Time
	stale bool // rest was looked at
	buf   []byte
}

func (f *follow) close() {
	if f.file != nil {
		f.file.Close()
	}
}

// look reads what is new, up to roundMax, and says whether a line matched and whether there was more.
func (f *follow) look(match func([]byte) bool) (found, grown bool) {
	if f.file == nil && !f.open() {
		return false, false
	}
	f.reposition()
	for read := 0; read < roundMax; {
		n, err := f.file.ReadAt(f.buf, f.pos)
		f.pos += int64(n)
		read += n
		if n > 0 {
			grown = true
			if f.split(f.buf[:n], match) {
				return true, true
			}
		}
		if n == 0 || err != nil {
			break
		}
	}
	if !grown && len(f.rest) > 0 && !f.stale && time.Since(f.since) >= restTime {
		f.stale = true
		return match(trim(f.rest)), false
	}
	return false, grown
}

func (f *follow) open() bool {
	file, err := os.OpenFile(f.path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return false
	}
	f.file, f.buf = file, make([]byte, lineMax)
	return true
}

// reposition skips what was given back to the file system, and begins anew in an emptied file.
func (f *follow) reposition() {
	if info, err := f.file.Stat(); err == nil && info.Size() < f.pos {
		f.pos, f.rest = 0, nil
	}
	if data, err := f.file.Seek(f.pos, unix.SEEK_DATA); err == nil && data > f.pos {
		f.pos, f.rest = data, nil
	}
}

// split takes in bytes and tries each whole line.
func (f *follow) split(b []byte, match func([]byte) bool) bool {
	for len(b) > 0 {
		end := bytes.IndexByte(b, '\n')
		if end < 0 {
			f.rest = append(f.rest, b...)
			f.since, f.stale = time.Now(), false
			if len(f.rest) < lineMax {
				return false
			}
			found := match(trim(f.rest))
			f.rest = f.rest[:0]
			return found
		}
		line := b[:end]
		if len(f.rest) > 0 {
			line = append(f.rest, line...)
			f.rest = f.rest[:0]
		}
		if match(trim(line)) {
			return true
		}
		b = b[end+1:]
	}
	return false
}

func trim(line []byte) []byte { return bytes.TrimSuffix(line, []byte{'\r'}) }
