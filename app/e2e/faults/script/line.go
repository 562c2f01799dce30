// Package script is what the bots of the fault suite and its checks have in common: which lines a
// bot prints, and the ledger in which it writes down how far it came, outside Botswain's reach.
package script

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Kind is a manner of speaking. It decides the text of each line together with the line's number.
type Kind string

// The kinds.
const (
	Plain  Kind = "plain"  // words of growing length
	Wide   Kind = "wide"   // each 40th line is longer than a stored piece may be
	Binary Kind = "binary" // NULs, broken UTF-8, escape sequences
)

// Text is line n (from 1 on) of a stream, without the line end. It holds no newline and no \r.
func Text(k Kind, stream string, n int64) string {
	head := fmt.Sprintf("%s %d ", stream, n)
	switch k {
	case Wide:
		if n%40 == 0 {
			return head + strings.Repeat("wide as the sea ", 5000+int(n%7)*1500)
		}
	case Binary:
		b := []byte(head)
		for i := range 40 + n%60 {
			c := byte((n*31 + i*i*7 + i) % 256)
			if c == '\n' || c == '\r' {
				c = 0
			}
			b = append(b, c)
		}
		return string(b) + "\x1b[31mé€\U0001F9ED."
	}
	return head + strings.Repeat("o", int(n*7919%90)) + "."
}

// Stored is how a text is to be found in the database: what is NUL or no UTF-8 is written as \xNN.
func Stored(text string) string {
	if utf8.ValidString(text) && !strings.Contains(text, "\x00") {
		return text
	}
	var b strings.Builder
	for len(text) > 0 {
		r, n := utf8.DecodeRuneInString(text)
		if r == 0 || r == utf8.RuneError && n == 1 {
			fmt.Fprintf(&b, `\x%02x`, text[0])
		} else {
			b.WriteString(text[:n])
		}
		text = text[n:]
	}
	return b.String()
}
