package auth

import (
	"crypto/sha256"
	"sync"
	"time"

	"github.com/google/uuid"
)

const (
	// graceTime is how long somebody who was known a moment ago stays known while the database is
	// away, so that the page can say what is wrong.
	graceTime = 5 * time.Minute
	// graceRoom bounds the memory.
	graceRoom = 4096
)

// tokenHash is what is stored of a session id or an API token.
type tokenHash [sha256.Size]byte

func hashToken(raw string) tokenHash { return sha256.Sum256([]byte(raw)) }

// grace remembers for a short time what the database said about sessions or tokens.
type grace[T any] struct {
	now  func() time.Time
	user func(T) uuid.UUID
	mu   sync.Mutex
	seen map[tokenHash]graceEntry[T]
}

type graceEntry[T any] struct {
	value T
	at    time.Time
}

func newGrace[T any](now func() time.Time, user func(T) uuid.UUID) *grace[T] {
	return &grace[T]{now: now, user: user, seen: map[tokenHash]graceEntry[T]{}}
}

// remember keeps what the database has just said.
func (g *grace[T]) remember(hash tokenHash, value T) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	if _, known := g.seen[hash]; !known && len(g.seen) >= graceRoom {
		g.makeRoom(now)
	}
	g.seen[hash] = graceEntry[T]{value, now}
}

func (g *grace[T]) makeRoom(now time.Time) {
	for hash, e := range g.seen {
		if now.Sub(e.at) >= graceTime {
			delete(g.seen, hash)
		}
	}
	for hash := range g.seen { // any will do: it costs its owner a look-up
		if len(g.seen) < graceRoom {
			return
		}
		delete(g.seen, hash)
	}
}

// recall gives what was said at most that long ago.
func (g *grace[T]) recall(hash tokenHash, within time.Duration) (value T, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	e, ok := g.seen[hash]
	if !ok || g.now().Sub(e.at) >= within {
		return value, false
	}
	return e.value, true
}

func (g *grace[T]) forget(hash tokenHash) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.seen, hash)
}

func (g *grace[T]) forgetUser(id uuid.UUID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for hash, e := range g.seen {
		if g.user(e.value) == id {
			delete(g.seen, hash)
		}
	}
}

func (g *grace[T]) forgetAll() {
	g.mu.Lock()
	defer g.mu.Unlock()
	clear(g.seen)
}
