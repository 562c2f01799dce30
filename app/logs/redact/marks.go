package redact

import "bytes"

// marks goes from one to the next of a few bytes in a text, and looks for each of them over the text
// only once.
type marks struct {
	what string
	at   [5]int // where each comes next; -1: not looked for yet
	n    int
}

// The bytes that may make a line read otherwise than it stands. c1 begins the characters of which one
// is CSI; few texts have it.
const (
	c1         = 0xc2
	ofTerminal = "\x1b\x00\xc2"
	ofEscapes  = `%\`
)

func newMarks(what string) marks {
	return marks{what: what, n: len(what), at: [5]int{-1, -1, -1, -1, -1}}
}

// next is where one stands from a position on, which must not be less than it was before; the
// text's end when none does.
func (m *marks) next(text []byte, from int) int {
	first := len(text)
	for i := range m.n {
		if m.at[i] < from {
			m.at[i] = index(text, from, m.what[i])
		}
		first = min(first, m.at[i])
	}
	return first
}

// index is where c is in text from a position on, or text's end; of c1 only where it begins a CSI.
func index(text []byte, from int, c byte) int {
	for {
		n := bytes.IndexByte(text[from:], c)
		if n < 0 {
			return len(text)
		}
		if from += n; c != c1 || bytes.HasPrefix(text[from:], []byte(csi)) {
			return from
		}
		from++
	}
}

// dull is how many bytes at the start of b are a mark that changes nothing: a percent sign before no
// number, and, when no secret has such a character, what JSON puts for quotation marks and
// line ends. 0: it is none.
func dull(b []byte, quotes bool) int {
	switch {
	case b[0] == '%':
		if _, ok := hex(b[1:], 2); !ok {
			return 1
		}
	case b[0] == '\\' && len(b) == 1:
		return 1
	case b[0] == '\\' && !quotes && (b[1] == '"' || b[1] == 'n' || b[1] == 'r' || b[1] == 't'):
		return 2
	}
	return 0
}

func lineEnd(text []byte, from int) int {
	if n := bytes.IndexByte(text[from:], '\n'); n >= 0 {
		return from + n
	}
	return len(text)
}
