package runnertest

import (
	"testing"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
)

// forever is a grace that no test outlives.
const forever = time.Hour

func testStop(t *testing.T, newBackend Factory) {
	s := NewShip(t, newBackend)

	t.Run("graceful", func(t *testing.T) {
		s := s.With(t)
		in := s.Sh(`trap 'echo bye; exit 3' TERM; sh -c 'echo $$; exec sleep 1000' & wait`)
		child := s.PIDs(in, 1)
		s.Stop(in.Run, "SIGTERM", forever)
		e := s.End(in.Run)
		wantExit(t, e, 3, "")
		if e.Exit.Leftovers != 0 || e.Exit.Killed != 0 {
			t.Errorf("%d leftovers, %d killed", e.Exit.Leftovers, e.Exit.Killed)
		}
		if got := s.Lines(in, 2)[1]; got != "bye" {
			t.Errorf("the last words were %q", got)
		}
		if Alive(child[0]) {
			t.Error("its child still lives")
		}
	})

	t.Run("the signal is the one asked for, and comes once", func(t *testing.T) {
		s := s.With(t)
		in := s.Sh(`n=0; trap 'n=$((n+1)); echo int $n' INT; trap 'echo term; exit 9' TERM; echo ready; while :; do sleep 0.02; done`)
		s.Lines(in, 1)
		s.Stop(in.Run, "SIGINT", forever)
		s.Stop(in.Run, "SIGINT", forever)
		s.Lines(in, 2)
		s.Stop(in.Run, "SIGTERM", forever) // another signal is sent
		wantExit(t, s.End(in.Run), 9, "")
		if got := s.Output(in, "stdout"); got != "ready\nint 1\nterm\n" {
			t.Errorf("it saw %q", got)
		}
	})

	t.Run("stubborn", func(t *testing.T) {
		s := s.With(t)
		in := s.Sh(`trap '' TERM; sleep 1000 & echo $!; echo $$; wait`)
		tree := s.PIDs(in, 2)
		s.Stop(in.Run, "SIGTERM", 50*time.Millisecond)
		e := s.End(in.Run)
		wantExit(t, e, -1, "SIGKILL")
		if e.Exit.Killed != 2 || e.Exit.Leftovers != 0 {
			t.Errorf("%d killed and %d leftovers, want 2 and 0", e.Exit.Killed, e.Exit.Leftovers)
		}
		for _, p := range tree {
			if Alive(p) {
				t.Errorf("process %d still lives", p.PID)
			}
		}
	})

	t.Run("no grace", func(t *testing.T) {
		s := s.With(t)
		in := s.Sh(`trap '' TERM; echo ready; sleep 1000`)
		s.Lines(in, 1)
		s.Stop(in.Run, "SIGTERM", 0)
		wantExit(t, s.End(in.Run), -1, "SIGKILL")
	})

	t.Run("a second stop shortens the wait", func(t *testing.T) {
		s := s.With(t)
		for name, again := range map[string]func(bot.RunID){
			"kill":          func(run bot.RunID) { s.Stop(run, "SIGKILL", forever) },
			"shorter grace": func(run bot.RunID) { s.Stop(run, "SIGTERM", time.Millisecond) },
		} {
			in := s.Sh(`trap 'echo no' TERM; echo ready; while :; do sleep 0.02; done`)
			s.Lines(in, 1)
			s.Stop(in.Run, "SIGTERM", forever)
			s.Lines(in, 2)
			if s.Told(in.Run) {
				t.Fatalf("%s: it ended before the second stop", name)
			}
			again(in.Run)
			wantExit(t, s.End(in.Run), -1, "SIGKILL")
		}
	})

	t.Run("a stopped process takes its signal", func(t *testing.T) {
		s := s.With(t)
		in := s.Sh(`trap 'exit 5' TERM; echo ready; kill -STOP $$; while :; do sleep 0.02; done`)
		Eventually(t, func() bool { return state(in.PID) == 'T' }, "the bot to stop itself")
		s.Stop(in.Run, "SIGTERM", forever)
		wantExit(t, s.End(in.Run), 5, "")
	})

	t.Run("an end by itself during a stop", func(t *testing.T) {
		s := s.With(t)
		in := s.Start("true")
		s.Stop(in.Run, "SIGTERM", forever)
		s.End(in.Run)
	})

	t.Run("a living bot's spool isn't removed", func(t *testing.T) {
		s := s.With(t)
		in := s.Start("sleep", "1000")
		if err := s.Backend.Remove(t.Context(), in.Bot); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("got %v", err)
		}
	})
}
