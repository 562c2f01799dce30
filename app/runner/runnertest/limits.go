package runnertest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/runner"
)

// enforced skips a test of a limit that this machine can't hold.
func enforced(t *testing.T, what string, e runner.Enforcement) {
	t.Helper()
	if !e.Enforced {
		t.Skipf("the limit of %s can't be enforced here: %s", what, e.Reason)
	}
}

// testLimits: what a bot may use is bounded for its whole tree, and it is told when a bound was its end.
func testLimits(t *testing.T, newBackend Factory) {
	s := NewShip(t, newBackend)
	holds := s.Backend.Info(t.Context()).Containment
	if holds.Mechanism == "" {
		t.Error("the backend doesn't say how it keeps trees together")
	}
	for what, e := range map[string]runner.Enforcement{"memory": holds.Memory, "cpu": holds.CPU, "processes": holds.Processes} {
		if e.Enforced == (e.Reason != "") {
			t.Errorf("limit of %s: %+v; want a reason exactly when it isn't enforced", what, e)
		}
	}

	t.Run("a fork bomb", func(t *testing.T) {
		enforced(t, "processes", holds.Processes)
		s := s.With(t)
		const limit = 25
		spec := s.Spec("sh", "-c", "sh ./bomb 2>/dev/null & exec sleep 1000")
		spec.Dir = t.TempDir()
		// It goes on until it can't, and leaves what it has made.
		script(t, filepath.Join(spec.Dir, "bomb"), "sleep 1000 &\nsh ./bomb &\nsleep 1000 &\nexec sh ./bomb\n", 0o600)
		spec.Limits.Processes = limit
		in := s.Apply(spec)
		Eventually(t, func() bool { return len(tagged(t, in.Run)) >= limit/2 }, "the bomb to go off")
		for range 20 {
			if n := len(tagged(t, in.Run)); n > limit {
				t.Errorf("%d processes at a limit of %d", n, limit)
			}
		}
		s.Stop(in.Run, "SIGKILL", 0)
		e := s.End(in.Run)
		wantExit(t, e, -1, "SIGKILL")
		if e.Exit.OOM {
			t.Error("a kill by a stop is told as one for memory")
		}
		if left := tagged(t, in.Run); len(left) > 0 {
			t.Errorf("the processes %v are left", left)
		}
	})

	t.Run("a memory hog", func(t *testing.T) {
		enforced(t, "memory", holds.Memory)
		for name, command := range map[string]string{
			"the main process": "exec tail /dev/zero",
			"a child":          `tail /dev/zero; exit $?`,
		} {
			t.Run(name, func(t *testing.T) {
				s := s.With(t)
				spec := s.Spec("sh", "-c", command)
				spec.Limits.MemoryMax = 16 << 20
				e := s.End(s.Apply(spec).Run)
				if !e.Exit.OOM {
					t.Errorf("it isn't told that memory was its end: %+v", e.Exit)
				}
			})
		}
	})

	t.Run("other kills aren't told as for memory", func(t *testing.T) {
		s := s.With(t)
		spec := s.Spec("sleep", "1000")
		spec.Limits.MemoryMax = 64 << 20
		in := s.Apply(spec)
		kill(t, in.PID)
		if e := s.End(in.Run); e.Exit.OOM || e.Exit.Signal != "SIGKILL" {
			t.Errorf("ended with %+v", e.Exit)
		}
	})

	t.Run("the first thing that it sees", func(t *testing.T) {
		s := s.With(t)
		for range 20 {
			spec := s.Spec("sh", "-c", "ulimit -n; ulimit -c")
			spec.Limits.OpenFiles = 77
			in := s.Apply(spec)
			wantExit(t, s.End(in.Run), 0, "")
			if got := s.Output(in, "stdout"); got != "77\n0\n" {
				t.Fatalf("its limits of open files and core files were %q", got)
			}
		}
	})

	t.Run("core files when asked for", func(t *testing.T) {
		s := s.With(t)
		spec := s.Spec("sleep", "1000")
		spec.Limits.CoreDumps = true
		in := s.Apply(spec)
		want := strings.Join(strings.Fields(coreLine(t, os.Getpid())), " ")
		if got := strings.Join(strings.Fields(coreLine(t, in.PID)), " "); got != want {
			t.Errorf("got %q, want ours: %q", got, want)
		}
	})
}

