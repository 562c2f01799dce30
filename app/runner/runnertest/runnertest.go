// Package runnertest is the behaviour that every runner.Backend must show, as tests. They start
// real processes (sh, cat, sleep and setsid of any Debian) and wait for conditions, not for time.
package runnertest

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/procfs"
	"github.com/botswain/botswain/app/runner"
)

// Backend is a backend that can be let go of while its bots go on.
type Backend interface {
	runner.Backend
	io.Closer
}

// Factory makes a backend on a data directory; a second one on the same directory must find the
// runs of the first.
type Factory func(t *testing.T, dataDir string) Backend

// patience is how long a condition may take to come true on a loaded machine.
const patience = 30 * time.Second

// Run runs the whole suite.
func Run(t *testing.T, newBackend Factory) {
	RunLimits(t, newBackend)
	run(t, newBackend, append(trees(), group{"start", testStart}, group{"refusal", testRefusal}, group{"run as", testRunAs},
		group{"stdin", testStdin}, group{"usage", testUsage}, group{"watch", testWatch}))
}

// RunTrees runs the part that depends on how trees are kept together.
func RunTrees(t *testing.T, newBackend Factory) { run(t, newBackend, trees()) }

// RunLimits runs the part about limits.
func RunLimits(t *testing.T, newBackend Factory) { run(t, newBackend, []group{{"limits", testLimits}}) }

type group struct {
	name string
	test func(*testing.T, Factory)
}

func trees() []group {
	return []group{{"stop", testStop}, {"tree", testTree}, {"adoption", testAdoption}}
}

func run(t *testing.T, newBackend Factory, groups []group) {
	for _, g := range groups {
		t.Run(g.name, func(t *testing.T) { g.test(t, newBackend) })
	}
}

// Ship is one backend under test with helpers around it. Its bots are killed when the test ends.
type Ship struct {
	T       testing.TB
	Backend Backend
	DataDir string

	told *told
}

// told are the ends that came.
type told struct {
	mu    sync.Mutex
	ended map[bot.RunID]runner.Ended
	twice []bot.RunID
}

// With is the same ship for a subtest, which fails on its own.
func (s *Ship) With(t testing.TB) *Ship {
	with := *s
	with.T = t
	return &with
}

// NewShip makes a backend and watches it.
func NewShip(t *testing.T, newBackend Factory) *Ship {
	dir := t.TempDir()
	return Board(t, newBackend(t, dir), dir)
}

// unwatched is a ship that no end is told to.
func unwatched(t testing.TB, b Backend, dataDir string) *Ship {
	return &Ship{T: t, Backend: b, DataDir: dataDir, told: &told{ended: map[bot.RunID]runner.Ended{}}}
}

// Board watches a backend that exists.
func Board(t testing.TB, b Backend, dataDir string) *Ship {
	s := unwatched(t, b, dataDir)
	ctx, cancel := context.WithCancel(context.Background())
	var watching sync.WaitGroup
	watching.Go(func() {
		for e := range b.Watch(ctx) {
			s.told.mu.Lock()
			if _, again := s.told.ended[e.Run]; again {
				s.told.twice = append(s.told.twice, e.Run)
			}
			s.told.ended[e.Run] = e
			s.told.mu.Unlock()
		}
	})
	t.Cleanup(func() {
		list, _ := b.List(ctx)
		for _, in := range list {
			b.Stop(ctx, in.Run, "SIGKILL", 0)
		}
		for _, in := range list {
			s.End(in.Run)
		}
		cancel()
		watching.Wait()
		b.Close()
		if len(s.told.twice) > 0 {
			t.Errorf("ends told more than once: %v", s.told.twice)
		}
	})
	return s
}

// Env is the environment that Start gives: PATH, the run's id, and more.
func Env(run bot.RunID, more ...string) []string {
	return append([]string{"PATH=/usr/local/bin:/usr/bin:/bin", "BOTSWAIN_RUN_ID=" + run.String()}, more...)
}

