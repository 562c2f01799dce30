package supervisor_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
)

// TestKilledWhileTheDatabaseIsAway: Botswain is lost together with its memory while the database
// doesn't answer. The wish of people, the runs and the events of that time are known to the next.
func TestKilledWhileTheDatabaseIsAway(t *testing.T) {
	w := newWorld(t)
	down, up := w.bot(forever, nil), w.bot(forever, nil)
	lost := w.start()
	t.Cleanup(func() { lost.end(true) })
	lost.act(down.ID, bot.Start)
	lost.awaitState(down.ID, bot.Running)
	w.until("the start stored", func() bool { r := w.history(down.ID); return len(r) == 1 && r[0].PID != 0 })

	w.line.cut() // for good: what this one still has in memory never gets anywhere
	lost.act(down.ID, bot.Stop)
	lost.awaitState(down.ID, bot.Stopped)
	lost.act(up.ID, bot.Start)
	running := lost.awaitState(up.ID, bot.Running)
	if err := lost.backend.Close(); err != nil {
		t.Fatal(err)
	}
	journal := filepath.Join(w.data, "journal")
	left, err := os.ReadFile(journal)
	if err != nil {
		t.Fatal(err)
	}

	next := worldOn(t, w.url, w.data)
	kinds := func(id bot.ID) map[event.Kind]int {
		events, err := event.NewStore(next.pool, next.hub).List(t.Context(), event.ListQuery{Bot: &id})
		if err != nil {
			t.Fatal(err)
		}
		counts := map[event.Kind]int{}
		for _, e := range events {
			counts[e.Kind]++
		}
		return counts
	}
	check := func(s *botswain, adopted int) {
		t.Helper()
		if st, _ := s.Status(down.ID); st.State != bot.Stopped || st.Desired != bot.Down {
			t.Errorf("what was told to stop is %s, wished %q", st.State, st.Desired)
		}
		if st := s.awaitState(up.ID, bot.Running); st.PID != running.PID || st.Desired != bot.Up {
			t.Errorf("what was started has pid %d, wished %q; had %d", st.PID, st.Desired, running.PID)
		}
		next.until("the adoption stored", func() bool { return kinds(up.ID)[event.BotAdopted] == adopted })
		if r := next.history(down.ID); len(r) != 1 || r[0].Exit == nil || r[0].Exit.Reason != "stopped by admin" {
			t.Errorf("runs %+v", r)
		}
		if r := next.history(up.ID); len(r) != 1 || r[0].Exit != nil || r[0].Cause != "manual" || r[0].Actor != "admin" || r[0].PID != running.PID {
			t.Errorf("runs %+v", r)
		}
		if got := kinds(down.ID); got[event.BotStarting] != 1 || got[event.BotStopping] != 1 || got[event.BotStopped] != 1 {
			t.Errorf("events of the first: %v", got)
		}
		if got := kinds(up.ID); got[event.BotStarting] != 1 || got[event.BotRunning] < 1 {
			t.Errorf("events of the second: %v", got)
		}
	}
	s := next.start()
	check(s, 1)
	next.until("the journal's file to go", func() bool { _, err := os.Stat(journal); return err != nil })
	s.end(true)

	// Killed again after everything was stored and before the file had gone: nothing is doubled.
	if err := os.WriteFile(journal, left, 0o600); err != nil {
		t.Fatal(err)
	}
	s = next.start()
	check(s, 2)
	s.end(false)
}
