package logs

import (
	"strings"
	"testing"
	"time"
)

func TestDetect(t *testing.T) {
	for line, want := range map[string]Level{
		`{"level":"info","msg":"x"}`:                                   Info,
		`{"time":"2026-01-01T10:00:00Z","level":"WARN","msg":"x"}`:     Warn,
		`{"msg":"the \"level\":\"fatal\" is text","severity":"ERROR"}`: Error,
		`{"level":30,"time":1700000000000,"msg":"hi"}`:                 Info,
		`{"level":60,"msg":"dead"}`:                                    Fatal,
		`{"lvl": "dbg"}`:                                               Debug,
		`{"log.level":"warn"}`:                                         Warn,
		`{"ctx":{"level":"error"},"msg":"fine"}`:                       Unknown,
		`{"list":["level","error"],"msg":"fine"}`:                      Unknown,
		`{"level":`: Unknown,
		`time=2026-01-01T10:00:00.000Z level=ERROR msg="x"`:           Error,
		`time="2026-01-01T10:00:00Z" level=warning msg="level=debug"`: Warn,
		`lvl="info" msg=x`:        Info,
		"WARNING:root:be careful": Warn,
		"CRITICAL:bot:dead":       Fatal,
		"[INFO] hello":            Info,
		"[info] hello":            Info,
		"[2026-01-01 10:00:00] [INFO    ] discord.client: logging in":               Info,
		"2026-01-01 10:00:00,123 - telegram.ext - ERROR - No error handlers":        Error,
		"2026-01-01 10:00:00,123 ERROR something":                                   Error,
		"2026/01/01 10:00:00 INFO started port=80":                                  Info,
		"2026/01/01 10:00:00 info started":                                          Info,
		"2026-01-01T10:00:00Z\tDEBUG\tmain.go:10\tmsg":                              Debug,
		"[2026-01-01T10:00:00Z WARN  my::module] msg":                               Warn,
		"\x1b[90m10:00AM\x1b[0m \x1b[32mINF\x1b[0m ready":                           Info,
		"\x1b[31mERROR\x1b[0m red":                                                  Error,
		"info: Bot is online":                                                       Info,
		"error: no such token":                                                      Error,
		"Error: connect ECONNREFUSED":                                               Error,
		"ValueError: bad input":                                                     Error,
		"telegram.error: x":                                                         Unknown,
		"Traceback (most recent call last):":                                        Error,
		"panic: runtime error: index out of range":                                  Fatal,
		"fatal error: all goroutines are asleep - deadlock!":                        Fatal,
		"E0102 15:04:05.000000 1 main.go:10] oh":                                    Error,
		"I0102 15:04:05.000000 1 main.go:10] ok":                                    Info,
		"<3>disk on fire":                                                           Error,
		"<7>noise":                                                                  Debug,
		"java.lang.IllegalStateException: no session":                               Error,
		"Exception in thread \"main\" java.lang.OutOfMemoryError: Java heap":        Error,
		"System.InvalidOperationException: closed":                                  Error,
		"discord.errors.LoginFailure: Improper token":                               Unknown,
		"example.com is up: Error count 0":                                          Unknown,
		"2026-11-26 10:00:00,001 WARNING  telegram.ext.Updater: retrying":           Warn,
		"2026-11-26 10:00:00 [warning  ] slow query  [db] ms=812":                   Warn, // structlog
		`{"event": "slow", "level": "warning", "timestamp": "2026-11-26"}`:          Warn, // structlog
		`{"level":50,"time":1700000000000,"pid":7,"err":{"type":"Error"}}`:          Error,
		`{"levelname": "CRITICAL", "message": "x"}`:                                 Fatal, // python-json-logger
		`{"time":"2026-11-26T10:00:00Z","level":"ERROR","msg":"level=INFO"}`:        Error, // slog
		`ts=2026-11-26T10:00:00Z caller=main.go:1 level=warn msg="x"`:               Warn,  // go-kit
		"Nov 26 10:00:00 host bot[7]: ERROR: x":                                     Error,
		"[2026-11-26T10:00:00.000Z] [ERROR] default - log4js":                       Error,
		"10:00:00.123 [main] WARN  c.e.Bot - logback":                               Warn,
		"E, [2026-11-26T10:00:00.000000 #7] ERROR -- : ruby":                        Error,
		"[error] plain tag":                                                         Error,
		"error handling is fine":                                                    Unknown,
		"":                                                                          Unknown,
		"hello":                                                                     Unknown,
		"User said ERROR in the chat":                                               Unknown,
		"no error was found":                                                        Unknown,
		"Information about a warning sign":                                          Unknown,
		"100 errors":                                                                Unknown,
		"tick 5":                                                                    Unknown,
		"2026-01-01 10:00:00 the user had an error yesterday":                       Unknown,
		"2026-01-01 10:00:00.000 | SUCCESS  | __main__:<module>:5 - Loguru is here": Info,
		strings.Repeat("x", 10000) + " ERROR":                                       Unknown,
	} {
		if got := detect(line); got != want {
			t.Errorf("%.80q: %d, want %d", line, got, want)
		}
	}
}

func FuzzDetect(f *testing.F) {
	for _, s := range []string{`{"level":"`, "[", "\x1b[", "a=", "level=", `{"a\`, "<3>", "E0102 "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if l := detect(s); l < Unknown || l > Fatal {
			t.Fatalf("level %d", l)
		}
	})
}

// What a line costs that begins no trace, and that is in none: nearly all do.
func BenchmarkTrace(b *testing.B) {
	line := "2026-11-22 10:00:00,123 - telegram.ext.Application - INFO - Application started, polling for updates"
	var tr StackTrace
	now := time.Now()
	for b.Loop() {
		tr.Next(line, Info, now)
	}
}

func BenchmarkDetect(b *testing.B) {
	line := "2026-11-22 10:00:00,123 - telegram.ext.Application - INFO - Application started, polling for updates"
	for b.Loop() {
		detect(line)
	}
}
