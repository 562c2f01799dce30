package runnertest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"

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
		// What was cut short by a full FIFO is completed before this line.
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
