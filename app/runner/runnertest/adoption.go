package runnertest

import (
	"testing"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/runner"
)

// testAdoption: bots outlive a backend, and the next one on the same directory takes them up.
func testAdoption(t *testing.T, newBackend Factory) {
	dir := t.TempDir()
	old := newBackend(t, dir)
	first := unwatched(t, old, dir)
	sleeper := first.Start("sleep", "1000")
	worker := first.Sh(`trap 'echo bye; exit 8' TERM; (setsid sh -c 'echo $$; exec sleep 1000' &) ; while read line; do echo "got $line"; done`)
	daemon := first.PIDs(worker, 1)
	orphaned := first.Sh(`(setsid sh -c 'echo $$; exec sleep 1000' &); read go`)
	orphan := first.PIDs(orphaned, 1)
	if err := old.Attach(t.Context(), worker.Run, "one"); err != nil {
		t.Fatal(err)
	}
	first.Lines(worker, 2)
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := old.Apply(t.Context(), first.Spec("true")); err == nil {
		t.Error("a closed backend starts bots")
	}

	// This one's main process ends while nobody watches; its daemon is left.
	main := runner.Instance{PID: orphaned.PID}
	kill(t, main.PID)
	Eventually(t, func() bool { s := state(main.PID); return s == 'Z' || s == 0 }, "the end of a main process")

	s := Board(t, newBackend(t, dir), dir)
	list, err := s.Backend.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	wantGone(t, orphan)
	found := map[bot.RunID]runner.Instance{}
	for _, in := range list {
		found[in.Run] = in
	}
	if len(list) != 2 {
		t.Errorf("%d runs were found, want 2: %+v", len(list), list)
	}
	for _, want := range []runner.Instance{sleeper, worker} {
		got := found[want.Run]
		if !got.StartedAt.Equal(want.StartedAt) {
			t.Errorf("started at %v, was %v", got.StartedAt, want.StartedAt)
		}
		want.Adopted, want.StartedAt = true, got.StartedAt
		if got != want {
			t.Errorf("found %+v, want %+v", got, want)
		}
	}
	if again, err := s.Backend.List(t.Context()); err != nil || len(again) != len(list) {
		t.Errorf("a second List: %+v, %v", again, err)
	}

	spec := first.Spec("true")
	spec.Bot, spec.Run = sleeper.Bot, sleeper.Run
	if in, err := s.Backend.Apply(t.Context(), spec); err != nil || in.PID != sleeper.PID {
		t.Errorf("Apply of an adopted run: %+v, %v", in, err)
	}
	if err := s.Backend.Attach(t.Context(), worker.Run, "two"); err != nil {
		t.Error(err)
	}
	if got := s.Lines(worker, 3)[2]; got != "got two" {
		t.Errorf("the adopted bot read %q", got)
	}
	s.Stop(worker.Run, "SIGTERM", 0)
	s.End(worker.Run)
	wantGone(t, daemon)
	kill(t, sleeper.PID)
	if e := s.End(sleeper.Run); e.Exit.Code != nil {
		t.Errorf("a killed run ended with code %d", *e.Exit.Code)
	}
	if list, err = s.Backend.List(t.Context()); err != nil {
		t.Error(err)
	}
	for _, in := range list { // delivery and its note aren't one step
		if !s.Told(in.Run) {
			t.Errorf("still listed: %+v", in)
		}
	}
}
