package supervisor

import (
	"context"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/runner"
)

// Hours of anything that may happen, at once: the promises hold whatever the order.
func TestAnythingMayHappen(t *testing.T) {
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) { anything(t, seed) })
	}
}

func anything(t *testing.T, seed uint64) {
	dice := rand.New(rand.NewPCG(seed, 1))
	f, store := newFake(), &memStorage{}
	f.deaf = seed%3 == 0
	fate := rand.New(rand.NewPCG(seed, 2)) // called under the backend's lock
	f.life = func(int, runner.Start) (time.Duration, int, error) {
		dice := fate
		switch dice.IntN(10) {
		case 0:
			return 0, 0, errAway
		case 1:
			return 0, 0, fault.New(fault.Invalid, "never")
		case 2:
			return -1, dice.IntN(2), nil
		case 3, 4, 5:
			return time.Duration(dice.IntN(90)) * time.Second, dice.IntN(2), nil
		}
		return 0, 0, nil
	}
	var bots []bot.Bot
	for range 5 {
		bots = append(bots, someBot(func(s *bot.Spec) {
			s.Restart.Policy = []bot.Policy{bot.Always, bot.OnFailure, bot.Never}[dice.IntN(3)]
			s.Restart.GiveUpAfter = dice.IntN(4)
			if dice.IntN(2) == 0 {
				s.Restart.InitialDelay, s.Stop.Timeout, s.StartSeconds = 0, 0, 0
			}
			if dice.IntN(2) == 0 {
				s.Restart.ResetAfter = 0
			}
			if dice.IntN(2) == 0 {
				s.Health = bot.HealthCheck{By: bot.ProbeReport, Interval: 10 * time.Second, Failures: 1 + dice.IntN(2), Restart: dice.IntN(2) == 0}
			}
			if dice.IntN(3) == 0 {
				s.Ready = bot.ReadyCheck{By: bot.ProbeReport, Timeout: 20 * time.Second}
			}
		}))
	}
	r := newRig(t, f, store, bots...).start()
	actions := []bot.Action{bot.Start, bot.Start, bot.Stop, bot.Restart, bot.Kill}
	for range 500 {
		b := bots[dice.IntN(len(bots))]
		switch dice.IntN(20) {
		case 0:
			store.break_(errAway)
		case 1, 2:
			store.break_(nil)
		case 3:
			if err := r.Remove(context.Background(), b.ID); err != nil {
				t.Errorf("remove: %v", err)
			}
			b.Version++
			fallthrough
		case 4:
			if err := r.Put(context.Background(), b); err != nil {
				t.Errorf("put: %v", err)
			}
		case 5, 6, 7, 8:
			st, _ := r.Status(b.ID)
			r.Heard(context.Background(), b.ID, st.Run, Sign{By: bot.ProbeReport, Ready: dice.IntN(2) == 0, Alive: true})
		default:
			_, err := r.Act(context.Background(), b.ID, actions[dice.IntN(len(actions))], "admin")
			if err != nil && fault.CodeOf(err) != fault.Conflict {
				t.Errorf("act: %v", err)
			}
		}
		if dice.IntN(2) == 0 {
			time.Sleep(time.Duration(dice.IntN(40_000)) * time.Millisecond)
		}
	}
	store.break_(nil)
	r.end()
	for id, n := range f.most {
		if n > 1 {
			t.Errorf("seed %d: %d processes of bot %s at once", seed, n, id)
		}
	}
	begun, ended := map[bot.RunID]bool{}, map[bot.RunID]bool{}
	for _, c := range store.all() {
		switch {
		case c.Run != nil:
			begun[c.Run.ID] = true
		case c.Began != nil && !begun[c.Began.ID]:
			t.Errorf("seed %d: a process was stored before its run", seed)
		case c.End != nil && (!begun[c.End.ID] || ended[c.End.ID]):
			t.Errorf("seed %d: a run ended twice, or before it began", seed)
		case c.End != nil:
			ended[c.End.ID] = true
		}
	}
	if len(begun) != len(ended) || len(begun) == 0 {
		t.Errorf("seed %d: %d runs began, %d ended", seed, len(begun), len(ended))
	}
}
