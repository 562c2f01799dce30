package runnertest

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
)

// testRefusal: what can never start is told in words, at its field, and leaves nothing behind.
func testRefusal(t *testing.T, newBackend Factory) {
	s := NewShip(t, newBackend)
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	script(t, plain, "#!/bin/sh\n", 0o644)
	noShebang := filepath.Join(dir, "noshebang")
	script(t, noShebang, "echo hi\n", 0o755)
	badShebang := filepath.Join(dir, "badshebang")
	script(t, badShebang, "#!/nowhere/python9 -u\n", 0o755)

	for name, x := range map[string]struct {
		command []string
		dir     string
		env     []string
		field   string
		says    []string
	}{
		"no command":         {nil, dir, nil, "command", []string{"empty"}},
		"not in PATH":        {[]string{"no-such-program"}, dir, nil, "command", []string{`"no-such-program"`, "not found in PATH", "/usr/bin"}},
		"no PATH":            {[]string{"sh"}, dir, []string{"A=b"}, "command", []string{"no PATH"}},
		"absent path":        {[]string{"/nowhere/bot"}, dir, nil, "command", []string{`"/nowhere/bot"`, "does not exist"}},
		"absent relative":    {[]string{"./bot"}, dir, nil, "command", []string{`"./bot"`, filepath.Join(dir, "bot")}},
		"below a file":       {[]string{plain + "/x"}, dir, nil, "command", []string{"not a directory"}},
		"not executable":     {[]string{plain}, dir, nil, "command", []string{"not executable", "chmod +x"}},
		"not exec. in PATH":  {[]string{"plain"}, dir, []string{"PATH=" + dir}, "command", []string{"not executable"}},
		"a directory":        {[]string{dir}, dir, nil, "command", []string{"is a directory"}},
		"no first line":      {[]string{noShebang}, dir, nil, "command", []string{"#!/bin/sh"}},
		"absent interpreter": {[]string{badShebang}, dir, nil, "command", []string{"/nowhere/python9"}},
		"absent directory":   {[]string{"sh"}, dir + "/none", nil, "dir", []string{dir + "/none", "does not exist"}},
		"directory is file":  {[]string{"sh"}, plain, nil, "dir", []string{plain, "not a directory"}},
		"NUL":                {[]string{"sh", "a\x00b"}, dir, nil, "command", []string{"NUL"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := s.With(t)
			spec := s.Spec(x.command...)
			spec.Dir = x.dir
			if x.env != nil {
				spec.Env = x.env
			}
			_, err := s.Backend.Apply(t.Context(), spec)
			f, ok := fault.As(err)
			if !ok || f.Code != fault.Invalid {
				t.Fatalf("got %v, want an invalid input", err)
			}
			for _, part := range x.says {
				if !strings.Contains(f.Message, part) {
					t.Errorf("%q doesn't say %q", f.Message, part)
				}
			}
			if f.Fields[x.field] == "" {
				t.Errorf("no message at field %s: %v", x.field, f.Fields)
			}
			if _, err := os.Stat(s.Backend.SpoolDir(spec.Bot, spec.Run)); !os.IsNotExist(err) {
				t.Errorf("a folder was left: %v", err)
			}
		})
	}

	t.Run("a refused run may be tried again", func(t *testing.T) {
		s := s.With(t)
		path := filepath.Join(dir, "later")
		spec := s.Spec(path)
		if _, err := s.Backend.Apply(t.Context(), spec); err == nil {
			t.Fatal("an absent command was started")
		}
		script(t, path, "#!/bin/sh\nexit 4\n", 0o755)
		wantExit(t, s.End(s.Apply(spec).Run), 4, "")
	})

	t.Run("a start may be taken back until its process is made", func(t *testing.T) {
		s := s.With(t)
		mark, calls := filepath.Join(dir, "began"), 0
		spec := s.Spec("touch", mark)
		taken := errors.New("taken back")
		spec.Before = func() error {
			calls++
			return taken
		}
		if _, err := s.Backend.Apply(t.Context(), spec); !errors.Is(err, taken) || calls != 1 {
			t.Fatalf("after %d calls: %v", calls, err)
		}
		if _, err := os.Stat(s.Backend.SpoolDir(spec.Bot, spec.Run)); !os.IsNotExist(err) {
			t.Errorf("a folder was left: %v", err)
		}
		spec.Before = func() error {
			if _, err := os.Stat(mark); !os.IsNotExist(err) {
				t.Errorf("the program began before: %v", err)
			}
			return nil
		}
		wantExit(t, s.End(s.Apply(spec).Run), 0, "")
		if _, err := os.Stat(mark); err != nil {
			t.Error(err)
		}
	})

	t.Run("unknown runs", func(t *testing.T) {
		s := s.With(t)
		s.Stop(bot.NewID(), "SIGTERM", 0)
		if err := s.Backend.Stop(t.Context(), bot.NewID(), "SIGNONE", 0); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("an unknown signal: %v", err)
		}
		if err := s.Backend.Attach(t.Context(), bot.NewID(), "x"); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("a line for an unknown run: %v", err)
		}
	})
}
