package supervisor

import (
	"fmt"
	"sync"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/runner"
)

const (
	// overSamples is how many samples in a row must be over a soft memory limit.
	overSamples = 2
	// memoryPatience is how long a run lives at least that was itself started because of memory: a
	// bot that always needs more than its limit must not be restarted with every second sample.
	memoryPatience = time.Minute
)

// ceilings knows which runs have a soft memory limit, so that samples wake nobody else.
type ceilings struct {
	mu sync.Mutex
	of map[bot.RunID]*actor
}

func (c *ceilings) set(run bot.RunID, a *actor) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of == nil {
		c.of = map[bot.RunID]*actor{}
	}
	c.of[run] = a
}

func (c *ceilings) drop(run bot.RunID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.of, run)
}

func (c *ceilings) get(run bot.RunID) *actor {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.of[run]
}

// Sampled takes note of what bots use, for their soft memory limits and the peaks of their runs. It doesn't wait for them.
// Whoever measures usage calls it with each sample of all bots.
func (s *Supervisor) Sampled(usage []runner.Usage) {
	s.keepPeaks(usage)
	for _, u := range usage {
		if u.RSS == nil {
			continue
		}
		if a := s.ceilings.get(u.Run); a != nil {
			a.tell(func(a *actor) { a.sampled(u.Run, *u.RSS) })
		}
	}
}

// watchMemory has the run that just began looked after.
func (a *actor) watchMemory() {
	a.s.peaks.begin(a.def.ID, a.run.id)
	if a.run.def.Limits.MemorySoft > 0 {
		a.s.ceilings.set(a.run.id, a)
	}
}

// sampled counts samples over the limit that the run was started with.
func (a *actor) sampled(run bot.RunID, rss int64) {
	if a.run == nil || a.run.id != run || !a.isUp() || a.retired || a.closing {
		return
	}
	soft := a.run.def.Limits.MemorySoft
	if soft == 0 || rss <= soft {
		a.run.over = 0
		return
	}
	a.run.over++
	if a.run.over < overSamples || a.run.cause == "memory" && time.Since(a.st.StartedAt) < memoryPatience {
		return
	}
	a.restartFor("memory", fmt.Sprintf("restarted by Botswain: it used %s of memory, more than %s", mebibytes(rss), mebibytes(soft)))
}

func mebibytes(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }
