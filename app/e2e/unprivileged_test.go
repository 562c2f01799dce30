package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// nobody is a user that owns nothing and need not be in /etc/passwd.
const nobody = 65534

// TestUnprivilegedUser: Botswain, its private Postgres and its bots as a user that isn't root, which
// can have no cgroups and can't change users: started, killed, adopted, stopped with all of a tree.
func TestUnprivilegedUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can become another user; the other tests run as this one")
	}
	t.Parallel()
	s := newInstallation(t, "BOTSWAIN_ADMIN_USERNAME="+adminName, "BOTSWAIN_ADMIN_PASSWORD="+adminPassword)
	s.as = &syscall.Credential{Uid: nobody, Gid: nobody}
	if err := os.Chown(s.dir, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	bin, err := os.MkdirTemp("", "bw") // t.TempDir's parents are root's alone
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(bin) })
	if err := os.Chmod(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	s.program = filepath.Join(bin, "botswain")
	talker := filepath.Join(bin, "testbot")
	place(t, built.botswain, s.program)
	place(t, built.testbot, talker)
	s.start()
	owner := func(what string, pid int) {
		t.Helper()
		if info, err := os.Stat(fmt.Sprintf("/proc/%d", pid)); err != nil || info.Sys().(*syscall.Stat_t).Uid != nobody {
			t.Errorf("%s (pid %d) runs as another user: %v", what, pid, err)
		}
	}
	postgres := s.postmaster()
	owner("Botswain", s.cmd.Process.Pid)
	owner("Postgres", postgres)

	quick := fields{"start_seconds": 0, "dir": bin, "restart": fields{"initial_delay": "100ms"}, "stop": fields{"timeout": "500ms"}}
	quick["command"] = []string{talker, "tick", "2ms"}
	steady := s.create("steady", quick)
	quick["command"] = []string{"/bin/sh", "-c", "trap '' TERM; (setsid sh -c 'trap \"\" TERM; echo daemon $$; while :; do sleep 0.1; done' &); while :; do sleep 0.1; done"}
	tree := s.create("tree", quick)
	quick["run_as"] = "root"
	refused := s.create("as root", quick)
	s.do(steady.ID, "start")
	s.do(tree.ID, "start")
	pid := s.waitStatus(steady.ID, "running", 20*time.Second).PID
	owner("a bot", pid)
	eventually(t, 20*time.Second, "a daemon", func() bool { return s.hasLine(tree.ID, "daemon ") })
	s.do(refused.ID, "start")
	if b := s.waitStatus(refused.ID, "crashed", 20*time.Second); b.LastExit == nil || !strings.Contains(b.LastExit.Reason, "Only when Botswain runs as root") {
		t.Errorf("a bot that is to run as root: %+v", b.LastExit)
	}

	s.kill9()
	if !alive(pid) || !alive(postgres) {
		t.Fatal("the bot or Postgres died with Botswain")
	}
	s.start()
	if got := s.waitStatus(steady.ID, "running", 20*time.Second).PID; got != pid {
		t.Errorf("the bot has pid %d, had %d", got, pid)
	}
	syscall.Kill(pid, syscall.SIGKILL)
	eventually(t, 20*time.Second, "another run", func() bool { b := s.bot(steady.ID); return b.Status == "running" && b.PID != pid })
	for _, b := range []botJSON{steady, tree} {
		s.do(b.ID, "stop")
		s.waitStatus(b.ID, "stopped", 20*time.Second)
		if left := processesWith("BOT_ID=" + b.ID); len(left) > 0 {
			t.Errorf("%d processes of %s are left", len(left), b.Name)
		}
		checkSeqs(t, s.lines(b.ID, 0))
	}
	s.stop()
	if alive(postgres) {
		t.Error("the private Postgres outlived a normal stop")
	}
}
