package e2e

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestDataDirectoryIsReadOnlyForAWhile: bots go on and their lines come; one that dies can't be started
// and says why, so does every page, and an upgrade that would end Botswain isn't done. Afterwards all is
// as it was, and nothing is left behind.
func TestDataDirectoryIsReadOnlyForAWhile(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can mount something")
	}
	t.Parallel()
	s := install(t)
	quick := fields{"start_seconds": 0, "restart": fields{"initial_delay": "100ms", "max_delay": "500ms"}}
	steady, mortal := s.create("steady", quick, "tick", "5ms"), s.create("mortal", quick, "tick", "5ms")
	s.do(steady.ID, "start")
	s.do(mortal.ID, "start")
	pid := s.waitStatus(steady.ID, "running", 10*time.Second).PID
	doomed := s.waitStatus(mortal.ID, "running", 10*time.Second).PID
	client := s.login()
	banner := func() bool {
		res, err := client.Get(s.url + "/")
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, _ := io.ReadAll(res.Body)
		return strings.Contains(string(b), "The data directory can&#39;t be written to")
	}

	open := s.lock()
	syscall.Kill(doomed, syscall.SIGKILL)
	eventually(t, 20*time.Second, "the reason why the bot that died is down", func() bool {
		b := s.bot(mortal.ID)
		return b.Status == "waiting" && b.LastExit != nil && strings.Contains(b.LastExit.Reason, "the data directory is read-only")
	})
	eventually(t, 30*time.Second, "a page that says what is wrong", banner)
	lines := len(s.lines(steady.ID, 0))
	eventually(t, 20*time.Second, "more lines", func() bool { return len(s.lines(steady.ID, 0)) > lines+100 })
	s.cmd.Process.Signal(syscall.SIGUSR2)
	eventually(t, 20*time.Second, "an upgrade to be refused", func() bool { return strings.Contains(s.out.String(), "no upgrade:") })
	if got := status(t, http.DefaultClient, s.url+"/readyz"); got != http.StatusOK {
		t.Errorf("readyz answers %d", got)
	}

	open()
	s.waitStatus(mortal.ID, "running", 20*time.Second)
	eventually(t, 30*time.Second, "pages that show nothing wrong", func() bool { return !banner() })
	eventually(t, 30*time.Second, "the ended run's folder to go", func() bool {
		folders, _ := filepath.Glob(filepath.Join(s.dir, "spool", "*", "*", "stdout"))
		return len(folders) == 2
	})
	if got := s.bot(steady.ID); got.PID != pid {
		t.Errorf("the bot that went on has pid %d, had %d", got.PID, pid)
	}
	for _, b := range []botJSON{steady, mortal} {
		s.do(b.ID, "stop")
		s.waitStatus(b.ID, "stopped", 15*time.Second)
		checkSeqs(t, s.lines(b.ID, 0))
	}
	checkTicks(t, s, steady)
}

// lock makes the data directory read-only for whoever opens something there, until open is called. The
// file system itself can't become that while a bot has its output open for writing.
func (s *server) lock() (open func()) {
	s.t.Helper()
	if err := unix.Mount(s.dir, s.dir, "", unix.MS_BIND, ""); err != nil {
		s.t.Skip("nothing can be mounted here: ", err)
	}
	locked := true
	open = func() {
		if locked {
			locked = false
			if err := unix.Unmount(s.dir, unix.MNT_DETACH); err != nil {
				s.t.Error(err)
			}
		}
	}
	s.t.Cleanup(open)
	if err := unix.Mount("", s.dir, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		s.t.Fatal(err)
	}
	return open
}
