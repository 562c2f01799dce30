package notify

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/botswain/botswain/app/bot"
)

// The test program is the bot too: with this in its environment it sends what its arguments say,
// one datagram each, and waits for its standard input to end.
const asBot = "BOTSWAIN_TEST_SAYS"

func TestMain(m *testing.M) {
	if os.Getenv(asBot) == "" {
		os.Exit(m.Run())
	}
	conn, err := net.Dial("unixgram", os.Getenv("NOTIFY_SOCKET"))
	if err == nil {
		for _, text := range os.Args[1:] {
			if _, err = conn.Write([]byte(text)); err != nil {
				break
			}
		}
	}
	if err != nil {
		os.Stderr.WriteString(err.Error())
		os.Exit(1)
	}
	buf := make([]byte, 1)
	os.Stdin.Read(buf)
}

type rig struct {
	*Server
	t    *testing.T
	id   bot.ID
	run  bot.RunID
	pid  atomic.Int64
	got  chan Message
	logs *safeBuffer
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func newRig(t *testing.T, dir string) *rig {
	t.Helper()
	r := &rig{t: t, id: bot.NewID(), run: bot.NewID(), got: make(chan Message, 1000), logs: &safeBuffer{}}
	r.Server = r.server(dir)
	t.Cleanup(func() { r.Shutdown() })
	return r
}

func (r *rig) server(dir string) *Server {
	return New(Options{
		Dir: dir, PID: func(bot.ID, bot.RunID) int { return int(r.pid.Load()) },
		Heard: func(_ context.Context, id bot.ID, run bot.RunID, m Message) {
			if id != r.id || run != r.run {
				r.t.Errorf("heard of %s %s", id, run)
			}
			r.got <- m
		},
		Log: slog.New(slog.NewTextHandler(r.logs, nil)),
	})
}

func (r *rig) open(foreign bool) string {
	r.t.Helper()
	address, err := r.Open(r.id, r.run, foreign)
	if err != nil {
		r.t.Fatal(err)
	}
	return address
}

// say has a process say something; it lives until the test ends or leave is called.
func (r *rig) say(address string, run bot.RunID, texts ...string) (leave func()) {
	r.t.Helper()
	cmd := exec.Command(os.Args[0], texts...)
	cmd.Env = []string{asBot + "=1", "NOTIFY_SOCKET=" + address, "BOTSWAIN_RUN_ID=" + run.String()}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		r.t.Fatal(err)
	}
	cmd.Stderr = r.logs
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	leave = sync.OnceFunc(func() {
		stdin.Close()
		cmd.Wait()
	})
	r.t.Cleanup(leave)
	return leave
}

func (r *rig) next() Message {
	r.t.Helper()
	select {
	case m := <-r.got:
		return m
	case <-time.After(time.Minute):
		r.t.Fatalf("nothing was heard; log:\n%s", r.logs)
		return Message{}
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"READY=1": "ready", "READY=1\nSTATUS=All is well = good\n": "ready status:All is well = good", "READY=0": "", "MAINPID=1": "",
		"WATCHDOG=1": "alive", "WATCHDOG=trigger\nSTOPPING=1": "stopping failing", "STATUS=": "status:", "": "", "\n\nX": "", "WATCHDOG_USEC=1": "",
	} {
		m, ok := parse([]byte(in))
		var got []string
		for word, is := range map[string]bool{"ready": m.Ready, "alive": m.Alive} {
			if is {
				got = append(got, word)
			}
		}
		if m.Stopping {
			got = append(got, "stopping")
		}
		if m.Failing {
			got = append(got, "failing")
		}
		if m.Status != nil {
			got = append(got, "status:"+*m.Status)
		}
		if text := strings.Join(got, " "); text != want || ok != (want != "") {
			t.Errorf("%q: %q %v, want %q", in, text, ok, want)
		}
	}
}

func TestWhatABotSays(t *testing.T) {
	t.Parallel()
	r := newRig(t, t.TempDir())
	address := r.open(false)
	if info, err := os.Stat(address); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	if again := r.open(true); again != address {
		t.Errorf("opened twice: %s, %s", address, again)
	}
	leave := r.say(address, r.run, "READY=1\nSTATUS=Here", "MAINPID=77", "", strings.Repeat("x", maxMessage+1), "WATCHDOG=1", "STOPPING=1")
	if m := r.next(); !m.Ready || m.Status == nil || *m.Status != "Here" {
		t.Errorf("%+v", m)
	}
	if m := r.next(); !m.Alive || m.Ready {
		t.Errorf("%+v", m)
	}
	if m := r.next(); !m.Stopping {
		t.Errorf("%+v", m)
	}
	leave()
	r.Close(r.run)
	r.Close(r.run)
	if _, err := os.Lstat(address); !os.IsNotExist(err) {
		t.Errorf("the socket is left: %v", err)
	}
}

