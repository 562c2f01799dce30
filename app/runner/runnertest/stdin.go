package runnertest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/botswain/botswain/app/fault"
)

func kill(t testing.TB, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}

func testStdin(t *testing.T, newBackend Factory) {
	s := NewShip(t, newBackend)
	if !s.Backend.Info(t.Context()).Stdin {
		t.Skip("the backend has no stdin")
	}

	t.Run("lines arrive whole, whoever writes", func(t *testing.T) {
		s := s.With(t)
		in := s.Start("cat")
		const writers, lines, width = 8, 20, 9000 // longer than what a FIFO takes in one piece
		var all sync.WaitGroup
		for w := range writers {
			all.Go(func() {
				for range lines {
					if err := s.Backend.Attach(context.Background(), in.Run, strings.Repeat(string(rune('a'+w)), width)); err != nil {
						// cat may be slower than its writers for a moment.
						if fault.CodeOf(err) != fault.Unavailable {
							t.Error(err)
						}
					}
				}
			})
		}
		all.Wait()
		Eventually(t, func() bool { return s.Backend.Attach(t.Context(), in.Run, "end") == nil }, "the last line to be taken")
		Eventually(t, func() bool { return strings.HasSuffix(s.Output(in, "stdout"), "end\n") }, "the last line")
		for i, line := range strings.Split(strings.TrimSuffix(s.Output(in, "stdout"), "\nend\n"), "\n") {
			if len(line) != width || strings.Trim(line, line[:1]) != "" {
				t.Fatalf("line %d has %d bytes: %.20q…", i, len(line), line)
			}
		}
	})

	t.Run("a bot that doesn't read", func(t *testing.T) {
		s := s.With(t)
		in := s.Start("sleep", "1000")
		var err error
		for i := 0; err == nil && i < 1000; i++ {
			err = s.Backend.Attach(t.Context(), in.Run, fmt.Sprintf("%01000d", i))
		}
		if f, ok := fault.As(err); !ok || f.Code != fault.Unavailable || f.Message != "The bot does not read its input." {
			t.Errorf("got %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := s.Backend.Attach(ctx, in.Run, "x"); !errors.Is(err, context.Canceled) && fault.CodeOf(err) != fault.Unavailable {
			t.Errorf("with a context that has ended: %v", err)
		}
	})

	t.Run("a long line is sent whole or not at all", func(t *testing.T) {
		s := s.With(t)
		spec := s.Spec("sh", "-c", "until [ -e reads ]; do sleep 0.01; done; exec cat")
		spec.Dir = t.TempDir()
		in := s.Apply(spec)
		want := ""
		for i := range 60 { // a FIFO takes 64 KiB: a part of the next line would fit
			line := fmt.Sprintf("%01000d", i)
			if err := s.Backend.Attach(t.Context(), in.Run, line); err != nil {
				t.Fatal(err)
			}
			want += line + "\n"
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if err := s.Backend.Attach(ctx, in.Run, strings.Repeat("x", 9000)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a line without room: %v", err)
		}
		if err := os.WriteFile(filepath.Join(spec.Dir, "reads"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		for i, line := range []string{strings.Repeat("y", 64<<10-1), "end"} { // the longest that there may be
			if err := s.Backend.Attach(t.Context(), in.Run, line); err != nil {
				t.Errorf("%.10q: %v", line, err)
			}
			want += line + "\n"
			s.Lines(in, 61+i)
		}
		if got := s.Output(in, "stdout"); got != want {
			t.Errorf("the bot read %d bytes, want %d", len(got), len(want))
		}
	})

	t.Run("a bot that closed its input", func(t *testing.T) {
		s := s.With(t)
		in := s.Sh(`exec <&-; echo ready; exec sleep 1000`)
		s.Lines(in, 1)
		if err := s.Backend.Attach(t.Context(), in.Run, "x"); fault.CodeOf(err) != fault.Unavailable {
			t.Errorf("got %v", err)
		}
	})

	t.Run("bad lines", func(t *testing.T) {
		s := s.With(t)
		in := s.Start("cat")
		for _, line := range []string{"a\nb", "a\x00b", strings.Repeat("x", 1<<20)} {
			if err := s.Backend.Attach(t.Context(), in.Run, line); fault.CodeOf(err) != fault.Invalid {
				t.Errorf("%.10q: %v", line, err)
			}
		}
		if err := s.Backend.Attach(t.Context(), in.Run, ""); err != nil {
			t.Error(err)
		}
		if got := s.Lines(in, 1)[0]; got != "" {
			t.Errorf("the empty line came as %q", got)
		}
	})
}
