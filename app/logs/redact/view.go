package redact

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	// maxRounds is how many layers of escapes are undone: JSON in a URL in JSON.
	maxRounds = 3
	escape    = 0x1b
	csi       = "\u009b" // ESC [ as one character
)

// view is a line as it reads after something was taken out or undone.
type view struct {
	text []byte
	// With mapped it is known where each byte came from: text[i] from from[i] up to to[i]. That costs
	// more, so it is asked for only when something was found.
	mapped   bool
	from, to []int32
	// torn is where in the original a sequence begins that the text ends in; -1: none. Mapped only.
	torn int
	// hidden says that strip took out more than sequences without text.
	hidden bool
}

func (v *view) reset(line []byte) {
	v.text = append(v.text[:0], line...)
	v.from, v.to = v.from[:0], v.to[:0]
	if v.mapped {
		for i := range line {
			v.from, v.to = append(v.from, int32(i)), append(v.to, int32(i+1))
		}
	}
	v.torn, v.hidden = -1, false
}

// move moves the bytes from i up to j down to n, and gives the place after them.
func (v *view) move(n, i, j int) int {
	if n != i && i != j {
		copy(v.text[n:], v.text[i:j])
		if v.mapped {
			copy(v.from[n:], v.from[i:j])
			copy(v.to[n:], v.to[i:j])
		}
	}
	return n + j - i
}

func (v *view) cut(n int) {
	v.text = v.text[:n]
	if v.mapped {
		v.from, v.to = v.from[:n], v.to[:n]
	}
}

// Nothing of what follows goes over the end of a line, so several lines may be done at once.

// strip takes out what a terminal doesn't show: escape sequences (ECMA-48) and NUL. It says whether
// there was any.
func (v *view) strip() bool {
	m := newMarks(ofTerminal)
	n, i := 0, 0
	for {
		at := m.next(v.text, i)
		n = v.move(n, i, at)
		if i = at; i == len(v.text) {
			break
		}
		size, torn := sequence(v.text[i:])
		if torn {
			if v.mapped && v.torn < 0 {
				v.torn = int(v.from[i])
			}
		} else if size > 2 && v.text[i] == escape && v.text[i+1] != '[' {
			v.hidden = true
		}
		i += size
	}
	if n == len(v.text) {
		return false
	}
	v.cut(n)
	return true
}

// sequence is how long what strip takes out at the start of b is. It is torn when b ends within it.
func sequence(b []byte) (size int, torn bool) {
	switch {
	case b[0] == 0:
		return 1, false
	case bytes.HasPrefix(b, []byte(csi)):
		return parameters(b, len(csi))
	case len(b) == 1:
		return 1, true
	case b[1] == '[':
		return parameters(b, 2)
	case b[1] == ']', b[1] == 'P', b[1] == 'X', b[1] == '^', b[1] == '_': // a string that is not shown
		n := bytes.IndexAny(b[2:], "\a\x1b\n")
		switch end := n + 2; {
		case n < 0 || b[end] == '\n' || end+1 == len(b) && b[end] == escape:
			return 2, true // what it has so far is looked at
		case b[end] == '\a':
			return end + 1, false
		case b[end+1] == '\\':
			return end + 2, false
		}
		return 2, false
	}
	i := 1
	for i < len(b) && b[i] >= 0x20 && b[i] <= 0x2f {
		i++
	}
	switch {
	case i == len(b):
		return i, true
	case b[i] < 0x30 || b[i] > 0x7e:
		return i, false
	}
	return i + 1, false
}

// parameters is the length of a control sequence whose parameters begin at i.
func parameters(b []byte, i int) (size int, torn bool) {
	for i < len(b) && b[i] >= 0x20 && b[i] <= 0x3f {
		i++
	}
	switch {
	case i == len(b):
		return i, true
	case b[i] < 0x40 || b[i] > 0x7e:
		return i, false
	}
	return i + 1, false
}

// unescape undoes one layer of percent-encoding and of backslashes as in JSON, and says whether
// there was any.
func (v *view) unescape() bool {
	m := newMarks(ofEscapes)
	n, i, changed := 0, 0, false
	for {
		at := m.next(v.text, i)
		n = v.move(n, i, at)
		if i = at; i == len(v.text) {
			break
		}
		var room [utf8.UTFMax]byte
		text, size := unescaped(room[:0], v.text[i:])
		if size == 0 {
			n = v.move(n, i, i+1)
			i++
			continue
		}
		changed = true
		copy(v.text[n:], text) // never more than were read
		if v.mapped {
			from, to := v.from[i], v.to[i+size-1]
			for k := range text {
				v.from[n+k], v.to[n+k] = from, to
			}
		}
		n += len(text)
		i += size
	}
	v.cut(n)
	return changed
}

// unescaped appends what the escape at the start of b means, and gives its length; 0: it is none.
func unescaped(dst, b []byte) ([]byte, int) {
	if b[0] == '%' {
		if c, ok := hex(b[1:], 2); ok {
			return append(dst, byte(c)), 3
		}
		return dst, 0
	}
	if len(b) < 2 {
		return dst, 0
	}
	switch b[1] {
	case 'u':
		r, ok := hex(b[2:], 4)
		if !ok {
			return dst, 0
		}
		if utf16.IsSurrogate(r) && len(b) >= 12 && b[6] == '\\' && b[7] == 'u' {
			if low, ok := hex(b[8:], 4); ok {
				if whole := utf16.DecodeRune(r, low); whole != utf8.RuneError {
					return utf8.AppendRune(dst, whole), 12
				}
			}
		}
		return utf8.AppendRune(dst, r), 6
	case 'x':
		if c, ok := hex(b[2:], 2); ok {
			return append(dst, byte(c)), 4
		}
	case 'n':
		return append(dst, '\n'), 2
	case 't':
		return append(dst, '\t'), 2
	case 'r':
		return append(dst, '\r'), 2
	case 'b':
		return append(dst, '\b'), 2
	case 'f':
		return append(dst, '\f'), 2
	case '/', '\\', '"', '\'', '`':
		return append(dst, b[1]), 2
	}
	return dst, 0
}

// hex reads n hexadecimal digits.
func hex(b []byte, n int) (value rune, ok bool) {
	if len(b) < n {
		return 0, false
	}
	for _, c := range b[:n] {
		switch {
		case c >= '0' && c <= '9':
			value = value<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			value = value<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return value, true
}

// unfinished is how many bytes at the end of b may be the beginning of an escape.
func unfinished(b []byte) int {
	for n := 1; n <= 5 && n <= len(b); n++ {
		tail := b[len(b)-n:]
		switch {
		case tail[0] == '%' && n <= 2, tail[0] == '\\' && n == 1:
			return n
		case tail[0] == '\\' && (tail[1] == 'x' && n <= 3 || tail[1] == 'u'):
			return n
		}
	}
	return 0
}