func coreLine(t *testing.T, pid int) string {
	t.Helper()
	for line := range strings.Lines(read(t, fmt.Sprintf("/proc/%d/limits", pid))) {
		if strings.HasPrefix(line, "Max core file size") {
			return line
		}
	}
	t.Fatal("no limit of core files")
	return ""
}

// testRunAs: a bot may be somebody else, when Botswain is root.
func testRunAs(t *testing.T, newBackend Factory) {
	s := NewShip(t, newBackend)
	refused := func(t *testing.T, user string, says ...string) {
		t.Helper()
		spec := s.Spec("true")
		spec.RunAs = user
		_, err := s.Backend.Apply(t.Context(), spec)
		f, ok := fault.As(err)
		if !ok || f.Code != fault.Invalid || f.Fields["run_as"] == "" {
			t.Fatalf("got %v, want a fault at run_as", err)
		}
		for _, part := range says {
			if !strings.Contains(f.Message, part) {
				t.Errorf("%q doesn't say %q", f.Message, part)
			}
		}
	}
	t.Run("nobody of that name", func(t *testing.T) {
		refused(t, "no-such-user", `"no-such-user"`, "does not exist")
	})
	nobody, err := runner.LookupAccount("nobody")
	if err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() != 0 {
		t.Run("only root may", func(t *testing.T) { refused(t, "nobody", "root") })
		t.Skip("only root can run bots as others")
	}

	t.Run("as nobody", func(t *testing.T) {
		s := s.With(t)
		spec := s.Spec("sh", "-c", "id -u; id -g; grep ^Groups: /proc/self/status; echo err >/dev/stderr; trap '' TERM; while read l; do echo $l; done; exec sleep 1000")
		spec.RunAs, spec.Dir, spec.Limits.OpenFiles = "nobody", "/", 64
		in := s.Apply(spec)
		got := s.Lines(in, 3)
		if got[0] != fmt.Sprint(nobody.UID) || got[1] != fmt.Sprint(nobody.GID) {
			t.Errorf("it runs as user %s, group %s; want %d, %d", got[0], got[1], nobody.UID, nobody.GID)
		}
		if groups := strings.TrimSpace(strings.TrimPrefix(got[2], "Groups:")); groups != strings.Trim(fmt.Sprint(nobody.Groups), "[]") {
			t.Errorf("its groups are %q, want %v", groups, nobody.Groups)
		}
		Eventually(t, func() bool { return s.Output(in, "stderr") == "err\n" }, "what it wrote to /dev/stderr")
		if err := s.Backend.Attach(t.Context(), in.Run, "a line"); err != nil {
			t.Error(err)
		}
		if got := s.Lines(in, 4)[3]; got != "a line" {
			t.Errorf("it read %q", got)
		}
		s.Stop(in.Run, "SIGTERM", 0)
		wantExit(t, s.End(in.Run), -1, "SIGKILL")
	})

	t.Run("where it may not go", func(t *testing.T) {
		spec := s.Spec("true")
		spec.RunAs, spec.Dir = "nobody", t.TempDir()
		if err := os.Chmod(spec.Dir, 0o700); err != nil {
			t.Fatal(err)
		}
		_, err := s.Backend.Apply(t.Context(), spec)
		if f, ok := fault.As(err); !ok || f.Code != fault.Invalid || !strings.Contains(f.Message, spec.Dir) || !strings.Contains(f.Message, "nobody") {
			t.Errorf("got %v", err)
		}
	})
}
