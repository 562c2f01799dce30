package runs

import (
	"strings"
	"testing"

	"github.com/botswain/botswain/app/logs"
)

func TestHeadlines(t *testing.T) {
	for want, printed := range map[string]string{
		"KeyError: 'SHOP_ID'":                         "starting\nTraceback (most recent call last):\n  File \"bot.py\", line 3, in <module>\n    x\nKeyError: 'SHOP_ID'",
		"TypeError: Cannot read properties of null":   "/app/bot.js:3\n  x.y\n  ^\n\nTypeError: Cannot read properties of null\n    at f (/app/bot.js:3:1)\n\nNode.js v22.1.0",
		"Error [TOKEN_INVALID]: An invalid token":     "Error [TOKEN_INVALID]: An invalid token\n    at x {\n  code: 'TokenInvalid'\n}",
		"panic: runtime error: index out of range":    "panic: runtime error: index out of range\n\ngoroutine 1 [running]:\nmain.main()\n\t/x.go:3 +0x1d\nexit status 2",
		"discord.errors.LoginFailure: Improper token": "\x1b[31mdiscord.errors.LoginFailure: Improper token\x1b[0m\nUnclosed connector",
		"giving up": "connecting\ngiving up\n",
		"":          "",
	} {
		var lines []Line
		for text := range strings.SplitSeq(printed, "\n") {
			lines = append(lines, Line{Stream: logs.Stderr, Message: text})
		}
		lines = append(lines, Line{Stream: logs.System, Message: "Ended: exit code 1."})
		if got := headline(lines); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestFingerprintsLeaveOutWhatVaries(t *testing.T) {
	a := fingerprint("exit code 1", "job 3f2b8c1e-0000-4000-8000-0123456789ab at 0x7ffd failed after 12.5 s")
	b := fingerprint("exit code 1", "job 00000000-1111-4222-8333-fedcba987654 at 0x1234 failed after 7.25 s")
	if a != b || a != "exit code 1: job # at # failed after #.# s" {
		t.Errorf("%q and %q", a, b)
	}
	if c := fingerprint("SIGSEGV", ""); c != "SIGSEGV" {
		t.Errorf("%q", c)
	}
}
