package logs

import "sync"

// mailbox takes orders for the ingest goroutine, in order and without blocking. It is unbounded;
// orders are few (starts, ends and notes).
type mailbox struct {
	mu     sync.Mutex
	orders []func(*ingest)
	closed bool
	poke   chan struct{}
}

func newMailbox() *mailbox { return &mailbox{poke: make(chan struct{}, 1)} }

// put adds an order; false when nobody will read it any more.
func (m *mailbox) put(order func(*ingest)) bool {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return false
	}
	m.orders = append(m.orders, order)
	m.mu.Unlock()
	select {
	case m.poke <- struct{}{}:
	default:
	}
	return true
}

// take gives all orders since the last call.
func (m *mailbox) take() []func(*ingest) {
	m.mu.Lock()
	defer m.mu.Unlock()
	orders := m.orders
	m.orders = nil
	return orders
}

func (m *mailbox) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed, m.orders = true, nil
}
