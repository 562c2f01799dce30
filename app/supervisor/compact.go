package supervisor

import (
	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
)

// compact makes a queue that has grown past limit smaller, without losing what matters later:
// of each bot's states only the newest counts, and the steps of a crash loop need no event each.
// When that isn't enough, the oldest entries go.
func compact(queue []*entry, limit int) []*entry {
	newest := map[bot.ID]int{}
	for i, e := range queue {
		if e.State != nil {
			newest[e.Bot] = i
		}
	}
	kept := make([]*entry, 0, len(queue))
	for i, e := range queue {
		if e.State != nil && newest[e.Bot] != i {
			e.State = nil
		}
		if e.Event != nil && i < len(queue)/2 && !essential(e.Event.Kind) {
			e.Event = nil
		}
		if e.empty() {
			e.finish()
			continue
		}
		kept = append(kept, e)
	}
	// Room for a while, or the next entry would come here again.
	if room := limit - limit/10; len(kept) > room {
		for _, e := range kept[:len(kept)-room] {
			e.finish()
		}
		kept = kept[len(kept)-room:]
	}
	return kept
}

func essential(k event.Kind) bool {
	switch k {
	case event.BotStarting, event.BotRunning, event.BotStopping, event.BotWaiting:
		return false
	}
	return true
}
