package logs

import (
	"strings"
	"time"

	"github.com/botswain/botswain/app/ansi"
)

// StackTrace follows the lines of one stream and says which of them are parts of a stack trace that a line
// before began, as Python, Go, Java, JavaScript, .NET and Ruby write them. The zero StackTrace is ready; it is
// no more than a few words, so a copy is a memory of where it was.
type StackTrace struct {
	kind  traceKind
	lines int       // of the trace so far
	level Level     // of the line that it belongs to
	last  Level     // of the line before
	at    time.Time // when that was read
}

type traceKind uint8

const (
	noTrace     traceKind = iota
	pyFrames              // below "Traceback (most recent call last):"
	pyEnd                 // below the exception
	pyChain               // below "During handling of the above exception …"
	goFrames              // below "panic: …" or "goroutine 1 [running]:"
	atFrames              // among "    at …"
	nodeDetails           // among the properties that Node prints of an error
)

const (
	// traceLines bounds a trace, should something else look like one.
	traceLines = 500
	// traceGap is the most between what was logged and its trace.
	traceGap      = time.Second
	tracebackHead = "Traceback (most recent call last)"
)

// Next takes the stream's next line and says whether it belongs to what came before it.
func (t *StackTrace) Next(line string, level Level, at time.Time) (joins bool) {
	if strings.IndexByte(line, 0x1b) >= 0 {
		line = ansi.Strip(line[:min(len(line), levelWindow)])
	}
	before, beforeAt := t.last, t.at
	t.last, t.at = level, at
	if t.kind != noTrace && t.lines < traceLines && t.goesOn(line) {
		t.lines++
		return true
	}
	near := before >= Warn && at.Sub(beforeAt) < traceGap
	t.kind, t.lines, t.level = noTrace, 0, level
	switch {
	case line == "":
		return false
	case strings.HasPrefix(line, tracebackHead):
		t.kind = pyFrames
	case strings.HasPrefix(line, "panic: "), strings.HasPrefix(line, "fatal error: "):
		t.kind = goFrames
		return false
	case isGoroutine(line):
		t.kind = goFrames
	case isAt(line):
		// Whatever is above it is what it explains.
		t.kind, t.level = atFrames, max(before, level)
		if before == Unknown {
			t.level = Error
		}
		return true
	default:
		return false
	}
	if near {
		t.level = before
	}
	return near
}

// goesOn says whether a trace goes on with a line.
func (t *StackTrace) goesOn(line string) bool {
	blank := strings.TrimLeft(line, " \t") == ""
	inner := !blank && (line[0] == ' ' || line[0] == '\t')
	switch t.kind {
	case pyFrames:
		if !blank && !inner {
			t.kind = pyEnd
			return isExceptionLine(line)
		}
		return true
	case pyEnd, pyChain:
		switch {
		case blank:
			return true
		case t.kind == pyChain && strings.HasPrefix(line, tracebackHead):
			t.kind = pyFrames
			return true
		case strings.HasPrefix(line, "During handling of the above exception"), strings.HasPrefix(line, "The above exception was the direct cause"):
			t.kind = pyChain
			return true
		}
	case goFrames:
		return blank || inner || isGoLine(line)
	case atFrames:
		if isAt(line) || isMore(line) {
			if strings.HasSuffix(line, "{") {
				t.kind = nodeDetails
			}
			return true
		}
	case nodeDetails:
		if line == "}" {
			t.kind = noTrace
			return true
		}
		return inner
	}
	return false
}

// isExceptionLine says whether a line is "name: text" or a name alone, as Python ends a traceback.
func isExceptionLine(line string) bool {
	n := 0
	for n < len(line) && (isWord(line[n]) || line[n] == '.') {
		n++
	}
	return n > 0 && !isDigit(line[0]) && (n == len(line) || line[n] == ':')
}

func isGoroutine(line string) bool {
	return strings.HasPrefix(line, "goroutine ") && strings.HasSuffix(line, "]:")
}

// isGoLine knows what Go prints at the beginning of a line in a panic: functions, headings, registers.
func isGoLine(line string) bool {
	for _, head := range [...]string{"goroutine ", "[signal ", "[recovered]", "created by ", "exit status ", "panic: ", "runtime: ", "runtime stack:", "PC="} {
		if strings.HasPrefix(line, head) {
			return true
		}
	}
	paren := strings.IndexByte(line, '(')
	if paren > 0 && strings.HasSuffix(line, ")") && strings.IndexByte(line[:paren], ' ') < 0 {
		return true
	}
	return line[0] == 'r' && strings.Contains(line, " 0x")
}

// isAt knows the frames of Java, JavaScript, .NET ("   at …") and Ruby ("\tfrom a.rb:1:in …").
func isAt(line string) bool {
	rest := strings.TrimLeft(line, " \t")
	if len(rest) == len(line) {
		return false
	}
	return strings.HasPrefix(rest, "at ") || strings.HasPrefix(rest, "from ") && strings.Contains(rest, ":in ")
}

// isMore knows what stands between Java's frames.
func isMore(line string) bool {
	rest := strings.TrimLeft(line, " \t")
	return strings.HasPrefix(rest, "Caused by: ") || strings.HasPrefix(rest, "Suppressed: ") || strings.HasPrefix(rest, "... ")
}
