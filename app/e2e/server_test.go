package e2e

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/botswain/botswain/db/dbtest"
)

const (
	adminName     = "captain"
	adminPassword = "correct-horse-battery-staple"
)

// server is one installation: a data directory and a database, and the process that serves it now.
type server struct {
	t   *testing.T
	dir string // data directory
	env []string
	// program is the file that is executed; "": the one that all tests share.
	program string
	// as is the user that it runs as; nil: the one that runs the tests.
	as   *syscall.Credential
	cmd  *exec.Cmd
	done chan struct{}
	out  *output // everything all processes of this installation printed

	url   string
	token string
	bots  []string // ids of all that were created
}

// setting is one NAME=value of the environment that a test adds.
type setting = string

// install makes an installation with a database of its own and the first administrator, and starts it.
func install(t *testing.T, more ...setting) *server {
	t.Helper()
	s := newInstallation(t, append([]setting{
		"DATABASE_URL=" + dbtest.NewURL(t),
		"BOTSWAIN_ADMIN_USERNAME=" + adminName,
		"BOTSWAIN_ADMIN_PASSWORD=" + adminPassword,
	}, more...)...)
	s.start()
	return s
}

// newInstallation makes a data directory and the environment, and starts nothing.
func newInstallation(t *testing.T, env ...setting) *server {
	t.Helper()
	// Not t.TempDir: its path is long, and a private Postgres has its socket inside.
	dir, err := os.MkdirTemp("", "bw")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, dir: dir, out: &output{}}
	s.env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir,
		"BOTSWAIN_DATA_DIR=" + dir, "BOTSWAIN_ADDR=127.0.0.1:0",
	}, env...)
	t.Cleanup(func() {
		s.stop()
		s.sweep()
		if t.Failed() {
			t.Logf("what Botswain printed:\n%s", tail(s.out.String(), 8000))
		}
		os.RemoveAll(dir)
	})
	return s
}

var listening = regexp.MustCompile(`listening on (http://\S+)`)

// start runs `botswain serve` and waits until it says where it listens.
func (s *server) start() {
	s.t.Helper()
	cmd := exec.Command(cmp.Or(s.program, built.botswain), "serve")
	cmd.Env = s.env
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as}
	cmd.Stderr = s.out
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.cmd, s.done = cmd, make(chan struct{})
	found := make(chan string, 1)
	go func() {
		sc := bufio.NewScanner(io.TeeReader(stdout, s.out))
		for sc.Scan() {
			if m := listening.FindStringSubmatch(sc.Text()); m != nil {
				select {
				case found <- m[1]:
				default: // once more, after an upgrade in place
				}
			}
		}
		cmd.Wait()
		close(s.done)
	}()
	select {
	case s.url = <-found:
	case <-s.done:
		s.t.Fatalf("botswain ended before it listened:\n%s", s.out.String())
	case <-time.After(60 * time.Second):
		s.t.Fatalf("botswain did not say where it listens:\n%s", s.out.String())
	}
}

// kill9 ends Botswain as a crash would, and waits until it is gone.
func (s *server) kill9() {
	s.t.Helper()
	s.cmd.Process.Kill()
	<-s.done
}

// stop asks Botswain to end and says how long it took.
func (s *server) stop() time.Duration {
	if s.cmd == nil {
		return 0
	}
	began := time.Now()
	s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.done:
	case <-time.After(60 * time.Second):
		s.cmd.Process.Signal(syscall.SIGQUIT) // its goroutines belong into the report
		<-s.done
		s.t.Errorf("botswain did not end within 60 s of SIGTERM")
	}
	s.cmd = nil
	return time.Since(began)
}

// sweep kills bots that a failed test has left behind; after a test that passed there are none.
func (s *server) sweep() {
	for _, id := range s.bots {
		for _, pid := range processesWith("BOT_ID=" + id) {
			syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

// cli runs a subcommand against this installation and gives what it printed on stdout.
func (s *server) cli(args ...string) string {
	s.t.Helper()
	cmd := exec.Command(cmp.Or(s.program, built.botswain), args...)
	cmd.Env = s.env
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as}
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		s.t.Fatalf("botswain %s: %v\n%s", strings.Join(args, " "), err, errs.String())
	}
	return strings.TrimSpace(out.String())
}

// output collects what a process prints; it may be read at any time.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// eventually polls until ok answers true; what says what was waited for.
func eventually(t *testing.T, limit time.Duration, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-ctx.Done():
			t.Fatalf("not within %s: %s", limit, what)
		case <-tick.C:
		}
	}
}

// alive says whether the process exists and is no zombie.
func alive(pid int) bool {
	b, err := os.ReadFile("/proc/" + itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	rest := b[bytes.LastIndexByte(b, ')')+1:]
	return len(rest) > 1 && rest[1] != 'Z'
}

// processesWith lists the pids whose environment holds want, zombies left out.
func processesWith(want string) []int {
	var pids []int
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		pid := atoiOr(e.Name(), 0)
		if pid == 0 {
			continue
		}
		env, err := os.ReadFile("/proc/" + e.Name() + "/environ")
		if err == nil && bytes.Contains(append([]byte{0}, env...), []byte("\x00"+want)) && alive(pid) {
			pids = append(pids, pid)
		}
	}
	return pids
}

func tail(s string, n int) string {
	if len(s) > n {
		return "…" + s[len(s)-n:]
	}
	return s
}

// noRedirect is a client that shows a redirect instead of following it.
func noRedirect() *http.Client {
	return &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

var codePattern = regexp.MustCompile(`[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}`)

// setupCode is the one-time code that the terminal shows.
func (s *server) setupCode() string {
	s.t.Helper()
	code := ""
	eventually(s.t, 10*time.Second, "a set-up code", func() bool {
		code = codePattern.FindString(s.out.String())
		return code != ""
	})
	return code
}
