package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// With this set, the test binary is the bot.
const beTheBot = "USERBOT_TEST_IS_BOT"

func TestMain(m *testing.M) {
	if os.Getenv(beTheBot) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// patience is for what comes by itself; nothing here takes that long.
const patience = time.Minute

// process is the bot as a process.
type process struct {
	t     *testing.T
	ctx   context.Context
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines chan string // of its output; closed at the end
	ended chan error
	mu    sync.Mutex
	all   strings.Builder
}

func start(t *testing.T, dir string, p *platform, env ...string) *process {
	t.Helper()
	keyFile := filepath.Join(dir, "server.pem")
	if err := os.WriteFile(keyFile, p.key, 0o600); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	b := &process{t: t, ctx: ctx, cmd: exec.Command(self), lines: make(chan string, 1000), ended: make(chan error, 1)}
	b.cmd.Dir = dir
	b.cmd.Env = append([]string{
		beTheBot + "=1", "API_ID=1", "API_HASH=" + hash, "PHONE=" + phone, "MTPROTO_SERVER=" + p.address, "MTPROTO_KEY_FILE=" + keyFile,
	}, env...)
	if b.in, err = b.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, write := io.Pipe()
	b.cmd.Stdout, b.cmd.Stderr = write, write
	if err := b.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(b.lines)
		for scan := bufio.NewScanner(out); scan.Scan(); {
			b.mu.Lock()
			b.all.WriteString(scan.Text() + "\n")
			b.mu.Unlock()
			b.lines <- scan.Text()
		}
	}()
	done := make(chan struct{})
	go func() {
		defer close(done)
		err := b.cmd.Wait()
		_ = write.Close()
		b.ended <- err
	}()
	t.Cleanup(func() {
		_ = b.cmd.Process.Kill()
		<-done
		if t.Failed() {
			t.Logf("output:\n%s", b.output())
		}
	})
	return b
}

func (b *process) output() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all.String()
}

// says waits for a line that begins so.
func (b *process) says(words string) {
	b.t.Helper()
	for {
		select {
		case line, more := <-b.lines:
			if !more {
				b.t.Fatalf("ended without %q", words)
			}
			if strings.HasPrefix(line, words) {
				return
			}
		case <-b.ctx.Done():
			b.t.Fatalf("didn't say %q", words)
		}
	}
}

func (b *process) typed(line string) {
	b.t.Helper()
	if _, err := io.WriteString(b.in, line+"\n"); err != nil {
		b.t.Fatal(err)
	}
}

// stop has it end as Botswain does, within the time that it leaves.
func (b *process) stop() {
	b.t.Helper()
	if err := b.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		b.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(b.t.Context(), 10*time.Second)
	defer cancel()
	select {
	case err := <-b.ended:
		if err != nil {
			b.t.Errorf("ended with %v", err)
		}
	case <-ctx.Done():
		b.t.Error("runs on after SIGTERM")
	}
}

func (b *process) fails(words string) {
	b.t.Helper()
	b.says("ERROR " + words)
	select {
	case <-b.ended:
	case <-b.ctx.Done():
		b.t.Fatal("runs on")
	}
	if code := b.cmd.ProcessState.ExitCode(); code != 1 {
		b.t.Errorf("exit code %d", code)
	}
}

// reports takes what a bot reports.
type reports struct {
	*httptest.Server
	mu  sync.Mutex
	all []reportMessage
}

func newReports(t *testing.T) *reports {
	r := &reports{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		var m reportMessage
		if req.Header.Get("Authorization") != "Bearer report-token" || json.NewDecoder(req.Body).Decode(&m) != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		r.mu.Lock()
		r.all = append(r.all, m)
		r.mu.Unlock()
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(r.Close)
	return r
}

// sum adds up the reports so far.
func (r *reports) sum() (s reportMessage) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.all {
		s.Ready, s.Heartbeat = s.Ready || m.Ready, s.Heartbeat || m.Heartbeat
		for name, v := range m.Gauges {
			set(&s.Gauges, name, v)
		}
		for name, n := range m.Counters {
			set(&s.Counters, name, s.Counters[name]+n)
		}
	}
	return s
}

