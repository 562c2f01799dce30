package bot

import (
	"strings"

	"github.com/botswain/botswain/app/fault"
)

// ParseCommandLine splits what a person typed into an argument vector by the quoting rules of a
// POSIX shell ('…' literal, "…" with \ before " \ $ ` and line end, \ before any character), and
// does nothing else a shell does: $, *, ~, |, > and # are ordinary characters. Only spaces,
// tabs and line ends separate. The error is a *fault.Error with code Invalid and a message at the
// field "command".
func ParseCommandLine(line string) ([]string, error) {
	var (
		argv  = []string{}
		word  strings.Builder
		begun bool // a word may be empty: ''
	)
	end := func() {
		if begun {
			argv = append(argv, word.String())
			word.Reset()
			begun = false
		}
	}
	for i := 0; i < len(line); i++ {
		switch c := line[i]; c {
		case ' ', '\t', '\n', '\r':
			end()
		case '\'':
			n := strings.IndexByte(line[i+1:], '\'')
			if n < 0 {
				return nil, lineError("Close the quotation mark, or write \\ before it if it is meant as it is.")
			}
			word.WriteString(line[i+1 : i+1+n])
			begun = true
			i += n + 1
		case '"':
			n, ok := doubleQuoted(line[i+1:], &word)
			if !ok {
				return nil, lineError("Close the quotation mark, or write \\ before it if it is meant as it is.")
			}
			begun = true
			i += n
		case '\\':
			if i++; i == len(line) {
				return nil, lineError(`Write \ twice at the end if it is meant as it is.`)
			}
			// A \ at the end of a line joins it with the next one.
			if line[i] != '\n' {
				word.WriteByte(line[i])
				begun = true
			}
		default:
			word.WriteByte(c)
			begun = true
		}
	}
	end()
	return argv, nil
}

func lineError(message string) error {
	return &fault.Error{Code: fault.Invalid, Message: message, Fields: map[string]string{"command": message}}
}

// doubleQuoted copies up to the closing mark and returns how many bytes it read with that mark.
func doubleQuoted(s string, word *strings.Builder) (int, bool) {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			return i + 1, true
		case '\\':
			if i+1 == len(s) {
				return 0, false
			}
			i++
			switch s[i] {
			case '"', '\\', '$', '`':
				word.WriteByte(s[i])
			case '\n':
			default:
				word.WriteByte('\\')
				word.WriteByte(s[i])
			}
		default:
			word.WriteByte(s[i])
		}
	}
	return 0, false
}

// FormatCommandLine writes an argument vector so that ParseCommandLine, and a POSIX shell, read
// the same vector again.
func FormatCommandLine(argv []string) string {
	words := make([]string, len(argv))
	for i, a := range argv {
		if a != "" && strings.Trim(a, plain) == "" {
			words[i] = a
		} else {
			words[i] = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
	}
	return strings.Join(words, " ")
}

// plain has the characters that mean themselves to every shell. ~, #, = and the like are quoted
// only for the reader's sake where a shell would make something of them.
const plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+:,./=-"
