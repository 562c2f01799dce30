package report

import (
	"sync"
	"time"

	"github.com/botswain/botswain/app/bot"
)

// Each run may send this many reports within any such time.
const (
	perWindow = 60
	window    = time.Minute
)

// limiter remembers when each run sent its last reports.
type limiter struct {
	mu   sync.Mutex
	runs map[bot.RunID]*sent
}

// sent is a ring of times; next is the oldest of them.
type sent struct {
	at   [perWindow]time.Time
	next int
	last time.Time
}

// take counts a report at now, or answers how long the run has to wait.
func (l *limiter) take(run bot.RunID, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.runs[run]
	if s == nil {
		l.tidy(now)
		s = &sent{}
		l.runs[run] = s
	}
	if wait := s.at[s.next].Add(window).Sub(now); !s.at[s.next].IsZero() && wait > 0 {
		return wait
	}
	s.at[s.next], s.last = now, now
	s.next = (s.next + 1) % perWindow
	return 0
}

// tidy forgets runs that have nothing to wait for.
func (l *limiter) tidy(now time.Time) {
	for run, s := range l.runs {
		if now.Sub(s.last) >= window {
			delete(l.runs, run)
		}
	}
}
