package runnertest

import (
	"path/filepath"
	"testing"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/procfs"
	"github.com/botswain/botswain/app/runner"
)

func state(pid int) byte {
	st, _ := procfs.One(pid)
	return st.State
}

// testTree: nothing of a bot's tree survives its end, and the end isn't told before.
func testTree(t *testing.T, newBackend Factory) {
	s := NewShip(t, newBackend)
	for name, x := range map[string]struct {
		script string
		pids   int
	}{
		"children":                {`sleep 1000 & echo $!; sleep 1000 & echo $!`, 2},
		"grandchildren":           {`sh -c 'sleep 1000 & echo $!; wait' & echo $!`, 2},
		"double fork":             {`(sleep 1000 & echo $!)`, 1},
		"double fork and setsid":  {`(setsid sh -c 'echo $$; exec sleep 1000' &)`, 1},
		"a daemon with children":  {`(setsid sh -c 'echo $$; sleep 1000 & echo $!; wait' &)`, 2},
		"a stubborn daemon":       {`(setsid sh -c "trap '' TERM INT HUP; echo \$\$; exec sleep 1000" &)`, 1},
		"a daemon with no output": {`(setsid sh -c 'echo $$; exec sleep 1000 >/dev/null 2>&1 </dev/null' &)`, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Run("killed when the main process ends", func(t *testing.T) {
				s := s.With(t)
				in := s.Sh(x.script + `; read go; exit 6`)
				tree := s.PIDs(in, x.pids)
				if err := s.Backend.Attach(t.Context(), in.Run, "go"); err != nil {
					t.Fatal(err)
				}
				e := s.End(in.Run)
				wantExit(t, e, 6, "")
				if e.Exit.Leftovers != x.pids {
					t.Errorf("%d leftovers, want %d", e.Exit.Leftovers, x.pids)
				}
				wantGone(t, tree)
			})
			t.Run("signalled and killed by a stop", func(t *testing.T) {
				s := s.With(t)
				in := s.Sh(x.script + `; exec sleep 1000`)
				tree := s.PIDs(in, x.pids)
				s.Stop(in.Run, "SIGTERM", 0)
				s.End(in.Run)
				wantGone(t, tree)
			})
		})
	}

	t.Run("a daemon gets the stop signal and its time", func(t *testing.T) {
		s := s.With(t)
		in := s.Sh(`(setsid sh -c 'trap "echo daemon done; exit" TERM; echo $$; while :; do sleep 0.02; done' &); exec sleep 1000`)
		tree := s.PIDs(in, 1)
		s.Stop(in.Run, "SIGTERM", forever)
		e := s.End(in.Run)
		wantExit(t, e, -1, "SIGTERM")
		if got := s.Lines(in, 2)[1]; got != "daemon done" {
			t.Errorf("the daemon said %q", got)
		}
		if e.Exit.Leftovers != 0 {
			t.Errorf("%d leftovers", e.Exit.Leftovers)
		}
		wantGone(t, tree)
	})

	t.Run("a daemon that hides its origin is known once seen", func(t *testing.T) {
		s := s.With(t)
		in := s.Sh(`env -i setsid sh -c 'echo $$; exec sleep 1000' & read go`)
		tree := s.PIDs(in, 1)
		if _, err := s.Backend.Usage(t.Context()); err != nil { // sees it while its parent lives
			t.Fatal(err)
		}
		if err := s.Backend.Attach(t.Context(), in.Run, "go"); err != nil {
			t.Fatal(err)
		}
		s.End(in.Run)
		wantGone(t, tree)
	})

	t.Run("a daemon that nothing but its cgroup tells of", func(t *testing.T) {
		if c := s.Backend.Info(t.Context()).Containment; c.Mechanism == runner.Sessions {
			t.Skipf("only a cgroup can tell, and there is none here: %s", c.Reason)
		}
		// Nobody looks while its parents live. It tells its number when both of it are deaf to SIGTERM.
		const daemon = `(env -i setsid sh -c 'trap "" TERM; sleep 1000 & echo $$; wait' &); `
		t.Run("after the main process", func(t *testing.T) {
			s := s.With(t)
			in := s.Sh(daemon + `read go`)
			tree := s.PIDs(in, 1)
			if err := s.Backend.Attach(t.Context(), in.Run, "go"); err != nil {
				t.Fatal(err)
			}
			if e := s.End(in.Run); e.Exit.Leftovers != 2 {
				t.Errorf("%d leftovers, want 2", e.Exit.Leftovers)
			}
			wantGone(t, tree)
		})
		t.Run("at a stop", func(t *testing.T) {
			s := s.With(t)
			in := s.Sh(daemon + `exec sleep 1000`)
			tree := s.PIDs(in, 1)
			s.Stop(in.Run, "SIGTERM", forever)
			Eventually(t, func() bool { st := state(in.PID); return st == 0 || st == 'Z' }, "the end of the main process")
			s.Stop(in.Run, "SIGKILL", 0)
			if e := s.End(in.Run); e.Exit.Killed != 2 {
				t.Errorf("%d were killed, want 2", e.Exit.Killed)
			}
			wantGone(t, tree)
		})
	})

	t.Run("a daemon that never stays", func(t *testing.T) {
		s := s.With(t)
		// Each copy starts the next in a new session and ends.
		spec := s.Spec("sh", "-c", `sh ./restless; exec sleep 1000`)
		spec.Dir = t.TempDir()
		script(t, filepath.Join(spec.Dir, "restless"), "echo $$\nsleep 0.02\nsetsid sh ./restless &\n", 0o600)
		in := s.Apply(spec)
		s.Lines(in, 5)
		s.Stop(in.Run, "SIGTERM", 0)
		s.End(in.Run)
		if left := tagged(t, in.Run); len(left) > 0 {
			t.Errorf("the processes %v are left", left)
		}
	})

	t.Run("other bots are left alone", func(t *testing.T) {
		s := s.With(t)
		other := s.Sh(`(setsid sh -c 'echo $$; exec sleep 1000' &); exec sleep 1000`)
		tree := s.PIDs(other, 1)
		in := s.Sh(`(setsid sleep 1000 &)`)
		s.End(in.Run)
		if !Alive(tree[0]) || s.Told(other.Run) {
			t.Error("another bot was hit")
		}
	})
}

// tagged finds the living processes with a run's id in their environment.
func tagged(t *testing.T, run bot.RunID) []int {
	t.Helper()
	r, err := procfs.NewReader()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	all, err := r.Sweep(nil)
	if err != nil {
		t.Fatal(err)
	}
	var found []int
	for _, st := range all {
		if id, ok, _, _ := r.Env(st.PID, "BOTSWAIN_RUN_ID"); ok && string(id) == run.String() {
			found = append(found, st.PID)
		}
	}
	return found
}

func wantGone(t *testing.T, tree []procfs.Stat) {
	t.Helper()
	for _, p := range tree {
		if Alive(p) {
			t.Errorf("process %d still lives", p.PID)
		}
	}
}
