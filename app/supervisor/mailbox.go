package supervisor

import "sync"

// mailbox is an unbounded queue, so that nobody who has something to tell an actor ever waits
// for it: a slow bot must not hold up the ends of others. What can be in it is bounded by what
// can happen to one bot.
type mailbox struct {
	mu     sync.Mutex
	queue  []message
	closed bool
	poke   chan struct{}
}

// message is something for an actor to do on its own goroutine.
type message func(*actor)

func newMailbox() *mailbox { return &mailbox{poke: make(chan struct{}, 1)} }

// put says false when the actor has ended; then m will never be run.
func (b *mailbox) put(m message) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return false
	}
	b.queue = append(b.queue, m)
	select {
	case b.poke <- struct{}{}:
	default:
	}
	return true
}

// take removes the oldest message; nil when there is none.
func (b *mailbox) take() message {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.queue) == 0 {
		return nil
	}
	m := b.queue[0]
	b.queue = b.queue[1:]
	return m
}

func (b *mailbox) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	b.queue = nil
}
