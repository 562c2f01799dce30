package runs

import (
	"sync"
	"time"

	"github.com/botswain/botswain/app/bot"
)

// waiting remembers since when each end waits to be kept, while the database answers. It goes by times of this
// process: when an end was, by the clock on the wall, says nothing once that was set.
type waiting struct {
	mu    sync.Mutex
	since map[bot.RunID]time.Time
}

// note has those that are seen for the first time wait from now on.
func (w *waiting) note(list []unkept, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, u := range list {
		if _, known := w.since[u.run]; !known {
			if w.since == nil {
				w.since = map[bot.RunID]time.Time{}
			}
			w.since[u.run] = now
		}
	}
}

// time is how long an end has waited.
func (w *waiting) time(u unkept, now time.Time) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	since, known := w.since[u.run]
	if !known {
		return 0
	}
	return now.Sub(since)
}

// done lets go of an end that is kept.
func (w *waiting) done(u unkept) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.since, u.run)
}

// forget has all begin anew: the database doesn't answer.
func (w *waiting) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.since)
}
