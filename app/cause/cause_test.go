package cause

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
)

// capture is a file of real output: testdata/README.md says how they were made.
type capture struct {
	name  string
	kind  bot.Type
	code  int
	want  string // a cause's id, or none
	lines []string
}

func captures(t *testing.T) []capture {
	t.Helper()
	files, err := filepath.Glob("testdata/*/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no captures: %v", err)
	}
	header := regexp.MustCompile(`^# \S+ \S+; exit (\d+)(?: \([^)]*\))?; type (\w+); cause ([\w-]+)$`)
	var all []capture
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		head, body, _ := strings.Cut(string(text), "\n")
		m := header.FindStringSubmatch(head)
		if m == nil {
			t.Errorf("%s begins with %q", f, head)
			continue
		}
		code, _ := strconv.Atoi(m[1])
		lines := strings.Split(strings.TrimSuffix(body, "\n"), "\n")
		all = append(all, capture{f, bot.Type(m[2]), code, m[3], lines[max(0, len(lines)-50):]})
	}
	return all
}

func (c capture) evidence() Evidence {
	return Evidence{Type: c.kind, Exit: bot.Exit{Code: &c.code}, Stderr: c.lines}
}

func found(c *bot.Cause) string {
	if c == nil {
		return "none"
	}
	return c.ID
}

// Each capture is recognised as what it is, on either stream.
func TestCaptures(t *testing.T) {
	table := New()
	for _, c := range captures(t) {
		e := c.evidence()
		got := table.Find(e)
		if found(got) != c.want {
			t.Errorf("%s: %s, want %s", c.name, found(got), c.want)
			continue
		}
		e.Stdout, e.Stderr = e.Stderr, nil
		if again := table.Find(e); found(again) != c.want {
			t.Errorf("%s: %s on standard output", c.name, found(again))
		}
		if got != nil {
			words(t, c.name, *got)
		}
	}
}

// words checks that what is shown is whole.
func words(t *testing.T, name string, c bot.Cause) {
	t.Helper()
	for _, text := range []string{c.Title, c.Explanation, c.Remedy} {
		if text == "" || strings.ContainsAny(text, "{}") || strings.Contains(text, "  ") || strings.TrimSpace(text) != text {
			t.Errorf("%s: %q", name, text)
		}
	}
	if strings.HasSuffix(c.Title, ".") || !strings.HasSuffix(c.Explanation, ".") || !strings.HasSuffix(c.Remedy, ".") {
		t.Errorf("%s: full stops: %+v", name, c)
	}
}

// Every row that looks at output was seen in a capture or in one of the lines below.
func TestEveryRowIsTried(t *testing.T) {
	tried := map[string]bool{}
	for _, c := range captures(t) {
		tried[c.want] = true
	}
	for _, l := range single() {
		tried[l.want] = true
	}
	for _, r := range rows() {
		if r.source == "" {
			t.Errorf("%s has no source", r.id)
		}
		if len(r.says)+len(r.saysHere) > 0 && !tried[r.id] {
			t.Errorf("%s has no capture in testdata", r.id)
		}
	}
}

type said struct {
	line string
	kind bot.Type
	code int
	want string
}

// single are last lines whose words are from a library's or a system's source.
func single() []said {
	return []said{
		{"2026/11/26 10:00:00 open session: websocket: close 4004: Authentication failed.", bot.DiscordBot, 1, "discord-invalid-token"},
		{"2026/11/26 10:00:00 websocket: close 4014: Disallowed intent(s).", bot.Generic, 1, "discord-disallowed-intents"},
		{`2026/11/26 10:00:00 HTTP 401 Unauthorized, {"message": "401: Unauthorized", "code": 0}`, bot.DiscordBot, 1, "discord-invalid-token"},
		{"aiogram.exceptions.TelegramUnauthorizedError: Telegram server says - Unauthorized", bot.TelegramBot, 1, "telegram-unauthorized"},
		{"panic: error call getMe, unauthorized, Unauthorized", bot.TelegramBot, 2, "telegram-unauthorized"},
		{"ssl.SSLCertVerificationError: certificate verify failed: certificate has expired (_ssl.c:997)", bot.Generic, 1, "certificate-expired"},
		{"dial tcp 127.0.0.1:5432: connect: connection refused", bot.Generic, 1, "connection-refused"},
		{"dial tcp: lookup api.telegram.org on 10.0.0.1:53: no such host", bot.TelegramBot, 1, "dns-failure"},
		{"fatal error: runtime: out of memory", bot.Generic, 2, "python-memory-error"},
	}
}

func TestSingleLines(t *testing.T) {
	table := New()
	for _, s := range single() {
		if got := table.Find(Evidence{Type: s.kind, Exit: bot.Exit{Code: &s.code}, Stderr: []string{s.line}}); found(got) != s.want {
			t.Errorf("%q: %s, want %s", s.line, found(got), s.want)
		}
	}
}

