package procfs

import (
	"bytes"
	"errors"
)

// Stat is what /proc/PID/stat says, as far as it is used here. Times are in clock ticks.
type Stat struct {
	PID, PPID, PGrp, Session int
	// State is one letter: R, S, D, T (stopped), Z (zombie), …
	State byte
	Flags uint64
	// User and System are the process's own; ChildUser and ChildSystem those of its children that
	// it has waited for, and of theirs.
	User, System, ChildUser, ChildSystem uint64
	Threads                              int
	// Start is the time since boot; with PID it names a process.
	Start    uint64
	RSSPages int64
}

// kernelThread is PF_KTHREAD of linux/sched.h.
const kernelThread = 0x00200000

// Kernel says that this is a thread of the kernel: it has no environment and no parent of interest.
func (s *Stat) Kernel() bool { return s.Flags&kernelThread != 0 }

// Dead says that nothing of the process runs any more. A zombie with more than one thread is a
// process whose first thread has ended before the others.
func (s *Stat) Dead() bool {
	return s.State == 'X' || s.State == 'x' || s.State == 'Z' && s.Threads <= 1
}

// Own is the CPU time of the process itself.
func (s *Stat) Own() uint64 { return s.User + s.System }

// Children is the CPU time of the children that it has waited for.
func (s *Stat) Children() uint64 { return s.ChildUser + s.ChildSystem }

var errFormat = errors.New("unexpected format of /proc/PID/stat")

// ParseStat reads one line of /proc/PID/stat. The name, in parentheses, may hold any byte, also
// blanks and parentheses: the fields begin after the last ")".
func ParseStat(line []byte) (Stat, error) {
	var s Stat
	end := bytes.LastIndexByte(line, ')')
	blank := bytes.IndexByte(line, ' ')
	if end < 0 || blank < 0 || blank > end || end+2 >= len(line) {
		return s, errFormat
	}
	pid, ok := number(line[:blank])
	if !ok {
		return s, errFormat
	}
	s.PID = int(pid)
	rest := line[end+2:]
	s.State = rest[0]
	field := 2 // the number of the field that rest[0] belongs to, less one
	for pos := 0; pos < len(rest); field++ {
		next := bytes.IndexByte(rest[pos:], ' ')
		if next < 0 {
			next = len(rest) - pos
		}
		if field > 2 && !s.set(field+1, rest[pos:pos+next]) {
			return s, errFormat
		}
		if field+1 == lastField {
			return s, nil
		}
		pos += next + 1
	}
	return s, errFormat
}

const lastField = 24

// set stores one field by its number in proc(5).
func (s *Stat) set(field int, text []byte) bool {
	switch field {
	case 4, 5, 6, 9, 14, 15, 16, 17, 20, 22, 24:
	default:
		return true
	}
	n, ok := number(text)
	if !ok {
		return false
	}
	switch field {
	case 4:
		s.PPID = int(n)
	case 5:
		s.PGrp = int(n)
	case 6:
		s.Session = int(n)
	case 9:
		s.Flags = uint64(n)
	case 14:
		s.User = uint64(n)
	case 15:
		s.System = uint64(n)
	case 16:
		s.ChildUser = uint64(max(0, n))
	case 17:
		s.ChildSystem = uint64(max(0, n))
	case 20:
		s.Threads = int(n)
	case 22:
		s.Start = uint64(n)
	case 24:
		s.RSSPages = n
	}
	return true
}

func number(text []byte) (int64, bool) {
	if len(text) == 0 {
		return 0, false
	}
	neg := text[0] == '-'
	if neg {
		text = text[1:]
	}
	var n int64
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	if neg {
		n = -n
	}
	return n, true
}
