package runs

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/botswain/botswain/app/ansi"
	"github.com/botswain/botswain/app/logs"
)

// maxHeadline is in bytes.
const maxHeadline = 240

// telling are lines that say why a program ended: "KeyError: 'SHOP_ID'", "panic: …", "thread 'main' panicked at …",
// "Uncaught TypeError: …", "Error [TOKEN_INVALID]: …", "java.lang.OutOfMemoryError".
var telling = regexp.MustCompile(`^(?:Uncaught |Unhandled |Exception in thread .* )?(?:[A-Za-z_][\w.$]*(?:Error|Exception|Exit|Interrupt|Warning|Fault|Forbidden|Unauthorized|NotFound|Conflict|Timeout|Failure|LoginFailure)\b(?: \[[\w-]+\])?(?::|$)|panic: |fatal error: |FATAL ERROR: |thread '.*' panicked|Segmentation fault|Killed$)`)

// frames are lines that only say where.
var frames = regexp.MustCompile(`^(?:at |File "|goroutine \d|\[signal |exit status |Node\.js v|npm ERR!|npm error|note: run with|Traceback \(|During handling |The above exception |[-=~^]{3,}|[}\])]+[;,]?$|\d+: 0x)`)

// headline is what the last lines say of why a run ended: the last line that has the form of an error, or
// else the last one that says anything; "" when there is none.
func headline(lines []Line) string {
	last := ""
	for i := len(lines) - 1; i >= 0; i-- {
		l := lines[i]
		if l.Stream == logs.System {
			continue
		}
		text := ansi.Strip(l.Message)
		if text == "" || text[0] == ' ' || text[0] == '\t' {
			continue
		}
		text = short(strings.TrimSpace(text))
		switch {
		case telling.MatchString(text):
			return text
		case text == "" || frames.MatchString(text):
		case last == "":
			last = text
		}
	}
	return last
}

func short(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, s)
	if len(s) > maxHeadline {
		s = strings.ToValidUTF8(s[:maxHeadline], "") + "…"
	}
	return s
}

var varying = regexp.MustCompile(`0x[0-9a-fA-F]+|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F-]{22}|[0-9]+`)

// fingerprint is what equal ends have in common: how they ended, and the last words without numbers.
func fingerprint(exit, headline string) string {
	return strings.TrimSuffix(exit+": "+varying.ReplaceAllString(headline, "#"), ": ")
}
