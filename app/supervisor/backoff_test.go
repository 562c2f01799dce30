package supervisor

import (
	"testing"
	"time"

	"github.com/botswain/botswain/app/bot"
)

func policy(change func(*bot.RestartPolicy)) bot.RestartPolicy {
	p := bot.NewSpec().Restart
	if change != nil {
		change(&p)
	}
	return p
}

func TestDelayGrowsToItsBoundAndVaries(t *testing.T) {
	p := policy(nil)
	for n, want := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second} {
		if got := delay(p, n, 0, 0.5); got != want {
			t.Errorf("attempt %d waits %s, want %s", n, got, want)
		}
	}
	if got := delay(p, 5000, 0, 0.5); got != p.MaxDelay {
		t.Errorf("far attempt waits %s, want %s", got, p.MaxDelay)
	}
	if low, high := delay(p, 0, 0, 0), delay(p, 0, 0, 1); low != 800*time.Millisecond || high != 1200*time.Millisecond {
		t.Errorf("jitter gives %s to %s", low, high)
	}
	// Whatever the dice say, a later wait is longer.
	for n := range 8 {
		if worst, best := delay(p, n, 0, 0.999), delay(p, n+1, 0, 0); best <= worst {
			t.Errorf("attempt %d may wait %s, attempt %d only %s", n, worst, n+1, best)
		}
	}
}

func TestJudge(t *testing.T) {
	onFailure := policy(func(p *bot.RestartPolicy) { p.Policy = bot.OnFailure })
	never := policy(func(p *bot.RestartPolicy) { p.Policy = bot.Never })
	three := policy(func(p *bot.RestartPolicy) { p.GiveUpAfter = 3 })
	for name, c := range map[string]struct {
		p       bot.RestartPolicy
		b       backoff
		success bool
		lived   time.Duration
		want    verdict
	}{
		"always, failure":      {policy(nil), backoff{}, false, 0, verdict{in: inEndedAgain, wait: time.Second, count: backoff{1, 1}}},
		"always, success":      {policy(nil), backoff{1, 1}, true, 0, verdict{in: inEndedAgain, wait: 2 * time.Second, count: backoff{2, 0}}},
		"always, long run":     {policy(nil), backoff{5, 5}, false, time.Minute, verdict{in: inEndedAgain, wait: time.Second, count: backoff{1, 1}}},
		"on-failure, failure":  {onFailure, backoff{}, false, 0, verdict{in: inEndedAgain, wait: time.Second, count: backoff{1, 1}}},
		"on-failure, success":  {onFailure, backoff{}, true, 0, verdict{in: inEndedLeft}},
		"never, failure":       {never, backoff{}, false, 0, verdict{in: inEndedFail}},
		"never, success":       {never, backoff{}, true, 0, verdict{in: inEndedLeft}},
		"gives up":             {three, backoff{2, 2}, false, 0, verdict{in: inEndedFail, gave: 3}},
		"not yet":              {three, backoff{1, 1}, false, 0, verdict{in: inEndedAgain, wait: 2 * time.Second, count: backoff{2, 2}}},
		"success doesn't fail": {three, backoff{9, 2}, true, 0, verdict{in: inEndedAgain, wait: 5 * time.Minute, count: backoff{10, 0}}},
	} {
		if got := judge(c.p, c.b, c.success, c.lived, 0.5); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// What a bot waits from end to end when its policy begins with no wait.
func TestWaitsThatBeginWithNone(t *testing.T) {
	const ms = time.Millisecond
	for name, c := range map[string]struct {
		longest, reset, lived time.Duration
		want                  []time.Duration
	}{
		"grows from the floor":                {5 * time.Minute, time.Minute, 0, []time.Duration{0, 50 * ms, 100 * ms, 200 * ms, 400 * ms}},
		"also after longer runs":              {5 * time.Minute, time.Minute, time.Second, []time.Duration{0, 50 * ms, 100 * ms}},
		"without a process":                   {5 * time.Minute, 0, -1, []time.Duration{0, 50 * ms, 100 * ms}},
		"to its bound":                        {150 * ms, time.Minute, 0, []time.Duration{0, 50 * ms, 100 * ms, 150 * ms, 150 * ms}},
		"long enough a run":                   {5 * time.Minute, time.Minute, time.Minute, []time.Duration{0, 0, 0}},
		"each run is long enough":             {5 * time.Minute, 0, 50 * ms, []time.Duration{0, 0, 0}},
		"each run is long enough, or so":      {5 * time.Minute, 0, 49 * ms, []time.Duration{0, 50 * ms, 50 * ms}},
		"never waits":                         {0, time.Minute, 50 * ms, []time.Duration{0, 0, 0}},
		"never waits, but ends at once":       {0, time.Minute, ms, []time.Duration{0, 50 * ms, 50 * ms}},
		"hardly waits, but ends at once":      {ms, time.Minute, 0, []time.Duration{0, 50 * ms, 50 * ms}},
		"never waits, and each run is enough": {0, 0, 0, []time.Duration{0, 50 * ms, 50 * ms}},
		"never waits, and no process":         {0, 0, -1, []time.Duration{0, 50 * ms, 50 * ms}},
	} {
		p := policy(func(p *bot.RestartPolicy) { p.InitialDelay, p.MaxDelay, p.ResetAfter = 0, c.longest, c.reset })
		b := backoff{}
		for n, want := range c.want {
			v := judge(p, b, false, c.lived, 0.5)
			if v.in != inEndedAgain || v.wait != want {
				t.Errorf("%s: wait %d is %s, want %s", name, n, v.wait, want)
			}
			b = v.count
		}
	}
	p := policy(func(p *bot.RestartPolicy) { p.InitialDelay = 0 })
	if got := delay(p, 100_000, 0, 0.5); got != p.MaxDelay {
		t.Errorf("far attempt waits %s, want %s", got, p.MaxDelay)
	}
}

// With reset_after 0 a run is always well, whatever the other waits; a start without a process isn't one.
func TestEveryRunResets(t *testing.T) {
	p := policy(func(p *bot.RestartPolicy) { p.ResetAfter = 0; p.GiveUpAfter = 3 })
	b := backoff{}
	for range 5 {
		v := judge(p, b, false, 0, 0.5)
		if v.in != inEndedAgain || v.wait != time.Second {
			t.Errorf("%+v", v)
		}
		b = v.count
	}
	if v := judge(p, backoff{2, 2}, false, -1, 0.5); v.gave != 3 {
		t.Errorf("three starts without a process: %+v", v)
	}
}