// A process is heard by the run in its environment, or as the main process or its child.
func TestWhoIsHeard(t *testing.T) {
	t.Parallel()
	r := newRig(t, t.TempDir())
	address := r.open(false)
	r.say(address, bot.NewID(), "STATUS=stranger")()
	r.say(address, r.run, "STATUS=tagged")
	if m := r.next(); *m.Status != "tagged" {
		t.Errorf("heard %q", *m.Status)
	}
	if log := r.logs.String(); !strings.Contains(log, "isn't the bot's") {
		t.Errorf("log %q", log)
	}
	r.pid.Store(int64(os.Getpid())) // now the strangers are its children
	r.say(address, bot.NewID(), "STATUS=child")
	if m := r.next(); *m.Status != "child" {
		t.Errorf("heard %q", *m.Status)
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		dir      string
		foreign  bool
		abstract bool
	}{
		"in the folder": {t.TempDir(), false, false},
		"too long":      {filepath.Join(t.TempDir(), strings.Repeat("x", 100)), false, true},
		"other user":    {t.TempDir(), true, true},
	} {
		r := newRig(t, c.dir)
		address := r.open(c.foreign)
		if strings.HasPrefix(address, "@") != c.abstract {
			t.Errorf("%s: %q", name, address)
		}
		r.say(address, r.run, "READY=1")
		if m := r.next(); !m.Ready {
			t.Errorf("%s: %+v", name, m)
		}
		r.Close(r.run)
	}
}

// After a restart of Botswain, also one that was killed, a bot is heard at the same address, and
// what was left of ended runs goes.
func TestBotswainComesBack(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, foreign := range []bool{false, true} {
		r := newRig(t, dir)
		address := r.open(foreign)
		over := bot.NewID()
		if _, err := r.Open(bot.NewID(), over, false); err != nil {
			t.Fatal(err)
		}
		r.Shutdown()
		if _, err := r.Open(r.id, r.run, false); err == nil {
			t.Error("opened after the end")
		}
		left := filepath.Join(dir, over.String()+suffix)
		if _, err := os.Lstat(left); err != nil {
			t.Errorf("the socket of a run that may live is gone: %v", err)
		}
		note := filepath.Join(dir, "note.txt")
		if err := os.WriteFile(note, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		r.Server = r.server(dir)
		if again := r.open(foreign); again != address {
			t.Errorf("%s, then %s", address, again)
		}
		r.Tidy()
		if _, err := os.Lstat(left); !os.IsNotExist(err) {
			t.Errorf("the socket of an ended run is left: %v", err)
		}
		if _, err := os.Lstat(note); err != nil {
			t.Errorf("what isn't ours is gone: %v", err)
		}
		r.say(address, r.run, "WATCHDOG=1")
		if m := r.next(); !m.Alive {
			t.Errorf("%+v", m)
		}
	}
}

// systemd's own client, with the descriptor that it waits for to be closed.
func TestSystemdNotify(t *testing.T) {
	t.Parallel()
	path, err := exec.LookPath("systemd-notify")
	if err != nil {
		t.Log("there is no systemd-notify here; its protocol is tested without it")
		return
	}
	r := newRig(t, t.TempDir())
	cmd := exec.Command(path, "--ready", "--status=Up and running")
	cmd.Env = []string{"NOTIFY_SOCKET=" + r.open(false), "BOTSWAIN_RUN_ID=" + r.run.String()}
	r.pid.Store(int64(os.Getpid())) // it may name its parent as the sender
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if m := r.next(); !m.Ready || m.Status == nil || *m.Status != "Up and running" {
		t.Errorf("%+v", m)
	}
}

func TestPacer(t *testing.T) {
	t.Parallel()
	now := time.Now()
	p := pacer{left: burst, last: now}
	for n := range burst {
		if p.spend(now, 1) != 0 {
			t.Fatalf("message %d waits", n)
		}
	}
	if p.spend(now, 1) != pause {
		t.Error("no pause")
	}
	if now = now.Add(2 * pause); p.spend(now, 1) != 0 {
		t.Error("a pause when there was one")
	}
	if now = now.Add(time.Hour); p.spend(now, burst) != 0 || p.spend(now, 1) != pause {
		t.Error("more than a burst is saved up")
	}
}
