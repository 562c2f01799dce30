package bots_test

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/botswain/botswain/app/platform/discord/discordtest"
	"github.com/botswain/botswain/app/platform/platformtest"
	"github.com/botswain/botswain/app/platform/telegram/telegramtest"
	"github.com/botswain/botswain/bots"
)

// patience is for what comes by itself; nothing here takes that long.
const patience = time.Minute

// stopTimeout is how long Botswain leaves a bot after SIGTERM by default.
const stopTimeout = 10 * time.Second

func TestGoTelegram(t *testing.T) {
	t.Parallel()
	s := telegramtest.New(t, telegramtest.Options{})
	b := s.AddBot(telegramtest.Profile{Username: "harbour_bot"})
	p := start(t, build(t, "go-telegram"), "TOKEN="+b.Token(), "BOTSWAIN_TELEGRAM_API_URL="+s.URL()+"/")
	p.ready()
	for said, want := range answers("/", "github.com/go-telegram/bot") {
		m, err := b.Ask(p.ctx, telegramtest.User{}, said)
		if err != nil || !strings.HasPrefix(m.Text, want) {
			t.Errorf("%s: %q %v", said, m.Text, err)
		}
	}
	group := telegramtest.Chat{ID: -77, Title: "Crew"}
	b.SayIn(group, telegramtest.User{}, "/ping@harbour_bot")
	p.wait("an answer in the group", s.Wait, func() bool { return b.Sent()[len(b.Sent())-1].Chat.ID == -77 })
	if list := string(b.Commands()); !strings.Contains(list, `"command":"echo"`) {
		t.Errorf("commands: %s", list)
	}
	p.counted(8, 8)
	if sum := p.stop(); sum.Gauges["commands"] != 6 || sum.Gauges["ping_ms"] <= 0 {
		t.Errorf("%v", sum.Gauges)
	}
	if got := s.Unknown(); len(got) > 0 {
		t.Errorf("asked for what doesn't exist: %v", got)
	}
	p.keepsSecret(b.Token())
}

func TestGoTelegramRefused(t *testing.T) {
	t.Parallel()
	s := telegramtest.New(t, telegramtest.Options{})
	b := s.AddBot(telegramtest.Profile{})
	bin := build(t, "go-telegram")
	p := start(t, bin, "TOKEN="+b.Token(), "BOTSWAIN_TELEGRAM_API_URL="+s.URL())
	p.wait("a poll", s.Wait, b.Polls)
	b.Revoke()
	p.fails("unauthorized, Unauthorized): it is wrong or was revoked")
	p.keepsSecret(b.Token())
	start(t, bin).fails("there is no TOKEN")
}

func TestGoDiscord(t *testing.T) {
	t.Parallel()
	s := discordtest.New(t, discordtest.Options{})
	b := s.AddApp(discordtest.App{Intents: discordtest.IntentContent})
	g := b.AddGuild("Harbour", 41)
	p := start(t, build(t, "go-discord"), "TOKEN="+b.Token(), "BOTSWAIN_DISCORD_API_URL="+s.URL())
	p.ready()
	p.reported("the guild", func(r platformtest.Reported) bool { return r.Ready })
	for said, want := range answers("!", "discordgo") {
		m, err := b.Ask(p.ctx, g, discordtest.User{}, said)
		if err != nil || !strings.HasPrefix(m.Content, want) {
			t.Errorf("%s: %q %v", said, m.Content, err)
		}
	}
	m, err := b.Slash(p.ctx, g, discordtest.User{}, "echo", map[string]string{"text": "ahoy"})
	if err != nil || m.Content != "ahoy" {
		t.Errorf("/echo: %q %v", m.Content, err)
	}
	p.counted(7, 8)
	// A connection that breaks is made again, and the session goes on.
	before := b.Connected()
	b.Drop()
	p.wait("a connection", s.Wait, func() bool { return b.Identifies()+b.Resumes() > 1 && b.Connected() == before })
	if sum := p.stop(); sum.Gauges["commands"] != 6 || sum.Heartbeats == 0 || sum.Gauges["guilds"] != 1 || sum.Gauges["users"] != 42 {
		t.Errorf("%+v", sum)
	}
	if got := s.Unknown(); len(got) > 0 {
		t.Errorf("asked for what doesn't exist: %v", got)
	}
	p.keepsSecret(b.Token())
}

func TestGoDiscordRefused(t *testing.T) {
	t.Parallel()
	s := discordtest.New(t, discordtest.Options{})
	b := s.AddApp(discordtest.App{})
	bin := build(t, "go-discord")
	p := start(t, bin, "TOKEN="+b.Token(), "BOTSWAIN_DISCORD_API_URL="+s.URL())
	p.fails("disallowed intents (4014)")
	b.AllowIntents(discordtest.Privileged)
	b.Revoke()
	p = start(t, bin, "TOKEN="+b.Token(), "BOTSWAIN_DISCORD_API_URL="+s.URL())
	p.fails("the TOKEN is refused by Discord (4004)")
	p.keepsSecret(b.Token())
}

// TestGoUserbot runs the userbot's own tests: they need its library's test server, which isn't for
// this module.
func TestGoUserbot(t *testing.T) {
	t.Parallel()
	goTool(t, "go-telegram-userbot", "vet", "./...")
	goTool(t, "go-telegram-userbot", "test", "./...")
}

