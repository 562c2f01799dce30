package logs

import (
	"bytes"
	"unicode/utf8"
)

// maxPiece is the longest stored message in bytes, after escaping. A longer line is stored in pieces.
const maxPiece = 64 << 10

// escapeCost is how many bytes an escaped byte takes: \xNN.
const escapeCost = 4

// piece is a line, or a part of a line that is too long for one. Offsets count from the start of
// the splitter's data.
type piece struct {
	from, to int  // the text, without the line end
	next     int  // where the following piece starts
	more     bool // the line goes on in the next piece
	dirty    bool // the text has bytes to escape
}

// splitter cuts raw output into pieces. Where it cuts depends only on the bytes from the start of
// a piece on, never on how much of the file was at hand: so a reader may stop anywhere, start
// again at the end of the last piece it took, and get the same pieces.
type splitter struct {
	data  []byte
	max   int  // limit of a piece's escaped length
	final bool // nothing follows data
	pos   int
	clean int // data before this offset is known to be valid UTF-8 without NUL
}

// newSplitter checks whole lines for cleanness at once, since nearly all output is clean.
func newSplitter(data []byte, limit int, final bool) splitter {
	s := splitter{data: data, max: limit, final: final}
	end := len(data)
	if !final {
		end = bytes.LastIndexByte(data, '\n') + 1
	}
	if isClean(data[:end]) {
		s.clean = end
	}
	return s
}

func isClean(b []byte) bool { return bytes.IndexByte(b, 0) < 0 && utf8.Valid(b) }

// next gives the next piece; false means that data doesn't hold a whole one (or is used up).
func (s *splitter) next() (piece, bool) {
	rest := s.data[s.pos:]
	if len(rest) == 0 {
		return piece{}, false
	}
	// A line of max bytes may end in \r\n: the newline is then at index max+1.
	nl := bytes.IndexByte(rest[:min(len(rest), s.max+2)], '\n')
	if nl >= 0 && s.pos+nl < s.clean {
		text := nl
		if nl > 0 && rest[nl-1] == '\r' {
			text--
		}
		if text <= s.max {
			return s.cut(text, nl+1, false, false), true
		}
	}
	// Even if every byte had to be escaped, this beginning of a line fits: wait for its end.
	if nl < 0 && !s.final && len(rest)*escapeCost <= s.max {
		return piece{}, false
	}
	return s.walk(rest)
}

// walk goes through the text rune by rune up to the line's end or the last one that fits.
func (s *splitter) walk(rest []byte) (piece, bool) {
	cost, dirty := 0, false
	for i := 0; i < len(rest); {
		c := rest[i]
		if c == '\n' {
			return s.cut(i, i+1, false, dirty), true
		}
		if c == '\r' {
			if i+1 < len(rest) && rest[i+1] == '\n' {
				return s.cut(i, i+2, false, dirty), true
			}
			if i+1 == len(rest) {
				if s.final {
					return s.cut(i, i+1, false, dirty), true
				}
				return piece{}, false
			}
		}
		size, units := 1, 1
		switch {
		case c == 0:
			units, dirty = escapeCost, true
		case c >= utf8.RuneSelf:
			if !s.final && !utf8.FullRune(rest[i:]) {
				return piece{}, false
			}
			r, n := utf8.DecodeRune(rest[i:])
			size, units = n, n
			if r == utf8.RuneError && n == 1 {
				units, dirty = escapeCost, true
			}
		}
		if cost+units > s.max {
			// The byte that spoils dirtiness may lie behind the cut; escaping a clean text changes nothing.
			return s.cut(i, i, true, dirty), true
		}
		cost += units
		i += size
	}
	if !s.final {
		return piece{}, false
	}
	return s.cut(len(rest), len(rest), false, dirty), true
}

// cut makes the piece that ends at text, counted from pos, and goes on at next.
func (s *splitter) cut(text, next int, more, dirty bool) piece {
	p := piece{from: s.pos, to: s.pos + text, next: s.pos + next, more: more, dirty: dirty}
	s.pos = p.next
	return p
}

// partial gives all that is left as the beginning of a line that goes on, without what may belong
// to the next bytes: an incomplete rune or a \r. False when nothing can be given yet.
func (s *splitter) partial() (piece, bool) {
	rest := s.data[s.pos:]
	end := len(rest)
	for n := 1; n < utf8.UTFMax && n <= end; n++ {
		if c := rest[end-n]; utf8.RuneStart(c) {
			if !utf8.FullRune(rest[end-n:]) {
				end -= n
			}
			break
		}
	}
	if end > 0 && rest[end-1] == '\r' {
		end--
	}
	if end == 0 {
		return piece{}, false
	}
	return s.cut(end, end, true, !isClean(rest[:end])), true
}

// escape writes NUL and bytes that aren't UTF-8 as \xNN.
func escape(src []byte) string {
	const hex = "0123456789abcdef"
	dst := make([]byte, 0, len(src)+len(src)/4)
	for i := 0; i < len(src); {
		c := src[i]
		if c != 0 && c < utf8.RuneSelf {
			dst = append(dst, c)
			i++
			continue
		}
		r, n := utf8.DecodeRune(src[i:])
		if c == 0 || (r == utf8.RuneError && n == 1) {
			dst = append(dst, '\\', 'x', hex[c>>4], hex[c&15])
			i++
			continue
		}
		dst = append(dst, src[i:i+n]...)
		i += n
	}
	return string(dst)
}
