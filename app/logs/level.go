package logs

import "strings"

// levelWindow is how much of a line is searched for its level, in bytes: formats put it early.
const levelWindow = 256

// detect reads the level from a line in the formats that loggers commonly write: JSON (level,
// severity, lvl; pino's numbers), logfmt (level=), Python's WARNING:root:, [INFO], INFO after a
// timestamp, "error: …", glog's E0102, syslog's <3>. It works without regular expressions
// because it sees every line.
func detect(line string) Level {
	if len(line) > levelWindow {
		line = line[:levelWindow]
	}
	line = strings.TrimLeft(line, " \t")
	if len(line) < 3 {
		return Unknown
	}
	switch c := line[0]; {
	case c == '{':
		return jsonLevel(line)
	case c == '<' && line[2] == '>' && line[1] >= '0' && line[1] <= '7':
		return syslogLevels[line[1]-'0']
	case strings.HasPrefix(line, "Traceback (most recent call last)"):
		return Error
	case strings.HasPrefix(line, "fatal error: "):
		return Fatal
	case isThrown(line):
		return Error
	case len(line) > 6 && isDigit(line[1]) && isDigit(line[2]) && isDigit(line[3]) && isDigit(line[4]) && line[5] == ' ':
		if l := glogLevel(c); l != Unknown {
			return l
		}
	}
	return wordLevel(line)
}

// syslogLevels are the meanings of <0> to <7> (RFC 5424; systemd's sd-daemon prefixes).
var syslogLevels = [8]Level{Fatal, Fatal, Fatal, Error, Warn, Info, Info, Debug}

func glogLevel(c byte) Level {
	switch c {
	case 'I':
		return Info
	case 'W':
		return Warn
	case 'E':
		return Error
	case 'F':
		return Fatal
	}
	return Unknown
}

// wordScan is what has been seen to the left of a word.
type wordScan struct {
	plain  int  // words of letters only
	digits int  // words with a digit: parts of a timestamp, a pid
	marked bool // a separator that log formats use: a bracket, " - ", a bar
}

// wordLevel looks for a level's name where a log format would put it, not in the words of a sentence.
func wordLevel(s string) Level {
	var seen wordScan
	for i := 0; i < len(s); {
		c := s[i]
		if !isWord(c) {
			i += skipColour(s[i:])
			switch c {
			case '[', '(', '|':
				seen.marked = true
			case '-':
				seen.marked = seen.marked || (i > 1 && s[i-2] == ' ')
			}
			continue
		}
		j, digit := i, false
		for j < len(s) && isWord(s[j]) {
			digit = digit || isDigit(s[j])
			j++
		}
		w := s[i:j]
		if digit {
			seen.digits++
			i = j
			continue
		}
		if j+1 < len(s) && s[j] == '=' && isLevelKey(w) {
			return levelOf(strings.TrimLeft(s[j+1:], `"'`))
		}
		if l := named(w); l != Unknown && isLevelHere(s, i, j, l, seen) {
			return l
		}
		if seen.plain == 0 && seen.digits == 0 && isException(s, i, j) {
			return Error
		}
		seen.plain++
		i = j
	}
	return Unknown
}

// isLevelHere says whether the level name s[i:j] stands where a format would put it.
func isLevelHere(s string, i, j int, l Level, seen wordScan) bool {
	upper := s[i] < 'a' && s[j-1] < 'a'
	var before, after byte
	if i > 0 {
		before = s[i-1]
	}
	rest := strings.TrimLeft(s[j:], " ")
	if rest != "" {
		after = rest[0]
	}
	first := seen.plain == 0 && seen.digits == 0
	switch {
	case strings.IndexByte("[(<|", before) >= 0 && before != 0 && after != 0 && strings.IndexByte("])>|:", after) >= 0:
		return true
	case upper:
		return first || (seen.plain <= 6 && (seen.digits > 0 || seen.marked))
	case first:
		return j < len(s) && s[j] == ':' // "error: …", "panic: …"
	default:
		return seen.plain == 0 && seen.digits >= 3 // straight after a timestamp
	}
}

// isThrown knows how uncaught exceptions of Java, .NET and JavaScript begin: `Exception in thread`, or a
// name with dots that ends in Exception or Error.
func isThrown(line string) bool {
	n := 0
	for n < len(line) && (isWord(line[n]) || line[n] == '.') {
		n++
	}
	if n < len(line) && line[n] != ':' {
		return strings.HasPrefix(line, "Exception in thread ")
	}
	name := line[:n]
	return strings.IndexByte(name, '.') > 0 && (strings.HasSuffix(name, "Exception") || strings.HasSuffix(name, "Error"))
}

// isException says whether the word names an error type at the start of a line ("ValueError: …").
func isException(s string, i, j int) bool {
	w := s[i:j]
	return j < len(s) && s[j] == ':' && (strings.HasSuffix(w, "Error") || strings.HasSuffix(w, "Exception"))
}

func isLevelKey(w string) bool {
	switch len(w) {
	case 3:
		return strings.EqualFold(w, "lvl")
	case 5:
		return strings.EqualFold(w, "level")
	case 8:
		return strings.EqualFold(w, "severity") || strings.EqualFold(w, "loglevel")
	case 9:
		return strings.EqualFold(w, "levelname") || strings.EqualFold(w, "log_level") || strings.EqualFold(w, "log.level")
	}
	return false
}

// levelOf reads a level's value: a name, or pino's and bunyan's number (10 trace … 60 fatal).
func levelOf(v string) Level {
	n := 0
	for n < len(v) && isWord(v[n]) {
		n++
	}
	v = v[:n]
	if len(v) == 2 && v[1] == '0' && v[0] >= '1' && v[0] <= '6' {
		return Level(v[0] - '0')
	}
	return named(v)
}

// named gives the level of a name in any case.
func named(w string) Level {
	if len(w) < 3 || len(w) > 9 {
		return Unknown
	}
	var low [9]byte
	for i := range len(w) {
		low[i] = w[i] | 0x20
	}
	switch string(low[:len(w)]) {
	case "trace", "trc", "verbose", "silly":
		return Trace
	case "debug", "dbg":
		return Debug
	case "info", "inf", "notice", "success":
		return Info
	case "warn", "warning", "wrn":
		return Warn
	case "error", "err", "severe":
		return Error
	case "fatal", "ftl", "critical", "crit", "panic", "emerg", "emergency", "alert":
		return Fatal
	}
	return Unknown
}

// skipColour gives the length of the ANSI sequence at the start of s, or 1.
func skipColour(s string) int {
	if len(s) < 3 || s[0] != 0x1b || s[1] != '[' {
		return 1
	}
	for i := 2; i < len(s); i++ {
		if s[i] >= '@' && s[i] <= '~' {
			return i + 1
		}
	}
	return len(s)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isWord(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || isDigit(c) || c == '_'
}
