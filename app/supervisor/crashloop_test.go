package supervisor

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/runner"
)

func TestCrashesBecomeALoop(t *testing.T) {
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	at := func(minutes float64) time.Time { return begin.Add(time.Duration(minutes * float64(time.Minute))) }
	for name, c := range map[string]struct {
		minutes []float64
		news    []int // which of them are told
	}{
		"five at once":                 {[]float64{0, 0, 0, 0, 0}, []int{4}},
		"four are none":                {[]float64{0, 1, 2, 3}, nil},
		"slower than five in ten":      {[]float64{0, 2.5, 5, 7.5, 10, 12.5, 15}, nil},
		"told once":                    {[]float64{0, 1, 2, 3, 4, 5, 6, 7, 12, 16, 25, 34.9}, []int{4}},
		"again after it was quiet":     {[]float64{0, 1, 2, 3, 4, 14, 15, 16, 17, 18}, []int{4, 9}},
		"the old ones don't count":     {[]float64{0, 1, 2, 3, 10.5, 11.5, 12.5}, nil},
		"the window moves on with it":  {[]float64{0, 6, 7, 8, 11, 12}, []int{5}},
		"quiet, then slower than that": {[]float64{0, 0, 0, 0, 0, 10, 13, 16, 19}, []int{4}},
	} {
		t.Run(name, func(t *testing.T) {
			var l crashes
			want := map[int]bool{}
			for _, n := range c.news {
				want[n] = true
			}
			for n, m := range c.minutes {
				if got := l.add(at(m)); got != want[n] {
					t.Errorf("crash %d at minute %v: %v", n, m, got)
				}
			}
		})
	}
}

func TestACrashLoopIsToldAndShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, f := someBot(func(s *bot.Spec) { s.Restart.MaxDelay = time.Second }), newFake()
		f.life = func(n int, _ runner.Start) (time.Duration, int, error) {
			if n == 8 {
				return 0, 0, nil // lives on
			}
			return 20 * time.Second, 1, nil
		}
		r := newRig(t, f, &memStorage{}, b).start()
		r.act(b.ID, bot.Start)
		time.Sleep(4*21*time.Second - time.Second/2)
		synctest.Wait()
		if st := r.expect(b.ID, bot.Waiting); st.CrashLoop != 0 || st.Reason != "exit code 1" {
			t.Errorf("after four: %d, %q", st.CrashLoop, st.Reason)
		}
		time.Sleep(21 * time.Second)
		synctest.Wait()
		if st := r.expect(b.ID, bot.Waiting); st.CrashLoop != 5 || st.Reason != "exit code 1" || st.LastExit.Reason != "exit code 1" {
			t.Errorf("after five: %d, %q", st.CrashLoop, st.Reason)
		}
		time.Sleep(3 * 21 * time.Second)
		synctest.Wait()
		if st := r.expect(b.ID, bot.Running); st.CrashLoop != 7 || f.starts() != 8 {
			t.Errorf("while it runs: %d after %d starts", st.CrashLoop, f.starts())
		}
		time.Sleep(loopWindow)
		synctest.Wait()
		if st := r.expect(b.ID, bot.Running); st.CrashLoop != 0 {
			t.Error("it is quiet, and still shown as a loop")
		}
		var told []string
		for _, c := range r.store.all() {
			if c.Event != nil && c.Event.Kind == event.BotCrashLoop {
				told = append(told, c.Event.Message)
			}
		}
		if len(told) != 1 || told[0] != "5 crashes in 10 minutes: exit code 1" {
			t.Errorf("told: %q", told)
		}
		r.end()
	})
}

func TestAStartByAPersonForgetsTheLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, f := someBot(func(s *bot.Spec) { s.Restart.Policy = bot.Never }), newFake()
		f.life = func(int, runner.Start) (time.Duration, int, error) { return -1, 1, nil }
		r := newRig(t, f, &memStorage{}, b).start()
		for range 9 {
			r.act(b.ID, bot.Start)
			synctest.Wait()
			if st := r.expect(b.ID, bot.Crashed); st.CrashLoop != 0 {
				t.Errorf("loop of %d", st.CrashLoop)
			}
		}
		r.end()
	})
}

func TestAfterOutOfMemoryOtherRulesApply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, f := someBot(func(s *bot.Spec) { s.StartSeconds, s.Restart.InitialDelay, s.Restart.Policy = 0, 0, bot.OnFailure }), newFake()
		r := newRig(t, f, &memStorage{}, b).start()
		r.act(b.ID, bot.Start)
		synctest.Wait()
		code := 0 // of a shell whose child was killed: no success
		f.exit(r.status(b.ID).Run, bot.Exit{Code: &code, OOM: true})
		synctest.Wait()
		st := r.expect(b.ID, bot.Waiting)
		if wait := st.NextStartAt.Sub(st.Since); wait != oomWait || st.Reason != "out of memory: killed by the kernel" {
			t.Errorf("waits %s: %s", wait, st.Reason)
		}
		time.Sleep(oomWait)
		synctest.Wait()
		r.expect(b.ID, bot.Running)
		runs := r.store.runs(b.ID)
		if len(runs) != 2 || runs[1].Cause != "oom" || runs[1].Previous != "out of memory: killed by the kernel" {
			t.Errorf("%+v", runs)
		}
		r.end()
	})
}
