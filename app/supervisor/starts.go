package supervisor

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"time"
)

// tellEvery is how often those that wait for their turn are told how many are before them. Who waits
// for less needn't know.
const tellEvery = 200 * time.Millisecond

// starts is the queue of starts: at most limit are under way at once, whatever comes all together. A
// start counts from the making of its environment until its process exists, not until it is up or
// ready: programs that take a minute to log in must not hold those behind them for a minute each.
//
// The order is that of the decisions to start, and starts by a person go before all others.
type starts struct {
	limit int

	mu      sync.Mutex
	issued  uint64
	busy    int
	waiting []*turn // in the order of their turns
	telling bool    // tell is about to be called
}

// turn is one start's place in the queue.
type turn struct {
	manual bool
	number uint64
	begin  chan struct{} // closed when it is its turn
	// ahead is told how many starts are before this one, or -1 when it waits no more, on the
	// goroutine of whoever moved the queue; it must not block.
	ahead func(n int)
	told  int // what it was told last
}

// newStarts makes a queue; a limit of 0 is twice the number of cores.
func newStarts(limit int) *starts {
	if limit <= 0 {
		limit = 2 * runtime.NumCPU()
	}
	return &starts{limit: limit}
}

// place gives a start its number; the queue is joined with take, when the start can begin.
func (q *starts) place(manual bool, ahead func(int)) *turn {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.issued++
	return &turn{manual: manual, number: q.issued, begin: make(chan struct{}), ahead: ahead, told: -1}
}

func (t *turn) compare(o *turn) int {
	switch {
	case t.manual != o.manual && t.manual:
		return -1
	case t.manual != o.manual:
		return 1
	case t.number < o.number:
		return -1
	}
	return 1
}

// free is take when nobody waits and there is room; false: it isn't so.
func (q *starts) free() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.busy >= q.limit || len(q.waiting) > 0 {
		return false
	}
	q.busy++
	return true
}

// take waits for the turn; false: ctx ended first. Who got true calls give when its process is there.
func (q *starts) take(ctx context.Context, t *turn) bool {
	q.mu.Lock()
	if ctx.Err() != nil {
		q.mu.Unlock()
		return false
	}
	if q.busy < q.limit {
		q.busy++
		q.mu.Unlock()
		return true
	}
	at, _ := slices.BinarySearchFunc(q.waiting, t, (*turn).compare)
	q.waiting = slices.Insert(q.waiting, at, t)
	q.tellSoon()
	q.mu.Unlock()
	select {
	case <-t.begin:
		if t.told >= 0 { // nobody else looks at it any more
			t.ahead(-1)
		}
		return true
	case <-ctx.Done():
	}
	q.mu.Lock()
	at = slices.Index(q.waiting, t)
	if at >= 0 {
		q.waiting = slices.Delete(q.waiting, at, at+1)
	}
	q.mu.Unlock()
	if at < 0 { // the turn came at the same moment
		q.give()
	}
	return false
}

// give ends a turn, and begins the next one.
func (q *starts) give() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		q.busy--
		return
	}
	close(q.waiting[0].begin)
	q.waiting = slices.Delete(q.waiting, 0, 1)
	q.tellSoon()
}

// tellSoon has everybody told of a change. The lock is held.
func (q *starts) tellSoon() {
	if q.telling || len(q.waiting) == 0 {
		return
	}
	q.telling = true
	time.AfterFunc(tellEvery, q.tell)
}

func (q *starts) tell() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.telling = false
	for i, t := range q.waiting {
		if t.told != i {
			t.told = i
			t.ahead(i)
		}
	}
}
