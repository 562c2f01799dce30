package local_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/botswain/botswain/app/procfs"
	"github.com/botswain/botswain/app/runner"
	"github.com/botswain/botswain/app/runner/local"
	"github.com/botswain/botswain/app/runner/local/cgroup"
	"github.com/botswain/botswain/app/runner/runnertest"
)

// caged gives the directories of a run's cgroup, by the run's record.
func caged(t *testing.T, s *runnertest.Ship, in runner.Instance) []string {
	t.Helper()
	c := s.Backend.Info(t.Context()).Containment
	if c.Mechanism == runner.Sessions {
		t.Skipf("there are no cgroups to be used here: %s", c.Reason)
	}
	text, err := os.ReadFile(filepath.Join(s.Backend.SpoolDir(in.Bot, in.Run), "run.json"))
	if err != nil {
		t.Fatal(err)
	}
	var dirs []string
	for _, part := range strings.Split(string(text), "\"") {
		if filepath.Base(part) == in.Run.String() && filepath.IsAbs(part) {
			dirs = append(dirs, part)
		}
	}
	if len(dirs) == 0 {
		t.Fatalf("no cgroup in the record %s", text)
	}
	return dirs
}

// TestNotHeld: where a process can't be held at its exec, what it has started before its limits were
// set gets them too.
func TestNotHeld(t *testing.T) {
	for name, o := range map[string]cgroup.Options{"cgroup v2": {}, "without": {NoV2: true}} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			b, err := local.NewContained(local.Options{DataDir: dir}, o)
			if err != nil {
				t.Fatal(err)
			}
			local.NeverHold(b)
			s := runnertest.Board(t, b, dir)
			for range 10 {
				spec := s.Spec("sh", "-c", "for i in 1 2 3 4 5; do sleep 1000 & echo $!; done; exec sleep 1000")
				spec.Limits.Processes, spec.Limits.OpenFiles = 50, 99
				in := s.Apply(spec)
				for _, p := range s.PIDs(in, 5) {
					limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", p.PID))
					if err != nil {
						t.Fatal(err)
					}
					if !strings.Contains(strings.Join(strings.Fields(string(limits)), " "), "Max open files 99 99") {
						t.Error("a child's open files aren't limited")
					}
					groups, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", p.PID))
					if err != nil {
						t.Fatal(err)
					}
					want := len(caged(t, s, in))
					if n := strings.Count(string(groups), "/"+in.Run.String()+"\n"); n != want {
						t.Errorf("a child is in %d cgroups of the run, want %d:\n%s", n, want, groups)
					}
				}
			}
		})
	}
}

// TestCagesGo: a run leaves no cgroup, and the empty ones of a Botswain that was killed go at the next start.
func TestCagesGo(t *testing.T) {
	dir := t.TempDir()
	b := newBackend(t, dir)
	s := runnertest.Board(t, b, dir)
	spec := s.Spec("sleep", "1000")
	spec.Limits.MemoryMax, spec.Limits.CPUMax, spec.Limits.Processes = 64<<20, 0.5, 10
	in := s.Apply(spec)
	dirs := caged(t, s, in)
	old := make([]string, len(dirs))
	for i, d := range dirs {
		if _, err := os.Stat(d); err != nil {
			t.Error(err)
		}
		old[i] = filepath.Join(filepath.Dir(d), "0197f3a0-0000-7000-8000-000000000001")
		if err := os.MkdirAll(filepath.Join(old[i], "below"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	s.Stop(in.Run, "SIGKILL", 0)
	s.End(in.Run)
	next := newBackend(t, dir)
	defer next.Close()
	for _, d := range append(dirs, old...) {
		if _, err := os.Stat(d); !os.IsNotExist(err) {
			t.Errorf("%s is still there: %v", d, err)
		}
	}
}

// TestAdoptCage: the next Botswain finds the cgroup again, and with it what tells of its run by nothing else.
func TestAdoptCage(t *testing.T) {
	for name, change := range map[string]map[string]any{
		"by its record":              {},
		"at its usual place":         {"cgroups": nil},
		"the run is said to be over": {"ended_at": "2026-01-02T03:04:05Z"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			first := newBackend(t, dir)
			s := runnertest.Board(t, first, dir)
			in := s.Sh(`(env -i setsid sh -c 'trap "" TERM; sleep 1000 & echo $$; wait' &); exec env -i sleep 1000`)
			folder := s.Backend.SpoolDir(in.Bot, in.Run)
			caged(t, s, in)
			tree := s.PIDs(in, 1)
			if err := first.Close(); err != nil {
				t.Fatal(err)
			}
			editRecord(t, folder, change)
			s = runnertest.Board(t, newBackend(t, dir), dir)
			all := list(t, s)
			if change["ended_at"] == nil {
				if len(all) != 1 {
					t.Fatalf("found %+v", all)
				}
				s.Stop(in.Run, "SIGTERM", time.Hour)
				runnertest.Eventually(t, func() bool {
					return !runnertest.Alive(procfs.Stat{PID: in.PID, Start: in.StartTicks})
				}, "the end of the main process")
				s.Stop(in.Run, "SIGKILL", 0)
				if e := s.End(in.Run); e.Exit.Killed != 2 {
					t.Errorf("%d were killed, want the 2 of the daemon", e.Exit.Killed)
				}
			} else if len(all) != 0 {
				t.Errorf("found %+v", all)
			}
			for _, p := range append(tree, procfs.Stat{PID: in.PID, Start: in.StartTicks}) {
				if runnertest.Alive(p) {
					t.Errorf("process %d still lives", p.PID)
				}
			}
		})
	}
}
