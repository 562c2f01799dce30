package supervisor

import (
	"sync"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/runner"
)

// peaksEvery is how often the peaks of runs that go on are stored: what a kill of Botswain takes is no
// more than that.
const peaksEvery = time.Minute

// RunPeaks are the most that samples have seen a run's tree use. Nil: there was no sample with it.
type RunPeaks struct {
	ID  bot.RunID
	RSS *int64   `json:",omitempty"` // bytes
	CPU *float64 `json:",omitempty"` // percent; 100 is one core
}

// peaks keeps them for the runs that live.
type peaks struct {
	mu     sync.Mutex
	of     map[bot.RunID]*runPeaks
	stored time.Time
}

type runPeaks struct {
	bot   bot.ID
	peaks RunPeaks
	risen bool // since they were stored
}

// begin has a run's samples looked at.
func (p *peaks) begin(id bot.ID, run bot.RunID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.of == nil {
		p.of = map[bot.RunID]*runPeaks{}
	}
	p.of[run] = &runPeaks{bot: id, peaks: RunPeaks{ID: run}}
}

// end gives the peaks of a run that is over; nil: nothing was measured.
func (p *peaks) end(run bot.RunID) *RunPeaks {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.of[run]
	delete(p.of, run)
	if r == nil || r.peaks.RSS == nil && r.peaks.CPU == nil {
		return nil
	}
	return &r.peaks
}

// note takes a sample, and gives what should be stored now: nothing while it can't be, then all that has risen
// meanwhile.
func (p *peaks) note(usage []runner.Usage, at time.Time, can bool) []Change {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, u := range usage {
		r := p.of[u.Run]
		if r == nil {
			continue
		}
		if u.RSS != nil && (r.peaks.RSS == nil || *u.RSS > *r.peaks.RSS) {
			v := *u.RSS
			r.peaks.RSS, r.risen = &v, true
		}
		if u.CPU != nil && (r.peaks.CPU == nil || *u.CPU > *r.peaks.CPU) {
			v := *u.CPU
			r.peaks.CPU, r.risen = &v, true
		}
	}
	if !can || at.Sub(p.stored) < peaksEvery {
		return nil
	}
	p.stored = at
	var list []Change
	for _, r := range p.of {
		if r.risen {
			r.risen = false
			risen := r.peaks
			list = append(list, Change{Bot: r.bot, Peaks: &risen})
		}
	}
	return list
}

// keepPeaks takes note of a sample of all bots. While the database is away the peaks stay in memory: the
// journal has more important things to keep.
func (s *Supervisor) keepPeaks(usage []runner.Usage) {
	for _, c := range s.peaks.note(usage, time.Now(), !s.journal.failing.Load()) {
		s.journal.later(c)
	}
}