// answers are what people say and how the answer begins.
func answers(prefix, library string) map[string]string {
	return map[string]string{
		prefix + "start":           "Hello.",
		prefix + "help":            prefix + "start: say hello\n",
		prefix + "status":          "Up for ",
		prefix + "PING":            "Pong",
		prefix + "echo two  words": "two  words",
		prefix + "echo":            "Give me a text",
		prefix + "info":            library,
	}
}

// process is an example that runs.
type process struct {
	t       *testing.T
	ctx     context.Context
	cmd     *exec.Cmd
	reports *platformtest.Reports
	out     output
	ended   chan error
}

// output is written by a process and read by a test.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

func start(t *testing.T, bin string, env ...string) *process {
	t.Helper()
	return startIn(t, t.TempDir(), []string{bin}, env...)
}

func startIn(t *testing.T, dir string, argv []string, env ...string) *process {
	t.Helper()
	return startWith(t, dir, argv, nil, env...)
}

func startWith(t *testing.T, dir string, argv []string, stdin io.Reader, env ...string) *process {
	t.Helper()
	reports, err := platformtest.ListenReports("report-token")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(reports.Close)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	p := &process{t: t, ctx: ctx, reports: reports, ended: make(chan error, 1)}
	p.cmd = exec.Command(argv[0], argv[1:]...)
	p.cmd.Stdin, p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = stdin, dir, &p.out, &p.out
	p.cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "BOTSWAIN_REPORT_URL=" + reports.URL, "BOTSWAIN_REPORT_TOKEN=" + reports.Token,
	}, env...)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.ended <- p.cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-done
		if t.Failed() {
			t.Logf("output:\n%s", p.out.String())
		}
	})
	return p
}

func (p *process) wait(what string, wait func(context.Context, string, func() bool) error, done func() bool) {
	p.t.Helper()
	if err := wait(p.ctx, what, done); err != nil {
		p.t.Fatal(err)
	}
}

func (p *process) reported(what string, done func(platformtest.Reported) bool) {
	p.t.Helper()
	if sum, err := p.reports.Wait(p.ctx, what, done); err != nil {
		p.t.Fatalf("%v: %+v", err, sum)
	}
}

func (p *process) ready() {
	p.t.Helper()
	p.reported("ready and a heartbeat", func(r platformtest.Reported) bool { return r.Ready && r.Heartbeats > 0 })
}

// counted is checked at the end of the process: figures go out together with that.
func (p *process) counted(messages, commands float64) {
	p.t.Cleanup(func() {
		if sum := p.reports.Sum(); sum.Counters["messages"] != messages || sum.Counters["commands"] != commands || sum.Wrong > 0 {
			p.t.Errorf("counted %v, %d wrong reports", sum.Counters, sum.Wrong)
		}
	})
}

// stop has the process end as Botswain does, and gives what it reported.
func (p *process) stop() platformtest.Reported {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(p.t.Context(), stopTimeout)
	defer cancel()
	select {
	case err := <-p.ended:
		if err != nil {
			p.t.Errorf("ended with %v", err)
		}
	case <-ctx.Done():
		p.t.Errorf("runs on %s after SIGTERM", stopTimeout)
	}
	return p.reports.Sum()
}

func (p *process) fails(words string) {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-p.ctx.Done():
		p.t.Fatal("runs on")
	}
	if code := p.cmd.ProcessState.ExitCode(); code != 1 || !strings.Contains(p.out.String(), words) {
		p.t.Errorf("exit code %d, output without %q", code, words)
	}
}

func (p *process) keepsSecret(token string) {
	p.t.Helper()
	if strings.Contains(p.out.String(), token) {
		p.t.Error("printed its token")
	}
}

// build vets and builds an example, once for all tests.
func build(t *testing.T, name string) string {
	t.Helper()
	goTool(t, name, "vet", "./...")
	bin := filepath.Join(t.TempDir(), "bot")
	goTool(t, name, "build", "-o", bin, ".")
	return bin
}

func goTool(t *testing.T, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = name
	cmd.Env = append(os.Environ(), "GOFLAGS=-buildvcs=false", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go %s in %s: %v\n%s", strings.Join(args, " "), name, err, out)
	}
}

// What the examples share is in each of them, so that a person can copy one folder.
func TestGoCopiesAreTheSame(t *testing.T) {
	for _, name := range []string{"report.go", "answers.go"} {
		copies, err := filepath.Glob("go-*/" + name)
		if err != nil || len(copies) != 3 {
			t.Fatalf("%v %v", copies, err)
		}
		var texts []string
		for _, c := range copies {
			text, err := os.ReadFile(c)
			if err != nil {
				t.Fatal(err)
			}
			texts = append(texts, string(text))
		}
		if len(slices.Compact(texts)) != 1 {
			t.Errorf("the copies of %s differ; copy the better one over the others", name)
		}
	}
}

// TestGoExamplesAreCurrent compares what is embedded with the sources.
func TestGoExamplesAreCurrent(t *testing.T) {
	packed, err := bots.GoExamples()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	err = fs.WalkDir(packed, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		n++
		embedded, err := fs.ReadFile(packed, name)
		if err != nil {
			return err
		}
		if source, err := os.ReadFile(name); err != nil || !bytes.Equal(embedded, source) {
			t.Errorf("%s isn't what is embedded: go generate ./bots (%v)", name, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	sources, err := filepath.Glob("go-*/*")
	if err != nil {
		t.Fatal(err)
	}
	sources = slices.DeleteFunc(sources, func(name string) bool { return strings.HasSuffix(name, "_test.go") })
	if n != len(sources) {
		t.Errorf("%d files are embedded, %d are there: go generate ./bots", n, len(sources))
	}
}
