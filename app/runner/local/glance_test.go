package local_test

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"

	"github.com/botswain/botswain/app/procfs"
	"github.com/botswain/botswain/app/runner"
	"github.com/botswain/botswain/app/runner/local"
	"github.com/botswain/botswain/app/runner/local/cgroup"
	"github.com/botswain/botswain/app/runner/runnertest"
)

// glanced is a bot of which a glance can tell, on a machine with cgroup v2: its main process, a child,
// and a daemon that has left session, parents and environment behind.
type glanced struct {
	*runnertest.Ship
	t    *testing.T
	b    *local.Backend
	in   runner.Instance
	all  []int
	cage string // the directory of its cgroup
}

func newGlanced(t *testing.T) *glanced {
	t.Helper()
	dir := t.TempDir()
	b, err := local.New(local.Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	g := &glanced{Ship: runnertest.Board(t, b, dir), t: t, b: b}
	if c := b.Info(t.Context()).Containment; c.Mechanism != runner.CgroupV2 && c.Mechanism != runner.CgroupBoth {
		t.Skip("this machine has no cgroup v2 that may be used: ", c.Reason)
	}
	g.in = g.Sh("sleep 1000 & echo $!; (env -i setsid sh -c 'echo $$; exec sleep 1000' &); exec sleep 1000")
	g.all = []int{g.in.PID}
	for _, p := range g.PIDs(g.in, 2) {
		g.all = append(g.all, p.PID)
	}
	slices.Sort(g.all)
	g.cage = caged(t, g.Ship, g.in)[0]
	return g
}

// want compares a glance with the pids that it must tell.
func (g *glanced) want(pids []int) {
	g.t.Helper()
	runnertest.Eventually(g.t, func() bool {
		got, known := local.Glance(g.b, g.in.Run)
		return known && slices.Equal(got, pids)
	}, "a glance that tells %v", pids)
}

// move puts a process into another cgroup.
func (g *glanced) move(pid int, dir string) {
	g.t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte(strconv.Itoa(pid)), 0); err != nil {
		g.t.Fatal(err)
	}
}

// outside is a cgroup that isn't the bot's.
func (g *glanced) outside() string {
	g.t.Helper()
	dir := filepath.Join(filepath.Dir(filepath.Dir(g.cage)), "outside-"+g.in.Run.String())
	if err := os.Mkdir(dir, 0o755); err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() {
		runnertest.Eventually(g.t, func() bool { return syscall.Rmdir(dir) == nil }, "%s to be empty", dir)
	})
	return dir
}

func (g *glanced) others() []int {
	return slices.DeleteFunc(slices.Clone(g.all), func(pid int) bool { return pid == g.in.PID })
}

func TestGlance(t *testing.T) {
	g := newGlanced(t)
	g.want(g.all)
	below := filepath.Join(g.cage, "below", "deeper") // a bot may make cgroups of its own
	if err := os.MkdirAll(below, 0o755); err != nil {
		t.Fatal(err)
	}
	g.move(g.others()[0], below)
	g.want(g.all)
	// What has ended, be it a zombie still, is no part of the tree.
	dead := g.others()[1]
	syscall.Kill(dead, syscall.SIGKILL)
	g.want(slices.DeleteFunc(slices.Clone(g.all), func(pid int) bool { return pid == dead }))
	g.Stop(g.in.Run, "SIGTERM", 0)
	g.End(g.in.Run)
	for _, pid := range g.all {
		if st, err := procfs.One(pid); err == nil && !st.Dead() {
			t.Errorf("process %d outlived the stop", pid)
		}
	}
}

// TestGlanceAfterAMove: who was moved out of the cgroup is told if a look has seen it before.
func TestGlanceAfterAMove(t *testing.T) {
	g := newGlanced(t)
	if err := local.Look(g.b); err != nil {
		t.Fatal(err)
	}
	outside := g.outside()
	g.move(g.others()[1], outside)
	g.want(g.all)
	// With the main process its children to come are elsewhere too: only a look can tell.
	g.move(g.in.PID, outside)
	if got, known := local.Glance(g.b, g.in.Run); known {
		t.Errorf("a main process outside of its cgroup: a glance says %v", got)
	}
	g.Stop(g.in.Run, "SIGTERM", 0)
	g.End(g.in.Run)
	for _, pid := range g.all {
		if st, err := procfs.One(pid); err == nil && !st.Dead() {
			t.Errorf("process %d outlived the stop", pid)
		}
	}
}

// TestNoGlance: where runs were adopted, or have no cgroup, only a look at all processes can tell.
func TestNoGlance(t *testing.T) {
	dir := t.TempDir()
	first := newBackend(t, dir).(*local.Backend)
	s := runnertest.Board(t, first, dir)
	adopted := s.Sh("exec sleep 1000")
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := newBackend(t, dir).(*local.Backend)
	heir := runnertest.Board(t, second, dir)
	if all := list(t, heir); len(all) != 1 {
		t.Fatalf("found %+v", all)
	}
	if got, known := local.Glance(second, adopted.Run); known {
		t.Errorf("of an adopted run a glance says %v", got)
	}
	dir = t.TempDir()
	without, err := local.NewContained(local.Options{DataDir: dir}, cgroup.Options{Off: true})
	if err != nil {
		t.Fatal(err)
	}
	in := runnertest.Board(t, without, dir).Sh("exec sleep 1000")
	if got, known := local.Glance(without, in.Run); known {
		t.Errorf("of a run without a cgroup a glance says %v", got)
	}
}
