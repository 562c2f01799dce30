package history

import (
	"math"
	"testing"
	"time"

	"github.com/botswain/botswain/app/bot"
)

// A run's figures are its own: a step that another run shares isn't among them, and the span never reaches beyond it.
func TestWithinRun(t *testing.T) {
	r := newRig(t)
	id := r.bot()
	r.run(24*time.Second, map[bot.ID]float64{id: 90}) // the run before, until 4 s into a step
	began := r.clock()
	r.run(40*time.Second, map[bot.ID]float64{id: 10})
	ended := r.clock() // 4 s into a step again
	r.run(56*time.Second, map[bot.ID]float64{id: 70})

	s, err := r.Within(t.Context(), id, began, ended, Query{From: start.Add(-time.Hour), To: r.clock()})
	if err != nil {
		t.Fatal(err)
	}
	if s.Tier != 10*time.Second || s.From.Before(start) || s.To.After(start.Add(70*time.Second)) {
		t.Errorf("steps of %s from %s to %s", s.Tier, s.From, s.To)
	}
	n := 0
	for i, v := range s.Lines[CPU].Mean {
		if math.IsNaN(v) {
			continue
		}
		if n++; v != 10 || s.Lines[CPU].Max[i] != 10 {
			t.Errorf("%s: %v, at most %v", s.At(i), v, s.Lines[CPU].Max[i])
		}
	}
	if n != 3 { // of the five steps that it reaches into, three are whole
		t.Errorf("%d steps", n)
	}
	// While it goes on, its last step is one of its own.
	if s, err = r.Within(t.Context(), id, ended, time.Time{}, Query{}); err != nil || s.N == 0 {
		t.Fatal(err, s.N)
	}
	for _, v := range s.Lines[CPU].Mean {
		if !math.IsNaN(v) && v != 70 {
			t.Errorf("the run after: %v", v)
		}
	}
	if _, err = r.Within(t.Context(), id, began, began, Query{}); err == nil {
		t.Error("a run that took no time has figures")
	}
}
