package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/botswain/botswain/app"
	"github.com/botswain/botswain/app/api"
	"github.com/botswain/botswain/app/config"
	"github.com/botswain/botswain/db/dbtest"
)

// buffer may be read while somebody writes.
type buffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// wait polls until ok answers true.
func wait(t *testing.T, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-ctx.Done():
			t.Fatalf("waited too long for: %s", what)
		case <-tick.C:
		}
	}
}

var listening = regexp.MustCompile(`(?m)^listening on (http://\S+)$`)

// serving runs `botswain serve` in this process with a database of its own; it ends with the test.
func serving(t *testing.T) (p place, url string) {
	t.Helper()
	p = newPlace(t)
	p.env["DATABASE_URL"] = dbtest.NewURL(t)
	out, logs := &buffer{}, &buffer{}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan int, 1)
	c := &cli{stdin: strings.NewReader(""), stdout: out, stderr: logs, getenv: func(k string) string { return p.env[k] }}
	go func() { ended <- c.run(ctx, []string{"serve"}) }()
	t.Cleanup(func() {
		cancel()
		if code := <-ended; code != 0 {
			t.Errorf("serve: exit %d", code)
		}
		if t.Failed() {
			t.Logf("serve said:\n%s%s", out, logs)
		}
	})
	wait(t, "the address", func() bool {
		if len(ended) > 0 {
			t.Fatalf("serve has ended:\n%s", logs)
		}
		m := listening.FindStringSubmatch(out.String())
		if m != nil {
			url = m[1]
		}
		return m != nil
	})
	return p, url
}

// ok runs a command that must succeed and gives what it printed.
func (p place) ok(t *testing.T, args ...string) string {
	t.Helper()
	got := p.run(t.Context(), args...)
	if got.code != 0 || got.err != "" {
		t.Fatalf("botswain %s: exit %d, stderr %q", strings.Join(args, " "), got.code, got.err)
	}
	return got.out
}

// rest makes a call with a token and decodes the answer.
func rest(t *testing.T, method, url, token, body string, out any) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if out != nil {
		if err := json.NewDecoder(res.Body).Decode(out); err != nil {
			t.Fatalf("%s %s: %v", method, url, err)
		}
	}
	return res.StatusCode
}

