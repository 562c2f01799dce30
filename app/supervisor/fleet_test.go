package supervisor_test

import (
	"flag"
	"testing"
	"time"

	"github.com/botswain/botswain/app/bot"
)

// fleet is how many bots TestAFleet has. The figures that it logs are only worth something with -v,
// without the race detector, and on a machine with nothing else to do.
var fleet = flag.Int("fleet", 40, "number of bots")

func TestAFleetStartsAndStops(t *testing.T) {
	w := newWorld(t)
	ids := make([]bot.ID, *fleet)
	for i := range ids {
		ids[i] = w.bot("", func(s *bot.Spec) { s.Command, s.StartSeconds = []string{"sleep", "1000"}, 0 }).ID
	}
	s := w.start()
	all := func(action bot.Action, state bot.State) {
		t.Helper()
		began := time.Now()
		for i, err := range s.ActAll(t.Context(), ids, action, "admin") {
			if err != nil {
				t.Fatalf("%s of bot %d: %v", action, i+1, err)
			}
		}
		answered := time.Since(began)
		pids := map[int]bool{}
		for _, id := range ids {
			if st := s.awaitState(id, state); st.PID != 0 {
				pids[st.PID] = true
			}
		}
		t.Logf("%s of %d bots: answered after %s, %s after %s", action, len(ids), answered.Round(time.Millisecond), state, time.Since(began).Round(time.Millisecond))
		if state == bot.Running && len(pids) != len(ids) {
			t.Errorf("%d processes of %d bots", len(pids), len(ids))
		}
	}
	all(bot.Start, bot.Running)
	all(bot.Stop, bot.Stopped)
	all(bot.Start, bot.Running)
	all(bot.Stop, bot.Stopped)
	s.end(false)
}
