package local_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"github.com/botswain/botswain/app/procfs"
	"github.com/botswain/botswain/app/runner"
	"github.com/botswain/botswain/app/runner/local"
	"github.com/botswain/botswain/app/runner/local/cgroup"
	"github.com/botswain/botswain/app/runner/runnertest"
)

// TestOthersChildren: other code of this program starts processes too, some with a session of
// their own; none of their exit codes may be lost to our reaping.
func TestOthersChildren(t *testing.T) {
	s := runnertest.NewShip(t, newBackend)
	stop := make(chan struct{})
	var busy sync.WaitGroup
	busy.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			if _, err := s.Backend.Usage(t.Context()); err != nil {
				t.Error(err)
				return
			}
		}
	})
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for n := range 25 {
				cmd := exec.Command("sh", "-c", fmt.Sprintf("exit %d", n+1))
				cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: i%2 == 0}
				err := cmd.Run()
				if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != n+1 {
					t.Errorf("exit %d came as %v", n+1, err)
				}
			}
		})
		all.Go(func() {
			for range 10 {
				s.End(s.Sh("(setsid true &); exit 0").Run)
			}
		})
	}
	all.Wait()
	close(stop)
	busy.Wait()
}

// TestOrphansAreReaped: daemons of bots come to us when their parents end; they must not stay zombies.
func TestOrphansAreReaped(t *testing.T) {
	s := runnertest.NewShip(t, newBackend)
	spec := s.Spec("sh", "-c", `for i in 1 2 3; do (setsid sh -c 'echo $$; while [ -e gate ]; do sleep 0.01; done' &); done; exec sleep 1000`)
	spec.Dir = t.TempDir()
	gate := filepath.Join(spec.Dir, "gate")
	if err := os.WriteFile(gate, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	daemons := s.PIDs(s.Apply(spec), 3)
	if _, err := s.Backend.Usage(t.Context()); err != nil { // sees them alive
		t.Fatal(err)
	}
	if err := os.Remove(gate); err != nil {
		t.Fatal(err)
	}
	for _, d := range daemons {
		runnertest.Eventually(t, func() bool {
			if _, err := s.Backend.Usage(t.Context()); err != nil {
				t.Fatal(err)
			}
			_, err := procfs.One(d.PID)
			return err == procfs.ErrGone
		}, "daemon %d to be reaped", d.PID)
	}
}

// TestUnseenOrphansAreReaped: a daemon that comes and goes between two looks leaves nothing but a
// zombie. Its cgroup tells of its origin where that is of version 2; elsewhere nothing does, and time must.
func TestUnseenOrphansAreReaped(t *testing.T) {
	for name, x := range map[string]struct {
		cgroups cgroup.Options
		wait    func(*local.Backend)
	}{
		"with cgroup v2":    {cgroup.Options{}, local.ReapNever},
		"without cgroup v2": {cgroup.Options{NoV2: true}, local.ReapAtOnce},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			b, err := local.NewContained(local.Options{DataDir: dir}, x.cgroups)
			if err != nil {
				t.Fatal(err)
			}
			s := runnertest.Board(t, b, dir)
			if c := b.Info(t.Context()).Containment; !x.cgroups.NoV2 && c.Mechanism != runner.CgroupV2 && c.Mechanism != runner.CgroupBoth {
				t.Skip("this machine has no cgroup v2 that may be used: ", c.Reason)
			}
			x.wait(b)
			if _, err := b.List(t.Context()); err != nil { // before, a zombie might be a main process that isn't known yet
				t.Fatal(err)
			}
			in := s.Sh(`(setsid sh -c 'echo $$' &); exec sleep 1000`)
			var pid int
			if _, err := fmt.Sscan(s.Lines(in, 1)[0], &pid); err != nil {
				t.Fatal(err)
			}
			runnertest.Eventually(t, func() bool {
				st, err := procfs.One(pid)
				return err == procfs.ErrGone || st.Dead()
			}, "the end of a daemon")
			runnertest.Eventually(t, func() bool {
				if _, err := b.Usage(t.Context()); err != nil {
					t.Fatal(err)
				}
				_, err := procfs.One(pid)
				return err == procfs.ErrGone
			}, "a zombie to be reaped")
		})
	}
}
