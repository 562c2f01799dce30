package supervisor_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/botswain/botswain/app/bot"
)

// TestAdoptionOfManyBots: none of 500 is restarted. How long it took, from nothing to Ready, is in the
// log (-v); without the race detector that should be less than a second.
func TestAdoptionOfManyBots(t *testing.T) {
	if testing.Short() {
		t.Skip("500 processes")
	}
	const crew = 500
	w := newWorld(t)
	var bots []bot.Bot
	for i := range crew {
		bots = append(bots, w.bot("", func(s *bot.Spec) {
			s.Name, s.Command = fmt.Sprintf("sleeper %d", i), []string{"sleep", "1000"}
		}))
	}
	s := w.start()
	began := time.Now()
	for _, b := range bots {
		s.act(b.ID, bot.Start)
	}
	pids := map[bot.ID]int{}
	for _, b := range bots {
		pids[b.ID] = s.awaitState(b.ID, bot.Running).PID
	}
	t.Logf("%d bots started one after the other in %s", crew, time.Since(began).Round(time.Millisecond))
	s.end(true)

	began = time.Now()
	s = w.start()
	t.Logf("%d bots adopted in %s", crew, time.Since(began).Round(time.Millisecond))
	for _, b := range bots {
		if st := s.awaitState(b.ID, bot.Running); st.PID != pids[b.ID] {
			t.Errorf("a bot has pid %d, had %d", st.PID, pids[b.ID])
		}
	}
	s.end(false)
}
