package faults

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sys/unix"

	"github.com/botswain/botswain/app/e2e/faults/wreck"
	"github.com/botswain/botswain/db/pgserver"
)

const (
	adminName     = "captain"
	adminPassword = "correct-horse-battery-staple"
	// dataSize is the size of the data directory's own file system, when it can have one.
	dataSize = "96m"
)

// ship is one installation with all that belongs to it: data directory, database, processes.
type ship struct {
	t    *testing.T
	mark string
	dir  string // holds data (Botswain's own), pg, ledgers, and the logs
	env  []string
	// small says that the data directory is a small file system, which can be filled.
	small bool
	clock wreck.Clock // as it was at the launch

	pg    *pgserver.Server // nil while the database is stopped
	db    *pgxpool.Pool
	token string

	cmd    *exec.Cmd // the present Botswain; nil: none was started
	gone   chan struct{}
	paused bool
	lands  int // how often it was started
}

// launch makes the installation; everything of it goes when the test ends, and also when the test
// is killed.
func launch(t *testing.T) *ship {
	t.Helper()
	dir, err := os.MkdirTemp("", "bwf") // short: the database's socket is inside
	if err != nil {
		t.Fatal(err)
	}
	s := &ship{t: t, mark: rand.Text(), dir: dir}
	for _, sub := range []string{s.data(), s.ledgers()} {
		if err := os.Mkdir(sub, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	// Root's database runs as another user, who must be able to walk to it.
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	s.hireJanitor()
	s.small = os.Geteuid() == 0 && unix.Mount("faults", s.data(), "tmpfs", 0, "mode=0700,size="+dataSize) == nil
	if !s.small {
		t.Log("no small file system can be had here (not root): the disk is never full")
	}
	if s.pg, err = pgserver.Start(t.Context(), s.cluster()); err != nil {
		t.Fatal(err)
	}
	if s.db, err = pgxpool.New(t.Context(), s.pg.URL()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.db.Close)
	s.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, wreck.Mark + "=" + s.mark,
		"BOTSWAIN_DATA_DIR=" + s.data(), "BOTSWAIN_ADDR=127.0.0.1:0", "DATABASE_URL=" + s.pg.URL(),
		"BOTSWAIN_ADMIN_USERNAME=" + adminName, "BOTSWAIN_ADMIN_PASSWORD=" + adminPassword,
		"GORACE=halt_on_error=1",
	}
	s.start()
	s.await("Botswain listens", time.Minute, func() error { return s.listening() })
	s.token = s.newToken()
	return s
}

// hireJanitor has another process clear up if this one can't.
func (s *ship) hireJanitor() {
	args := append([]string{"janitor", "mark=" + s.mark, "dir=" + s.dir, "programs=" + filepath.Dir(built.bot)}, s.takeClock()...)
	cmd := exec.Command(built.bot, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	in, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		if s.t.Failed() {
			s.t.Logf("the end of Botswain's log:\n%s", s.logTail(12000))
		}
		wreck.Clear(s.mark, s.dir)
		if s.cmd != nil {
			<-s.gone
		}
		if s.pg != nil {
			s.pg.Close()
		}
		io.WriteString(in, ".")
		in.Close()
		cmd.Wait()
	})
}

func (s *ship) data() string    { return filepath.Join(s.dir, "data") }
func (s *ship) spool() string   { return filepath.Join(s.dir, "data", "spool") }
func (s *ship) ledgers() string { return filepath.Join(s.dir, "ledgers") }

// cluster never waits for the disk: processes are killed here, not the machine.
func (s *ship) cluster() pgserver.Options {
	return pgserver.Options{Dir: filepath.Join(s.dir, "pg"), Database: "botswain", Settings: map[string]string{
		"fsync": "off", "full_page_writes": "off", "max_connections": "60", "shared_buffers": "64MB", "timezone": "UTC",
	}}
}

// start runs Botswain and doesn't wait for it. more is added to its environment.
func (s *ship) start(more ...string) {
	log, err := os.OpenFile(filepath.Join(s.dir, "botswain.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	defer log.Close()
	out, err := os.Create(filepath.Join(s.dir, "stdout"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer out.Close()
	s.lands++
	fmt.Fprintf(log, "-- start %d of Botswain\n", s.lands)
	cmd := exec.Command(built.botswain, "serve")
	cmd.Env, cmd.Stdout, cmd.Stderr = append(append([]string{}, s.env...), more...), out, log
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	gone := make(chan struct{})
	s.cmd, s.gone, s.paused = cmd, gone, false
	go func() {
		cmd.Wait()
		close(gone)
	}()
}

// running says whether Botswain's process exists.
func (s *ship) running() bool {
	select {
	case <-s.gone:
		return false
	default:
		return true
	}
}

// signal sends a signal to Botswain, which is there.
func (s *ship) signal(sig syscall.Signal) {
	switch sig {
	case syscall.SIGSTOP:
		s.paused = true
	case syscall.SIGCONT:
		s.paused = false
	}
	s.cmd.Process.Signal(sig)
}

// awaitEnd waits until Botswain has ended by itself.
func (s *ship) awaitEnd(limit time.Duration) error {
	t := time.NewTimer(limit)
	defer t.Stop()
	select {
	case <-s.gone:
		return nil
	case <-t.C:
		s.cmd.Process.Signal(syscall.SIGQUIT) // its goroutines belong into the report
		<-s.gone
		return fmt.Errorf("Botswain didn't end within %s", limit)
	}
}

var listening = regexp.MustCompile(`listening on (http://\S+)`)

// url is where Botswain said that it listens; empty: it hasn't.
func (s *ship) url() string {
	out, _ := os.ReadFile(filepath.Join(s.dir, "stdout"))
	all := listening.FindAllSubmatch(out, -1)
	if len(all) == 0 {
		return ""
	}
	return string(all[len(all)-1][1])
}

func (s *ship) listening() error {
	switch {
	case !s.running():
		return stop(fmt.Errorf("Botswain has ended: %v", s.cmd.ProcessState))
	case s.url() == "":
		return fmt.Errorf("Botswain doesn't say where it listens")
	}
	return nil
}

func (s *ship) newToken() string {
	s.t.Helper()
	cmd := exec.Command(built.botswain, "token", "create", "--user", adminName, "--name", "faults")
	cmd.Env = s.env
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		s.t.Fatalf("token: %v\n%s", err, errs.String())
	}
	return strings.TrimSpace(string(out))
}

func (s *ship) logTail(n int) string {
	all, _ := os.ReadFile(filepath.Join(s.dir, "botswain.log"))
	var b []byte
	for line := range bytes.Lines(all) {
		if !bytes.Contains(line, []byte("msg=request")) {
			b = append(b, line...)
		}
	}
	if len(b) > n {
		b = append([]byte("…"), b[len(b)-n:]...)
	}
	return string(b)
}

// certain is an error that waiting can't mend.
type certain struct{ error }

func stop(err error) error { return certain{err} }

// await polls until check is content, and fails the test when it isn't within the limit, or never can be.
func (s *ship) await(what string, limit time.Duration, check func() error) {
	s.t.Helper()
	if err := poll(s.t.Context(), limit, check); err != nil {
		s.t.Fatalf("%s: %v", what, err)
	}
}

func poll(ctx context.Context, limit time.Duration, check func() error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		err := check()
		if err == nil {
			return nil
		}
		if c, ok := err.(certain); ok {
			return c.error
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not within %s: %w", limit, err)
		case <-tick.C:
		}
	}
}