// What looks like a cause and is none must stop nobody.
func TestFalseFriends(t *testing.T) {
	table := New()
	for _, c := range []struct {
		what  string
		kind  bot.Type
		code  int
		lines []string
	}{
		{"a web monitor", bot.Generic, 1, []string{"GET https://example.com/ 401 Unauthorized", "HTTP 401 Unauthorized", "401: Unauthorized"}},
		{"another API in a Discord bot", bot.DiscordBot, 1, []string{"weather API said 404 Not Found"}},
		{"words about codes", bot.Generic, 1, []string{"order 4004 was cancelled: Authentication failed", "Error: Authentication failed"}},
		{"a literal that isn't one", bot.Generic, 1, []string{
			"Traceback (most recent call last):", `  File "bot.py", line 3, in <module>`, "    ast.literal_eval('(')", `  File "<unknown>", line 1`, "    (", "    ^",
			"SyntaxError: '(' was never closed"}},
		{"data that isn't JSON", bot.Generic, 1, []string{"SyntaxError: Unexpected token < in JSON at position 0", "    at JSON.parse (<anonymous>)", "Node.js v20.20.2"}},
		{"a key of its own data", bot.TelegramBot, 1, []string{"Traceback (most recent call last):", `  File "bot.py", line 3, in <module>`, "    prices['BTC']", "KeyError: 'BTC'"}},
		{"killed, nobody knows why", bot.Generic, 137, []string{"working"}},
		{"its own code 127", bot.Generic, 127, []string{"done with errors"}},
		{"a user who blocked it", bot.TelegramBot, 1, []string{"telegram.error.Unauthorized: Forbidden: bot was blocked by the user"}},
		{"nothing printed", bot.DiscordBot, 1, nil},
	} {
		if got := table.Find(Evidence{Type: c.kind, Exit: bot.Exit{Code: &c.code}, Stderr: c.lines}); got != nil {
			t.Errorf("%s: %s", c.what, got.ID)
		}
	}
}

// A fatal cause must be what it ended of: an error that it went on after is none, and neither is one
// of a run that ended well.
func TestFatalIsNearTheEnd(t *testing.T) {
	table := New()
	for _, c := range captures(t) {
		e := c.evidence()
		got := table.Find(e)
		if got == nil || !got.Fatal {
			continue
		}
		for i := range fatalReach + 1 {
			e.Stderr = append(slices.Clip(e.Stderr), fmt.Sprintf("handled message %d", i))
		}
		if later := table.Find(e); later != nil && later.Fatal {
			t.Errorf("%s: still %s after %d lines", c.name, later.ID, fatalReach+1)
		}
		if strings.HasPrefix(got.ID, "discord-") && got.ID != "discord-no-token" {
			continue // a Discord library may end with 0 after a close code
		}
		e = c.evidence()
		e.Exit.Code = new(int)
		if well := table.Find(e); well != nil {
			t.Errorf("%s: %s after exit code 0", c.name, well.ID)
		}
	}
}

// Of two causes the one nearer to the end counts.
func TestTheLastCounts(t *testing.T) {
	one := 1
	got := New().Find(Evidence{Type: bot.TelegramBot, Exit: bot.Exit{Code: &one}, Stderr: []string{
		"telegram.error.Conflict: Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
		"retrying", "OSError: [Errno 28] No space left on device",
	}})
	if found(got) != "disk-full" {
		t.Errorf("%s", found(got))
	}
}

func TestStartsThatFailed(t *testing.T) {
	table := New()
	field := func(name, words string) error {
		f := fault.New(fault.Invalid, "%s", words)
		f.Fields = map[string]string{name: words}
		return f
	}
	for _, c := range []struct {
		err   error
		want  string
		fatal bool
	}{
		{field("command", `The command "nope" was not found in PATH (/bin).`), "missing-command", true},
		{field("command", `The command "./bot" is not executable for Botswain's user; chmod +x ./bot may help.`), "command-not-executable", true},
		{field("command", `The command "." is a directory, not a program.`), "command-wrong", true},
		{field("dir", `The directory "/nope" does not exist.`), "directory-wrong", true},
		{field("run_as", `There is no user "nobody2".`), "user-wrong", true},
		{fmt.Errorf("make the folder: %w", syscall.ENOSPC), "disk-full", false},
		{fmt.Errorf("make the folder: %w", syscall.EROFS), "disk-read-only", false},
		{fmt.Errorf("fork: %w", syscall.EAGAIN), "no-room-for-processes", false},
		{errors.New("something else"), "none", false},
		{fault.New(fault.Invalid, "A setting is wrong."), "none", false},
	} {
		got := table.Find(Evidence{Type: bot.Generic, Err: c.err})
		if found(got) != c.want || got != nil && got.Fatal != c.fatal {
			t.Errorf("%v: %s", c.err, found(got))
		}
		if got != nil {
			words(t, c.want, *got)
		}
	}
}

// Out of memory is claimed with the kernel's word for it only.
func TestOutOfMemory(t *testing.T) {
	table := New()
	if got := table.Find(Evidence{Exit: bot.Exit{Signal: "SIGKILL"}}); got != nil {
		t.Errorf("a kill is %s", got.ID)
	}
	got := table.Find(Evidence{Exit: bot.Exit{Signal: "SIGKILL", OOM: true}, Stderr: []string{"KeyError: 'X'"}})
	if found(got) != "out-of-memory" || got.Fatal {
		t.Errorf("%+v", got)
	}
}

func TestLiterals(t *testing.T) {
	for text, want := range map[string][]string{
		`discord\.errors\.LoginFailure`: {"discord.errors.LoginFailure"}, `^Error: (.+)$`: {"Error: "}, `\b(?:abc|def)\b`: {"abc", "def"},
		`a+bcd?e`: {"bc"}, `(?i)abc`: nil, `(?:abc|\d)`: nil,
	} {
		if got := literals(text); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// BenchmarkFind looks through 50 long lines on both streams that say nothing of any cause.
func BenchmarkFind(b *testing.B) {
	table, one := New(), 1
	var lines []string
	for i := range 50 {
		lines = append(lines, fmt.Sprintf("2026-11-26 10:00:00,123 INFO bot.handlers message %d from a chat was answered in 12 ms", i))
	}
	e := Evidence{Type: bot.DiscordBot, Exit: bot.Exit{Code: &one}, Stdout: lines, Stderr: lines}
	for b.Loop() {
		if table.Find(e) != nil {
			b.Fatal("found something")
		}
	}
}
