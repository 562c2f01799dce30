package stats

import (
	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/runner"
)

// botHistory is what is kept of one bot.
type botHistory struct {
	usage    runner.Usage
	cpu, rss ring
	revision uint64
}

// show copies it.
func (b *botHistory) show(id bot.ID) Bot {
	u := b.usage
	u.CPU, u.RSS, u.OpenFiles = clone(u.CPU), clone(u.RSS), clone(u.OpenFiles)
	u.ReadRate, u.WriteRate = clone(u.ReadRate), clone(u.WriteRate)
	return Bot{ID: id, Usage: u, CPUHistory: b.cpu.copy(), RSSHistory: b.rss.copy(), Revision: b.revision}
}

// keepBots takes over a sample of the bots, which it gives by bot; the lock is held. A bot without figures gets a gap, and
// is forgotten when its history holds nothing else.
func (s *Sampler) keepBots(runs map[bot.RunID]bot.ID, usage []runner.Usage) map[bot.ID]runner.Usage {
	now := map[bot.ID]runner.Usage{}
	for _, u := range usage {
		id, known := runs[u.Run]
		if !known {
			continue // it has just ended or is just starting
		}
		now[id] = u
		if s.bots[id] == nil {
			s.bots[id] = &botHistory{}
		}
	}
	for id, b := range s.bots {
		u := now[id]
		var rss *float64
		if u.RSS != nil {
			bytes := float64(*u.RSS)
			rss = &bytes
		}
		b.usage, b.revision = u, s.revision
		b.cpu.push(u.CPU)
		b.rss.push(rss)
		if u.Run == (bot.RunID{}) && b.cpu.empty() && b.rss.empty() {
			delete(s.bots, id)
		}
	}
	return now
}
