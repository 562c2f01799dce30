package supervisor

import (
	"math"
	"time"

	"github.com/botswain/botswain/app/bot"
)

// backoff counts the ends of a bot since it last ran well.
type backoff struct {
	attempt  int // starts again since then; the exponent of the next wait
	failures int // failures in a row, for give_up_after
}

// verdict says what follows an end.
type verdict struct {
	in    input         // inEndedAgain, inEndedLeft or inEndedFail
	wait  time.Duration // with inEndedAgain
	gave  int           // with inEndedFail: gave up after so many tries; 0: the policy leaves it
	count backoff       // the counters from now on
}

// atOnce says that the next start doesn't wait.
func (v verdict) atOnce() bool { return v.in == inEndedAgain && v.wait == 0 }

// judge decides by the policy what follows an end, given how long the run lasted (below 0: there
// was no process). r is a random number in [0, 1) for the jitter.
func judge(p bot.RestartPolicy, b backoff, success bool, lived time.Duration, r float64) verdict {
	if lived >= p.ResetAfter {
		b = b.reset(p, lived)
	}
	if success {
		b.failures = 0
	} else {
		b.failures++
	}
	switch {
	case success && p.Policy != bot.Always:
		return verdict{in: inEndedLeft}
	case p.Policy == bot.Never:
		return verdict{in: inEndedFail}
	case !success && p.GiveUpAfter > 0 && b.failures >= p.GiveUpAfter:
		return verdict{in: inEndedFail, gave: b.failures}
	}
	wait := delay(p, b.attempt, lived, r)
	b.attempt++
	return verdict{in: inEndedAgain, wait: wait, count: b}
}

// reset forgets earlier ends after a run that was long enough. What ends at once isn't started
// again at once twice in a row, even if the policy finds every run long enough.
func (b backoff) reset(p bot.RestartPolicy, lived time.Duration) backoff {
	if p.InitialDelay == 0 && lived < bot.RestartFloor {
		return backoff{attempt: min(b.attempt, 1)}
	}
	return backoff{}
}

// delay is the wait before attempt n (from 0) after a run that lasted lived, as bot.RestartPolicy
// has it, varied by the jitter both ways.
func delay(p bot.RestartPolicy, n int, lived time.Duration, r float64) time.Duration {
	first := p.InitialDelay
	if first == 0 {
		if n == 0 {
			return 0
		}
		first, n = bot.RestartFloor, n-1
	}
	d := math.Min(float64(first)*math.Pow(p.Factor, float64(n)), float64(p.MaxDelay))
	if p.InitialDelay == 0 && lived < bot.RestartFloor {
		d = math.Max(d, float64(bot.RestartFloor))
	}
	return time.Duration(d * (1 + bot.Jitter*(2*r-1)))
}
