package runnertest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/botswain/botswain/app/fault"
)

func testStart(t *testing.T, newBackend Factory) {
	s := NewShip(t, newBackend)

	t.Run("exit codes and signals", func(t *testing.T) {
		s := s.With(t)
		for _, x := range []struct {
			script string
			code   int
			signal string
		}{{"exit 0", 0, ""}, {"exit 7", 7, ""}, {"exit 255", 255, ""}, {"kill -USR1 $$", -1, "SIGUSR1"}, {"kill -KILL $$", -1, "SIGKILL"}} {
			wantExit(t, s.End(s.Sh(x.script).Run), x.code, x.signal)
		}
	})

	t.Run("an instance names its process", func(t *testing.T) {
		s := s.With(t)
		in := s.Start("sleep", "1000")
		comm, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", in.PID))
		if err != nil || string(comm) != "sleep\n" {
			t.Errorf("pid %d is %q, %v", in.PID, comm, err)
		}
		if in.StartTicks == 0 || in.BootID == "" || in.StartedAt.IsZero() || in.Adopted {
			t.Errorf("incomplete: %+v", in)
		}
	})

	t.Run("the same run starts once", func(t *testing.T) {
		s := s.With(t)
		spec := s.Spec("sh", "-c", "echo started; exec sleep 1000")
		first, second := s.Apply(spec), s.Apply(spec)
		if first != second {
			t.Errorf("two instances: %+v, %+v", first, second)
		}
		s.Lines(first, 1)
		s.Stop(first.Run, "SIGKILL", 0)
		s.End(first.Run)
		if got := s.Output(first, "stdout"); got != "started\n" {
			t.Errorf("printed %q", got)
		}
		if _, err := s.Backend.Apply(t.Context(), spec); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("a run that is over was started again: %v", err)
		}
	})

	t.Run("output is kept byte by byte", func(t *testing.T) {
		s := s.With(t)
		in := s.Sh(`printf 'a\000b\377\r\n\ntail without end'; printf 'to stderr' >&2; head -c 300000 /dev/zero`)
		s.End(in.Run)
		if got, want := s.Output(in, "stdout"), "a\x00b\xff\r\n\ntail without end"+strings.Repeat("\x00", 300000); got != want {
			t.Errorf("stdout has %d bytes, want %d: %.60q", len(got), len(want), got)
		}
		if got := s.Output(in, "stderr"); got != "to stderr" {
			t.Errorf("stderr: %q", got)
		}
	})

	t.Run("the environment is exactly what was given", func(t *testing.T) {
		s := s.With(t)
		t.Setenv("SECRET_OF_BOTSWAIN", "leaked")
		spec := s.Spec("cat", "/proc/self/environ")
		spec.Env = append(spec.Env, "EMPTY=", "SPACES= a b ", "UTF=ü", "LINES=a\nb")
		in := s.Apply(spec)
		s.End(in.Run)
		got := strings.Split(strings.TrimSuffix(s.Output(in, "stdout"), "\x00"), "\x00")
		if !slices.Equal(got, spec.Env) {
			t.Errorf("got %q, want %q", got, spec.Env)
		}
	})

	t.Run("arguments are passed on untouched, no shell", func(t *testing.T) {
		s := s.With(t)
		in := s.Start("printf", "%s|", "$HOME", "a b", "", "*", "'\"\\")
		s.End(in.Run)
		if got := s.Output(in, "stdout"); got != `$HOME|a b||*|'"\|` {
			t.Errorf("got %q", got)
		}
	})

	t.Run("directory and relative command", func(t *testing.T) {
		s := s.With(t)
		dir := filepath.Join(t.TempDir(), "a bot")
		if err := os.MkdirAll(filepath.Join(dir, "bin"), 0o755); err != nil {
			t.Fatal(err)
		}
		script(t, filepath.Join(dir, "bin", "here"), "#!/bin/sh\npwd\n", 0o755)
		for _, command := range []string{"./bin/here", "bin/here", "here"} {
			spec := s.Spec(command)
			spec.Dir = dir
			spec.Env = []string{"PATH=bin:/usr/bin:/bin", "BOTSWAIN_RUN_ID=" + spec.Run.String()}
			in := s.Apply(spec)
			wantExit(t, s.End(in.Run), 0, "")
			if got := strings.TrimSpace(s.Output(in, "stdout")); got != dir {
				t.Errorf("%s ran in %q, want %q", command, got, dir)
			}
		}
	})

	t.Run("a clean process", func(t *testing.T) {
		s := s.With(t)
		// Descriptors of ours that a careless fork would hand on.
		f, err := os.Open(os.DevNull)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		spec := s.Spec("sleep", "1000")
		spec.Limits.OpenFiles = 77
		in := s.Apply(spec)
		// For a moment the loader opens files of its own.
		var fds []string
		Eventually(t, func() bool {
			fds = nil
			entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", in.PID))
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				fds = append(fds, e.Name())
			}
			slices.Sort(fds)
			return slices.Equal(fds, []string{"0", "1", "2"})
		}, "a bot to have the descriptors 0, 1 and 2 only")
		status := read(t, fmt.Sprintf("/proc/%d/status", in.PID))
		for _, line := range strings.Split(status, "\n") {
			if mask, ok := strings.CutPrefix(line, "SigBlk:"); ok && strings.Trim(mask, "\t 0") != "" {
				t.Errorf("signals are blocked: %s", mask)
			}
		}
		stat := strings.Fields(read(t, fmt.Sprintf("/proc/%d/stat", in.PID)))
		if pid := fmt.Sprint(in.PID); stat[4] != pid || stat[5] != pid {
			t.Errorf("process group %s, session %s; want its own, %s", stat[4], stat[5], pid)
		}
		if limits := read(t, fmt.Sprintf("/proc/%d/limits", in.PID)); !strings.Contains(strings.Join(strings.Fields(limits), " "), "Max open files 77 77 files") {
			t.Errorf("open files aren't limited:\n%s", limits)
		}
	})

	t.Run("the spool is private", func(t *testing.T) {
		s := s.With(t)
		in := s.Start("true")
		s.End(in.Run)
		dir := s.Backend.SpoolDir(in.Bot, in.Run)
		for name, want := range map[string]os.FileMode{"": 0o700 | os.ModeDir, "stdout": 0o600, "stderr": 0o600, "stdin": 0o600 | os.ModeNamedPipe} {
			if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode() != want {
				t.Errorf("%q: %v, %v; want %v", name, info, err, want)
			}
		}
		if err := s.Backend.Remove(t.Context(), in.Bot); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(filepath.Dir(dir)); !os.IsNotExist(err) {
			t.Errorf("the bot's spool is still there: %v", err)
		}
	})
}

func script(t testing.TB, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