// TestWholeWay goes from no user to a bot's live log, by commands and REST only.
func TestWholeWay(t *testing.T) {
	p, url := serving(t)

	// Users and tokens, while it serves.
	p.stdin = "a long enough password\nnot this\n"
	if got := p.ok(t, "user", "add", "anna"); got != "added anna\n" {
		t.Errorf("user add: %q", got)
	}
	if got := p.run(t.Context(), "user", "add", "ANNA"); got.code != 1 || !strings.Contains(got.err, "username: ") {
		t.Errorf("user add again: %+v", got)
	}
	p.stdin = "short"
	if got := p.run(t.Context(), "user", "add", "ben"); got.code != 1 || !strings.Contains(got.err, "password: ") || strings.Contains(got.err, "short") {
		t.Errorf("user add with a weak password: %+v", got)
	}
	file := filepath.Join(t.TempDir(), "pw")
	if err := os.WriteFile(file, []byte("another long password\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := p.ok(t, "user", "passwd", "anna", "--password-file", file); got != "changed the password of anna\n" {
		t.Errorf("user passwd: %q", got)
	}
	if got := p.ok(t, "user", "list"); !regexp.MustCompile(`^NAME +ROLE +CREATED\nanna +admin +20\d\d-`).MatchString(got) {
		t.Errorf("user list: %q", got)
	}
	token := strings.TrimSuffix(p.ok(t, "token", "create", "--user", "anna", "--name", "ci", "--ttl", "30d"), "\n")
	if strings.ContainsAny(token, " \n") || len(token) < 40 {
		t.Errorf("the token must stand alone: %d characters", len(token))
	}
	if got := p.run(t.Context(), "token", "create", "--user", "nobody"); got.code != 1 || got.out != "" {
		t.Errorf("token for nobody: %+v", got)
	}

	// A bot by REST; it answers what it reads.
	v1 := url + api.Prefix
	var clock, other api.Bot
	if code := rest(t, "POST", v1+"/bots", token, `{"name":"Clock","command":["sh","-c","echo up; while read -r l; do echo \"heard $l\"; done"]}`, &clock); code != 201 {
		t.Fatalf("create: %d", code)
	}
	rest(t, "POST", v1+"/bots", token, `{"name":"Cloud","command":["true"]}`, &other)
	if code := rest(t, "POST", v1+"/bots", token, `{"name":"clock","command":["x"]}`, nil); code != 422 {
		t.Errorf("a name twice: %d", code)
	}
	if code := rest(t, "POST", v1+"/bots/"+clock.ID+"/stop", token, "", nil); code != 409 {
		t.Errorf("stop a stopped bot: %d", code)
	}
	if code := rest(t, "POST", v1+"/bots/"+clock.ID+"/stdin", token, `{"line":"x"}`, nil); code != 409 {
		t.Errorf("stdin of a stopped bot: %d", code)
	}

	// The commands, over the socket.
	if got := p.ok(t, "bot", "list"); !regexp.MustCompile(`(?m)^NAME +STATUS +PID +UPTIME +RESTARTS +TYPE +ID\n(?s:.*)^Clock +stopped +- +- +0 +generic +` + clock.ID + `$`).MatchString(got) {
		t.Errorf("bot list:\n%s", got)
	}
	if got := p.run(t.Context(), "bot", "start", "clo", "nobody"); got.code != 1 || !strings.Contains(got.err, `"clo" may be one of: Clock, Cloud`) || !strings.Contains(got.err, `no bot with the name "nobody"`) {
		t.Errorf("names that aren't clear: %+v", got)
	}
	if got := p.ok(t, "bot", "start", "clock"); !strings.HasPrefix(got, "Clock: ") {
		t.Errorf("bot start: %q", got)
	}
	wait(t, "the bot to run", func() bool {
		var s api.Status
		rest(t, "GET", v1+"/bots/"+clock.ID+"/status", token, "", &s)
		return s.Status == "running" && s.PID != nil
	})
	if got := p.run(t.Context(), "bot", "start", clock.ID); got.code != 1 || got.out != "" || strings.Count(got.err, "\n") != 1 {
		t.Errorf("start a running bot: %+v", got)
	}

	followed(t, p, v1, token, clock.ID)

	// The same commands against another Botswain, by address and token.
	remote := place{env: map[string]string{"BOTSWAIN_URL": url + "/", "BOTSWAIN_TOKEN": token}}
	var listed []api.Bot
	if err := json.Unmarshal([]byte(remote.ok(t, "bot", "list", "--json")), &listed); err != nil || len(listed) != 2 {
		t.Errorf("remote list: %v, %d bots", err, len(listed))
	}
	remote.env["BOTSWAIN_TOKEN"] = token + "x"
	if got := remote.run(t.Context(), "bot", "list"); got.code != 1 || strings.Contains(got.err, token) || !strings.Contains(got.err, "token") {
		t.Errorf("remote with a wrong token: %+v", got)
	}
	checkActors(t, v1, token, clock.ID)
	if got := p.ok(t, "bot", "start", "--all"); !strings.Contains(got, "Clock: left as it is") {
		t.Errorf("start --all: %q", got)
	}
	p.ok(t, "bot", "stop", "cloud") // it ends as soon as it starts, which would end the roll
	if got := p.ok(t, "bot", "restart", "--all", "--rolling"); !strings.Contains(got, "Clock: running\n") {
		t.Errorf("restart --all --rolling: %q", got)
	}
	if got := p.ok(t, "bot", "stop", "clock"); !strings.HasPrefix(got, "Clock: ") {
		t.Errorf("bot stop: %q", got)
	}
	if code := rest(t, "DELETE", v1+"/bots/"+clock.ID, token, "", nil); code != 204 {
		t.Errorf("delete: %d", code)
	}
	p.env["BOTSWAIN_ADDR"] = strings.TrimPrefix(url, "http://")
	p.ok(t, "healthcheck")
}

// followed follows the log while lines come in by stdin.
func followed(t *testing.T, p place, v1, token, id string) {
	t.Helper()
	const n = 50
	out := &buffer{}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	c := &cli{stdin: strings.NewReader(""), stdout: out, stderr: out, getenv: func(k string) string { return p.env[k] }}
	go func() { ended <- c.run(ctx, []string{"bot", "logs", "clock", "-f"}) }()
	wait(t, "the first line", func() bool { return strings.Contains(out.String(), "up\n") })
	want := []string{}
	for i := range n {
		line := "line " + strconv.Itoa(i)
		want = append(want, "heard "+line)
		if code := rest(t, "POST", v1+"/bots/"+id+"/stdin", token, `{"line":"`+line+`"}`, nil); code != 204 {
			t.Fatalf("stdin: %d", code)
		}
	}
	wait(t, "all lines", func() bool { return strings.Contains(out.String(), want[n-1]+"\n") })
	cancel()
	if code := <-ended; code != 0 {
		t.Errorf("bot logs -f: exit %d after Ctrl-C", code)
	}
	got := []string{}
	for _, l := range strings.Split(out.String(), "\n") {
		if strings.HasPrefix(l, "heard ") {
			got = append(got, l)
		}
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("followed:\n%s", out)
	}
	// A slow bot answers several lines after all of them were echoed.
	if tail := p.ok(t, "bot", "logs", id, "-n", "3"); !regexp.MustCompile(`^(.*\n){2}heard line 49\n$`).MatchString(tail) {
		t.Errorf("the last three: %q", tail)
	}
	if timed := p.ok(t, "bot", "logs", "-n", "1", "-t", id); !regexp.MustCompile(`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} heard line 49\n$`).MatchString(timed) {
		t.Errorf("with the time: %q", timed)
	}
}

// checkActors: what came over the socket was done by "cli", the rest by the token's user.
func checkActors(t *testing.T, v1, token, id string) {
	t.Helper()
	var runs api.RunList
	rest(t, "GET", v1+"/bots/"+id+"/runs", token, "", &runs)
	if len(runs.Runs) != 1 || runs.Runs[0].Actor != string(api.CLI) || runs.Runs[0].Cause != "manual" {
		t.Errorf("runs: %+v", runs)
	}
	var events api.EventList
	wait(t, "the events", func() bool {
		rest(t, "GET", v1+"/bots/"+id+"/events?limit=200", token, "", &events)
		return len(events.Events) > 2
	})
	if last := events.Events[len(events.Events)-1]; last.Kind != "bot.created" || last.Actor != "anna" {
		t.Errorf("the first event: %+v", last)
	}
}

func TestSecondServeIsRefused(t *testing.T) {
	p, _ := serving(t)
	if got := p.run(t.Context(), "serve"); got.code != 1 || got.out != "" || !strings.Contains(got.err, "already") {
		t.Errorf("%+v", got)
	}
}

// TestSecondServeOnTheSameDatabase: another data directory is no other installation.
func TestSecondServeOnTheSameDatabase(t *testing.T) {
	p, _ := serving(t)
	other := newPlace(t)
	other.env["DATABASE_URL"] = p.env["DATABASE_URL"]
	got := other.run(t.Context(), "serve")
	if got.code != 1 || got.out != "" || !strings.Contains(got.err, "already supervises the bots of this database") || !strings.Contains(got.err, "pid "+strconv.Itoa(os.Getpid())) {
		t.Errorf("%+v", got)
	}
}

// TestOffline: the tables, users and tokens need no Botswain that serves.
func TestOffline(t *testing.T) {
	p := newPlace(t)
	p.env["DATABASE_URL"] = dbtest.NewURL(t)
	for range 2 {
		if got := p.run(t.Context(), "migrate"); got.code != 0 || got.out != "the tables are up to date\n" {
			t.Errorf("migrate: %+v", got)
		}
	}
	p.stdin = "a long enough password"
	p.ok(t, "user", "add", "anna")
	if token := p.ok(t, "token", "create", "--user", "Anna"); strings.Count(token, "\n") != 1 {
		t.Errorf("token create printed %d lines", strings.Count(token, "\n"))
	}
	p.ok(t, "token", "create", "--user", "anna", "--name", "ci", "--ttl", "30d")
	list := p.ok(t, "token", "list")
	found := regexp.MustCompile(`(?m)^([0-9a-f-]{36}) +anna +ci +until 20\d\d-.* never$`).FindStringSubmatch(list)
	if found == nil || strings.Count(list, "\n") != 3 {
		t.Fatalf("token list: %s", list)
	}
	if got := p.run(t.Context(), "token", "revoke", "zzz"); got.code != 1 || !strings.Contains(got.err, "no token that is valid") {
		t.Errorf("revoke none: %+v", got)
	}
	p.ok(t, "token", "revoke", found[1])
	if list := p.ok(t, "token", "list"); !regexp.MustCompile(`(?m)^` + found[1] + ` +anna +ci +revoked `).MatchString(list) {
		t.Errorf("after it was revoked: %s", list)
	}
	if got := p.run(t.Context(), "token", "revoke", found[1]); got.code != 1 {
		t.Errorf("revoke again: %+v", got)
	}
}

// TestStopBeforeItIsUp: who stops Botswain while it starts has not seen it fail.
func TestStopBeforeItIsUp(t *testing.T) {
	p := newPlace(t)
	p.env["DATABASE_URL"] = dbtest.NewEmptyURL(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := p.run(ctx, "serve"); got.code != 0 || got.out != "" || strings.Contains(got.err, "botswain: ") {
		t.Errorf("%+v", got)
	}
}

// TestUpgradeWaitsForTheDataDirectory: after an upgrade in place nobody would start the program again.
func TestUpgradeWaitsForTheDataDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.WriteFile(dir, nil, 0o600); err != nil { // no directory, for now
		t.Fatal(err)
	}
	out, in := io.Pipe()
	c := &cli{stderr: in, getenv: func(name string) string { return map[string]string{"BOTSWAIN_DATA_DIR": dir}[name] }}
	if _, err := c.servable(t.Context()); !errors.Is(err, config.ErrDataDir) {
		t.Errorf("an ordinary start: %v", err)
	}
	c.handover = &app.Handover{}
	read := make(chan error, 1)
	go func() {
		_, err := c.servable(t.Context())
		read <- err
	}()
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || !strings.Contains(line, "waits for the data directory") {
		t.Errorf("it says %q, %v", line, err)
	}
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	if err := <-read; err != nil {
		t.Error(err)
	}
}