// Spec is a start of a command in a new run of a new bot.
func (s *Ship) Spec(command ...string) runner.Start {
	run := bot.NewID()
	return runner.Start{Bot: bot.NewID(), Run: run, Command: command, Dir: s.DataDir, Env: Env(run)}
}

// Start starts a command.
func (s *Ship) Start(command ...string) runner.Instance {
	s.T.Helper()
	return s.Apply(s.Spec(command...))
}

// Sh starts a shell script.
func (s *Ship) Sh(script string) runner.Instance {
	s.T.Helper()
	return s.Start("sh", "-c", script)
}

// Apply starts what must start.
func (s *Ship) Apply(spec runner.Start) runner.Instance {
	s.T.Helper()
	in, err := s.Backend.Apply(s.T.Context(), spec)
	if err != nil {
		s.T.Fatalf("start %q: %v", spec.Command, err)
	}
	return in
}

// Stop stops a run.
func (s *Ship) Stop(run bot.RunID, signal string, grace time.Duration) {
	s.T.Helper()
	if err := s.Backend.Stop(context.Background(), run, signal, grace); err != nil {
		s.T.Errorf("stop: %v", err)
	}
}

// Told says whether the end of a run was told.
func (s *Ship) Told(run bot.RunID) bool {
	s.told.mu.Lock()
	defer s.told.mu.Unlock()
	_, told := s.told.ended[run]
	return told
}

// End waits for the end of a run.
func (s *Ship) End(run bot.RunID) runner.Ended {
	s.T.Helper()
	Eventually(s.T, func() bool { return s.Told(run) }, "the end of run %s", run)
	s.told.mu.Lock()
	defer s.told.mu.Unlock()
	return s.told.ended[run]
}

// Output is what a run has printed so far: "stdout" or "stderr".
func (s *Ship) Output(in runner.Instance, stream string) string {
	s.T.Helper()
	text, err := os.ReadFile(filepath.Join(s.Backend.SpoolDir(in.Bot, in.Run), stream))
	if err != nil {
		s.T.Fatal(err)
	}
	return string(text)
}

// Lines waits until a run has printed n whole lines and returns them.
func (s *Ship) Lines(in runner.Instance, n int) []string {
	s.T.Helper()
	var lines []string
	Eventually(s.T, func() bool {
		lines = strings.Split(s.Output(in, "stdout"), "\n")
		lines = lines[:len(lines)-1]
		return len(lines) >= n
	}, "%d lines of output", n)
	return lines
}

// PIDs waits for n printed process ids.
func (s *Ship) PIDs(in runner.Instance, n int) []procfs.Stat {
	s.T.Helper()
	var all []procfs.Stat
	for _, line := range s.Lines(in, n) {
		var pid int
		if _, err := fmt.Sscan(line, &pid); err != nil {
			s.T.Fatalf("%q is no process id: %v", line, err)
		}
		st, err := procfs.One(pid)
		if err != nil {
			s.T.Fatalf("process %d: %v", pid, err)
		}
		all = append(all, st)
	}
	return all
}

// Alive says whether that process lives: not a zombie, not another one with its number.
func Alive(st procfs.Stat) bool {
	now, err := procfs.One(st.PID)
	return err == nil && now.Start == st.Start && !now.Dead()
}

// Eventually waits for a condition and fails the test when it doesn't come true.
func Eventually(t testing.TB, cond func() bool, what string, args ...any) {
	t.Helper()
	tick := time.NewTicker(3 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); ; <-tick.C {
		if cond() {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("waited in vain for "+what, args...)
		}
	}
}

// wantExit compares how a run ended.
func wantExit(t testing.TB, e runner.Ended, code int, signal string) {
	t.Helper()
	got := -1
	if e.Exit.Code != nil {
		got = *e.Exit.Code
	}
	if got != code || e.Exit.Signal != signal {
		t.Errorf("ended with code %d, signal %q; want %d, %q", got, e.Exit.Signal, code, signal)
	}
	if e.Exit.At.IsZero() {
		t.Error("the end has no time")
	}
}
