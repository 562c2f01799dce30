package auth

import (
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/botswain/botswain/app/fault"
)

// Guessing is slowed down by user name and by address. The first tries are free, then each one
// more is followed by a pause that doubles. Tries during a pause are refused and don't lengthen it.
const (
	freeByName    = 5
	freeByAddress = 20 // more than one person may sit behind one
	firstPause    = 30 * time.Second
	longestPause  = 15 * time.Minute
	forgetAfter   = time.Hour // without another try
	maxTracked    = 10_000    // names, and addresses: bounds the memory
)

// limits holds the failures of logins and of set-up codes.
type limits struct {
	names     *limiter
	addresses *limiter
	codes     *limiter // by address
}

func newLimits(now func() time.Time) *limits {
	return &limits{names: newLimiter(freeByName, now), addresses: newLimiter(freeByAddress, now), codes: newLimiter(freeByName, now)}
}

// limiter counts failures by key. A try counts as failed when it begins and is taken back when it
// succeeds, so that many tries at once don't get past it.
type limiter struct {
	free int
	now  func() time.Time
	mu   sync.Mutex
	seen map[string]*tries
}

type tries struct {
	failed int
	last   time.Time
	until  time.Time
}

func newLimiter(free int, now func() time.Time) *limiter {
	return &limiter{free: free, now: now, seen: map[string]*tries{}}
}

// begin counts a try, or answers how long to wait until the next one is allowed.
func (l *limiter) begin(key string) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	t := l.seen[key]
	if t != nil && now.Sub(t.last) >= forgetAfter {
		t = nil
	}
	if t == nil {
		l.makeRoom(now)
		t = &tries{}
		l.seen[key] = t
	}
	if wait := t.until.Sub(now); wait > 0 {
		return wait
	}
	t.failed++
	t.last = now
	if over := t.failed - l.free; over >= 0 {
		t.until = now.Add(pause(over))
	}
	return 0
}

// undo takes a try back: it ended without saying whether the guess was right.
func (l *limiter) undo(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.seen[key]
	if t == nil {
		return
	}
	t.until = time.Time{}
	if t.failed--; t.failed <= 0 {
		delete(l.seen, key)
	}
}

// clear forgets a key after a success.
func (l *limiter) clear(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.seen, key)
}

// pause doubles with each failure past the free ones.
func pause(over int) time.Duration {
	d := firstPause
	for ; over > 0 && d < longestPause; over-- {
		d *= 2
	}
	return min(d, longestPause)
}

// makeRoom keeps the map bounded: first what is forgotten anyway goes, then the oldest.
func (l *limiter) makeRoom(now time.Time) {
	if len(l.seen) < maxTracked {
		return
	}
	oldest, oldestKey := now, ""
	for key, t := range l.seen {
		if now.Sub(t.last) >= forgetAfter {
			delete(l.seen, key)
			continue
		}
		if oldestKey == "" || t.last.Before(oldest) {
			oldest, oldestKey = t.last, key
		}
	}
	if len(l.seen) >= maxTracked {
		delete(l.seen, oldestKey)
	}
}

// nameKey is the same for all spellings of a name; long input can't fill the memory.
func nameKey(username string) string {
	if len(username) > 64 {
		username = username[:64]
	}
	return strings.ToLower(username)
}

// addressKey is an IPv4 address, or the /64 network that one holder of IPv6 addresses has.
func addressKey(remoteIP string) string {
	a, err := netip.ParseAddr(remoteIP)
	if err != nil {
		return "unknown"
	}
	if a = a.Unmap(); a.Is6() {
		if p, err := a.WithZone("").Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}

func tooMany(wait time.Duration) error {
	return &fault.Error{
		Code:       fault.TooMany,
		Message:    "Too many wrong tries. Please wait before the next one.",
		RetryAfter: max(wait.Round(time.Second), time.Second),
	}
}
