package platformtest

import (
	"context"
	"fmt"
	"sync"
)

// Board is a lock over the state of a test server whose waiters hear of each change, so that a test
// can wait for a condition instead of for time to pass. The zero value is ready.
type Board struct {
	mu      sync.Mutex
	changed chan struct{}
}

// Do runs f with the lock held. Afterwards waiters look again.
func (b *Board) Do(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
	if b.changed != nil {
		close(b.changed)
		b.changed = nil
	}
}

// Look runs f with the lock held; f changes nothing.
func (b *Board) Look(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
}

// Wait returns when done answers true. It is called without the lock, at first and after each
// change, and may look for itself. The error says what was waited for and why the context ended.
func (b *Board) Wait(ctx context.Context, what string, done func() bool) error {
	for {
		b.mu.Lock()
		if b.changed == nil {
			b.changed = make(chan struct{})
		}
		changed := b.changed
		b.mu.Unlock()
		if done() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("waited for %s: %w", what, context.Cause(ctx))
		}
	}
}
