package supervisor

import (
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/runner"
)

// outcomes are how a bot's runs ended, in order, and with which peaks.
func (m *memStorage) outcomes(id bot.ID) (list []bot.Outcome, peaks []*RunPeaks) {
	for _, c := range m.all() {
		if c.Bot == id && c.End != nil {
			list, peaks = append(list, c.End.Outcome), append(peaks, c.Peaks)
		}
	}
	return list, peaks
}

func TestEndsAreStoredWithTheirOutcome(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*bot.Spec)
		life   func(int, runner.Start) (time.Duration, int, error)
		do     []bot.Action
		want   bot.Outcome
	}{
		"a stop":              {do: []bot.Action{bot.Stop}, want: bot.EndStopped},
		"a kill":              {do: []bot.Action{bot.Kill}, want: bot.EndStopped},
		"a restart":           {do: []bot.Action{bot.Restart}, want: bot.EndRestarted},
		"success":             {life: func(int, runner.Start) (time.Duration, int, error) { return time.Minute, 0, nil }, want: bot.EndExited},
		"a failure":           {life: func(int, runner.Start) (time.Duration, int, error) { return time.Minute, 1, nil }, want: bot.EndCrashed},
		"no process":          {life: func(int, runner.Start) (time.Duration, int, error) { return 0, 0, syscall.EAGAIN }, want: bot.EndCrashed},
		"it never gets ready": {change: func(s *bot.Spec) { s.Ready = bot.ReadyCheck{By: bot.ProbeReport, Timeout: 10 * time.Second} }, want: bot.EndCrashed},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				backend, store := newFake(), &memStorage{}
				backend.life = c.life
				b := someBot(func(s *bot.Spec) {
					s.Restart.Policy = bot.Never
					if c.change != nil {
						c.change(s)
					}
				})
				r := newRig(t, backend, store, b).start()
				r.act(b.ID, bot.Start)
				time.Sleep(5 * time.Second)
				for _, a := range c.do {
					r.act(b.ID, a)
				}
				time.Sleep(2 * time.Minute)
				if got, _ := store.outcomes(b.ID); len(got) == 0 || got[0] != c.want {
					t.Errorf("outcomes %v, want %s", got, c.want)
				}
				r.end()
			})
		})
	}
}

func TestWhatAnExitAloneSays(t *testing.T) {
	zero, one := 0, 1
	for want, list := range map[bot.Outcome][]bot.Exit{
		bot.EndExited:      {{Code: &zero}},
		bot.EndCrashed:     {{Code: &one}, {Signal: "SIGSEGV"}, {Code: &zero, OOM: true}, {Cause: &bot.Cause{ID: "x"}, Reason: endedAway}},
		bot.EndUnseen:      {{Reason: endedAway}},
		bot.EndInterrupted: {{Reason: endedBoot}, {Reason: neverBegan}},
	} {
		for _, e := range list {
			if got := outcomeOf(e); got != want {
				t.Errorf("%+v: %s, want %s", e, got, want)
			}
		}
	}
}

// TestPeaksAreStored: with the end, and from time to time before it, so that a kill of Botswain takes little.
func TestPeaksAreStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memStorage{}
		b, other := someBot(nil), someBot(func(s *bot.Spec) { s.Name = "Other" })
		r := newRig(t, newFake(), store, b, other).start()
		r.act(b.ID, bot.Start)
		r.act(other.ID, bot.Start)
		time.Sleep(5 * time.Second)
		run := r.status(b.ID).Run
		sample := func(rss int64, cpu *float64) {
			r.Sampled([]runner.Usage{{Run: run, RSS: &rss, CPU: cpu}, {Run: bot.NewID(), RSS: &rss}})
			time.Sleep(2 * time.Second)
		}
		low, high := 5.0, 90.0
		sample(10, nil)
		sample(300, &high)
		sample(20, &low)
		time.Sleep(peaksEvery)
		sample(20, &low)
		stored := func() (n int, last *RunPeaks) {
			for _, c := range store.all() {
				if c.Bot == b.ID && c.Peaks != nil && c.End == nil {
					n, last = n+1, c.Peaks
				}
			}
			return n, last
		}
		if n, last := stored(); n == 0 || *last.RSS != 300 || *last.CPU != 90 {
			t.Errorf("before the end: %d times, %+v", n, last)
		}
		before, _ := stored()
		time.Sleep(peaksEvery)
		sample(20, &low)
		if n, _ := stored(); n != before {
			t.Error("what hasn't risen was stored again")
		}
		sample(400, &low) // comes with the end
		r.act(b.ID, bot.Stop)
		r.act(other.ID, bot.Stop)
		time.Sleep(time.Minute)
		if _, peaks := store.outcomes(b.ID); len(peaks) != 1 || peaks[0] == nil || *peaks[0].RSS != 400 || *peaks[0].CPU != 90 || peaks[0].ID != run {
			t.Errorf("with the end: %+v", peaks)
		}
		if _, peaks := store.outcomes(other.ID); len(peaks) != 1 || peaks[0] != nil {
			t.Errorf("without a sample: %+v", peaks)
		}
		r.end()
	})
}

// TestPeaksWaitForTheDatabase: what rose while it was away is stored when it is back, also when nothing rises then.
func TestPeaksWaitForTheDatabase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memStorage{}
		b := someBot(nil)
		r := newRig(t, newFake(), store, b).start()
		r.act(b.ID, bot.Start)
		time.Sleep(5 * time.Second)
		run := r.status(b.ID).Run
		sample := func(rss int64) {
			r.Sampled([]runner.Usage{{Run: run, RSS: &rss}})
			time.Sleep(2 * time.Second)
		}
		sample(10)
		store.break_(errAway)
		r.journal.put(Change{Bot: b.ID, State: &StoredState{}}) // something waits, so that it is noticed
		time.Sleep(peaksEvery)
		sample(300)
		time.Sleep(peaksEvery)
		sample(20)
		store.break_(nil)
		time.Sleep(journalLast + time.Second)
		sample(20)
		for _, c := range store.all() {
			if c.Peaks != nil && c.End == nil && *c.Peaks.RSS == 300 {
				r.end()
				return
			}
		}
		t.Error("the peak of the outage wasn't stored")
		r.end()
	})
}
