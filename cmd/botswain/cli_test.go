package main

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// result is what one run of the program did.
type result struct {
	code     int
	out, err string
}

// place is where the program runs: its environment and what stdin holds.
type place struct {
	env   map[string]string
	stdin string
}

func (p place) run(ctx context.Context, args ...string) result {
	var out, errs bytes.Buffer
	c := &cli{stdin: strings.NewReader(p.stdin), stdout: &out, stderr: &errs, getenv: func(k string) string { return p.env[k] }}
	code := c.run(ctx, args)
	return result{code, out.String(), errs.String()}
}

func newPlace(t *testing.T) place {
	return place{env: map[string]string{"BOTSWAIN_DATA_DIR": t.TempDir(), "BOTSWAIN_ADDR": "127.0.0.1:0"}}
}

var update = flag.Bool("update", false, "write the golden files anew")

func TestUsageGolden(t *testing.T) {
	got := place{}.run(t.Context(), "help")
	file := filepath.Join("testdata", "usage.txt")
	if *update {
		if err := os.WriteFile(file, []byte(got.out), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got.code != 0 || got.out != string(want) || got.err != "" {
		t.Errorf("exit %d, stderr %q, usage:\n%s", got.code, got.err, got.out)
	}
}

// TestMisuse: exit code 2, nothing on stdout, one line on stderr.
func TestMisuse(t *testing.T) {
	file := filepath.Join(t.TempDir(), "none")
	for _, c := range []struct {
		args string
		env  string // NAME=value, a line each
		want string // in the line
	}{
		{"sail", "", `there is no command "sail"`},
		{"user", "", "add|list|passwd"},
		{"bot", "", "list|start|stop|restart|examples|logs"},
		{"bot sink", "", "list|start|stop|restart|examples|logs"},
		{"user add", "", "something is missing"},
		{"user add a b", "", `"b" is too much`},
		{"user add a --password secret", "", "-password"},
		{"user add a --password-file " + file, "", "no such file"},
		{"token create", "", "--user"},
		{"token create --user a --ttl soon", "", `"soon" is no time to live`},
		{"token create --user a --ttl -1h", "", "no time to live"},
		{"bot start", "", "say which bots"},
		{"bot stop x --all", "", "in one way only"},
		{"bot restart --group g --all", "", "in one way only"},
		{"bot restart x --rolling", "", "--rolling goes with"},
		{"bot restart --all --pause 5s", "", "--pause goes with"},
		{"bot stop --all --rolling", "", "-rolling"},
		{"bot logs x -n many", "", "-n"},
		{"bot logs x -n 20000", "", "-n must be between"},
		{"bot list --yaml", "", "-yaml"},
		{"key", "", "status|rotate|forget"},
		{"key forget", "", "--yes"},
		{"key rotate", "BOTSWAIN_URL=http://127.0.0.1:1\nBOTSWAIN_TOKEN=secret", "on Botswain's own machine"},
		{"serve", "BOTSWAIN_ENCRYPTION_KEY_NEW=c2VjcmV0", "BOTSWAIN_ENCRYPTION_KEY_NEW"},
		{"serve now", "", `"now" is too much`},
		{"version 2", "", `"2" is too much`},
		{"serve", "BOTSWAIN_ADDR=nowhere", "BOTSWAIN_ADDR"},
		{"serve", "BOTSWAIN_ADMIN_USERNAME=no body\nBOTSWAIN_ADMIN_PASSWORD=long enough, secret", "BOTSWAIN_ADMIN_USERNAME: "},
		{"serve", "BOTSWAIN_ADMIN_USERNAME=ada\nBOTSWAIN_ADMIN_PASSWORD=secret", "BOTSWAIN_ADMIN_PASSWORD: "},
		{"serve", "DATABASE_URL=postgres://u:secret@127.0.0.1:99999/d", "DATABASE_URL: "},
		{"migrate", "DATABASE_URL=postgres://u:secret@127.0.0.1/d?sslmode=maybe", "DATABASE_URL: "},
		{"migrate", "BOTSWAIN_LOG_LEVEL=loud", "BOTSWAIN_LOG_LEVEL"},
		{"user list", "DATABASE_URL=mysql://x", "DATABASE_URL"},
		{"bot list", "BOTSWAIN_URL=bots.example.org", "BOTSWAIN_URL"},
		{"bot list", "BOTSWAIN_URL=http://127.0.0.1:1", "BOTSWAIN_TOKEN"},
	} {
		p := newPlace(t)
		for _, setting := range strings.Split(c.env, "\n") {
			if k, v, ok := strings.Cut(setting, "="); ok {
				p.env[k] = v
			}
		}
		got := p.run(t.Context(), strings.Fields(c.args)...)
		if got.code != 2 || got.out != "" || strings.Count(got.err, "\n") != 1 || !strings.HasPrefix(got.err, "botswain: ") || !strings.Contains(got.err, c.want) {
			t.Errorf("%s (%s): exit %d, stdout %q, stderr %q", c.args, c.env, got.code, got.out, got.err)
		}
		if strings.Contains(got.err, "secret") {
			t.Errorf("%s: it repeats the password: %s", c.args, got.err)
		}
	}
	if got := (place{}).run(t.Context()); got.code != 2 || got.out != "" || !strings.Contains(got.err, "usage: botswain COMMAND") {
		t.Errorf("no command: %+v", got)
	}
}

func TestHelpOfACommandAndVersion(t *testing.T) {
	got := place{}.run(t.Context(), "bot", "logs", "-h")
	if got.code != 0 || got.err != "" || !strings.HasPrefix(got.out, "usage: botswain bot logs BOT [-f] [-n LINES] [-t]\n") {
		t.Errorf("%+v", got)
	}
	for _, arg := range []string{"version", "--version", "-v"} {
		if got := (place{}).run(t.Context(), arg); got.code != 0 || !strings.HasPrefix(got.out, "botswain ") || strings.Count(got.out, "\n") != 1 {
			t.Errorf("%s: %+v", arg, got)
		}
	}
}

// TestNobodyThere: exit code 1 and a line that says what to do.
func TestNobodyThere(t *testing.T) {
	p := newPlace(t)
	for _, args := range []string{"bot list", "bot start x", "bot logs x"} {
		got := p.run(t.Context(), strings.Fields(args)...)
		if got.code != 1 || got.out != "" || !strings.Contains(got.err, "start it with: botswain serve") || strings.Count(got.err, "\n") != 1 {
			t.Errorf("%s: %+v", args, got)
		}
	}
	p.env["BOTSWAIN_ADDR"] = "127.0.0.1:1"
	if got := p.run(t.Context(), "healthcheck"); got.code != 1 || got.err != "botswain: nobody answers at 127.0.0.1:1\n" {
		t.Errorf("healthcheck: %+v", got)
	}
	p.env["BOTSWAIN_URL"], p.env["BOTSWAIN_TOKEN"] = "http://127.0.0.1:1", "token-that-is-secret"
	if got := p.run(t.Context(), "bot", "list"); got.code != 1 || strings.Contains(got.err, "secret") {
		t.Errorf("remote: %+v", got)
	}
}

func TestParseTakesFlagsAnywhere(t *testing.T) {
	for _, c := range []struct {
		args, plain string
		f           bool
		n           int
	}{
		{"x", "x", false, 100}, {"-f x", "x", true, 100}, {"x -f", "x", true, 100}, {"-n 3 x -f", "x", true, 3},
		{"x -n=4 y", "x y", false, 4}, {"-f -- -n", "-n", true, 100}, {"x -- -f y", "x -f y", false, 100},
	} {
		flags := flag.NewFlagSet("t", flag.ContinueOnError)
		f, n := flags.Bool("f", false, ""), flags.Int("n", 100, "")
		plain, err := parse(flags, strings.Fields(c.args), 1, -1)
		if err != nil || strings.Join(plain, " ") != c.plain || *f != c.f || *n != c.n {
			t.Errorf("%s: %q %v %d, %v", c.args, plain, *f, *n, err)
		}
	}
}

func TestLifetime(t *testing.T) {
	for text, want := range map[string]time.Duration{"0": 0, "90m": 90 * time.Minute, "30d": 720 * time.Hour, "0d": 0} {
		if got, err := lifetime(text); err != nil || got != want {
			t.Errorf("%s: %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "d", "-1d", "1.5d", "-1s", "99999999d", "x"} {
		if got, err := lifetime(text); err == nil {
			t.Errorf("%s: %s", text, got)
		}
	}
}

func TestShort(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 59 * time.Second: "59s", 61 * time.Second: "1m 1s", time.Hour + 5*time.Minute + time.Second: "1h 5m", 49 * time.Hour: "2d 1h",
	} {
		if got := short(d); got != want {
			t.Errorf("%s: %s, want %s", d, got, want)
		}
	}
}

func TestHarmless(t *testing.T) {
	got := harmless("a\tb \x1b[1;31mred\x1b[0m \x1b[2J\x1b]0;title\x07 \r\x00 é \u009b31m")
	if want := "a\tb \x1b[1;31mred\x1b[0m \\x1b[2J\\x1b]0;title\\a \\r\\x00 é \\u009b31m"; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestCommandsAreComplete(t *testing.T) {
	names := []string{}
	for _, c := range commands() {
		if c.help == "" || c.run == nil || slices.Contains(names, c.name) {
			t.Errorf("%q is not complete", c.name)
		}
		names = append(names, c.name)
	}
}