func TestLoginOverTheConsoleAndCommands(t *testing.T) {
	t.Parallel()
	p, r, dir := newPlatform(t), newReports(t), t.TempDir()
	env := []string{"BOTSWAIN_REPORT_URL=" + r.URL, "BOTSWAIN_REPORT_TOKEN=report-token", "SESSION_NAME=ada"}
	b := start(t, dir, p, env...)
	b.says("INPUT Telegram has sent a login code")
	b.typed("54321")
	b.says("WARN This code is wrong.")
	b.says("INPUT Telegram has sent a login code")
	b.typed("  123-45 ")
	b.says("INFO Logged in.")
	b.says("INFO Ready as @ada.")
	for said, want := range map[string]string{".ping": "Pong", ".echo two  words": "two  words", ".echo .ping": "» .ping", ".info": "github.com/gotd/td"} {
		if err := p.write(b.ctx, said, true); err != nil {
			t.Fatal(err)
		}
		if got := p.asked(b.ctx); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q", said, got)
		}
	}
	// What others write is counted, not obeyed: the next answer is to the account's own command.
	for _, m := range []struct {
		text string
		own  bool
	}{{".echo theirs", false}, {".echo mine", true}} {
		if err := p.write(b.ctx, m.text, m.own); err != nil {
			t.Fatal(err)
		}
	}
	if got := p.asked(b.ctx); got != "mine" {
		t.Errorf("answered %q", got)
	}
	b.stop()
	sum := r.sum()
	if !sum.Ready || !sum.Heartbeat || sum.Counters["messages"] != 6 || sum.Counters["commands"] != 5 || sum.Gauges["commands"] != 6 {
		t.Errorf("reported %+v", sum)
	}
	for _, secret := range []string{hash, phone, theCode} {
		if strings.Contains(b.output(), secret) {
			t.Errorf("printed %s", secret)
		}
	}
	info, err := os.Stat(filepath.Join(dir, "ada.session.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("session file: %v %v", info, err)
	}
	// The session file keeps the login.
	again := start(t, dir, p, env...)
	again.says("INFO Ready as @ada.")
	again.stop()
	if p.codes != 1 {
		t.Errorf("%d codes were asked for", p.codes)
	}
}

func TestPasswordOverTheConsole(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.twoSteps = true
	b := start(t, t.TempDir(), p)
	b.says("INPUT Telegram has sent a login code")
	b.typed(theCode)
	b.says("INPUT The account has two-step verification")
	b.typed("wrong")
	b.says("WARN This password is wrong.")
	b.says("INPUT The account has two-step verification")
	b.typed("right")
	b.says("INFO Ready as @ada.")
	b.stop()
}

func TestPasswordFromTheEnvironment(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.twoSteps, p.tries = true, 1
	b := start(t, t.TempDir(), p, "PASSWORD=right")
	b.says("INPUT Telegram has sent a login code")
	b.typed(theCode)
	b.says("INFO Ready as @ada.")
	b.stop()
}

func TestStopWhileItWaitsForTheCode(t *testing.T) {
	t.Parallel()
	b := start(t, t.TempDir(), newPlatform(t))
	b.says("INPUT ")
	b.stop()
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	start(t, t.TempDir(), p, "API_HASH=other").fails("API_ID and API_HASH don't belong together")
	start(t, t.TempDir(), p, "API_ID=").fails("there is no API_ID")
	start(t, t.TempDir(), p, "SESSION_NAME=../x").fails("SESSION_NAME")
	start(t, t.TempDir(), p, "PHONE=").fails("there is no PHONE")
	closed := start(t, t.TempDir(), p)
	closed.says("INPUT ")
	_ = closed.in.Close()
	closed.fails("nobody can answer")
}
