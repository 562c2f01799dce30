// Package ansi knows the control sequences that programs print to colour terminals (ECMA-48).
package ansi

import "strings"

const esc = 0x1b

// Pattern finds in a text, as a regular expression of RE2 or Postgres, what Strip takes out of it.
const Pattern = "\x1b(\\[[ -?]*[@-~]?|\\][^\x07\x1b]*(\x07|\x1b\\\\)?)?"

// Strip is a text without control sequences: ESC [ … as colours are, ESC ] … as titles and links are, and
// lone ESCs. A sequence that the text's end cuts off is taken out, too.
func Strip(s string) string {
	i := strings.IndexByte(s, esc)
	if i < 0 {
		return s
	}
	var out strings.Builder
	for ; i >= 0; i = strings.IndexByte(s, esc) {
		out.WriteString(s[:i])
		s = s[i+1:]
		s = s[sequence(s):]
	}
	out.WriteString(s)
	return out.String()
}

// sequence is how many bytes behind an ESC belong to it.
func sequence(s string) int {
	switch {
	case strings.HasPrefix(s, "["):
		i := 1
		for i < len(s) && s[i] >= ' ' && s[i] <= '?' {
			i++
		}
		if i < len(s) && s[i] >= '@' && s[i] <= '~' {
			i++
		}
		return i
	case strings.HasPrefix(s, "]"):
		i := strings.IndexAny(s, "\a\x1b")
		switch {
		case i < 0:
			return len(s)
		case s[i] == '\a':
			return i + 1
		case strings.HasPrefix(s[i:], "\x1b\\"):
			return i + 2
		}
		return i // another sequence begins
	}
	return 0
}
