package platform

import (
	"context"
	"sync"
	"time"
)

const (
	// cacheFor is how long an answer, or a refusal, is given again without asking.
	cacheFor = 30 * time.Second
	// unreachableFor is the same for a platform that didn't answer: it may be back in a moment.
	unreachableFor = 5 * time.Second
	// askTime bounds all requests of one question together.
	askTime = 5 * time.Second
	// keepUnused is how long an entry that nobody asks for stays in memory.
	keepUnused = time.Hour
)

// Key stands for a token in memory: a keyed fingerprint, never the token.
type Key [32]byte

// Answer is what is known about a token.
type Answer struct {
	Facts   *Facts    // the last ones that came; nil: none ever
	FactsAt time.Time // when they came
	Failure *Failure  // why the last question brought none; nil: it did
	AskedAt time.Time // when it was asked last
}

// question is what the asker does with a token when its turn comes.
type question struct {
	// look gives facts, an error, or both when a part is missing.
	look func(context.Context) (*Facts, error)
	// after runs in the same turn once the answer is out; nil: nothing. Its error counts only when it
	// is a limit.
	after func(context.Context, *Facts) error
}

// asker asks one question at a time for each token, and answers from memory as long as that is
// fresh or the platform wants to be left alone. Close it.
type asker struct {
	now  func() time.Time
	ctx  context.Context
	stop context.CancelFunc
	busy sync.WaitGroup

	mu      sync.Mutex
	entries map[Key]*entry
}

type entry struct {
	answer  Answer
	blocked time.Time     // no question before
	flight  chan struct{} // closed when the answer is there; nil: none under way
	turn    bool          // a question or what comes after it is under way
	used    time.Time
}

func newAsker(now func() time.Time) *asker {
	ctx, stop := context.WithCancel(context.Background())
	return &asker{now: now, ctx: ctx, stop: stop, entries: map[Key]*entry{}}
}

// seed gives the asker what was known in an earlier life: it asks no sooner for having forgotten.
func (a *asker) seed(key Key, answer Answer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if e := a.entry(key, a.now()); e.answer.AskedAt.IsZero() && e.flight == nil {
		e.answer = answer
		if answer.Failure != nil {
			e.block(answer.Failure)
		}
	}
}

// close breaks off what is under way and waits for it.
func (a *asker) close() {
	a.mu.Lock()
	a.stop() // nobody adds to busy from now on
	a.mu.Unlock()
	a.busy.Wait()
}

// ask answers from memory or by q. It waits no longer than askTime, and ends early with ctx: the
// question then goes on for the others. asked says whether the platform was asked for this call.
func (a *asker) ask(ctx context.Context, key Key, q question) (answer Answer, asked bool, err error) {
	a.mu.Lock()
	if err := a.ctx.Err(); err != nil {
		a.mu.Unlock()
		return Answer{}, false, err
	}
	now := a.now()
	e := a.entry(key, now)
	if e.flight == nil {
		switch {
		case now.Before(e.blocked):
			answer = e.answer
			answer.Failure = &Failure{Kind: Limited, Until: e.blocked, Message: limitedWords}
			a.mu.Unlock()
			return answer, false, nil
		case e.fresh(now) || e.turn:
			answer = e.answer
			a.mu.Unlock()
			return answer, false, nil
		}
		e.flight, e.turn = make(chan struct{}), true
		a.busy.Go(func() { a.fly(e, q) })
	}
	flight := e.flight
	a.mu.Unlock()
	select {
	case <-flight:
	case <-ctx.Done():
		return Answer{}, false, ctx.Err()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return e.answer, true, nil
}

const limitedWords = "Asked too often: the platform wants to be left alone for a while."

// fly asks and, when the answer is out, does what comes after it.
func (a *asker) fly(e *entry, q question) {
	facts, err := within(a.ctx, q.look)
	a.mu.Lock()
	now := a.now()
	e.answer.AskedAt, e.answer.Failure = now, AsFailure(err)
	if facts != nil && (err == nil || e.answer.Facts == nil) {
		e.answer.Facts, e.answer.FactsAt = facts, now // with an error only what is better than nothing
	}
	e.block(err)
	close(e.flight)
	e.flight = nil
	more := facts != nil && err == nil && q.after != nil
	e.turn = more
	a.mu.Unlock()
	if !more {
		return
	}
	_, err = within(a.ctx, func(ctx context.Context) (*Facts, error) { return nil, q.after(ctx, facts) })
	a.mu.Lock()
	e.block(err)
	e.turn = false
	a.mu.Unlock()
}

func within(ctx context.Context, do func(context.Context) (*Facts, error)) (*Facts, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	return do(ctx)
}

// block obeys a limit.
func (e *entry) block(err error) {
	if f := AsFailure(err); f != nil && f.Kind == Limited && f.Until.After(e.blocked) {
		e.blocked = f.Until
	}
}

// fresh says whether the last question is recent enough.
func (e *entry) fresh(now time.Time) bool {
	if e.answer.AskedAt.IsZero() {
		return false
	}
	keep := cacheFor
	if f := e.answer.Failure; f != nil && f.Kind == Unreachable {
		keep = unreachableFor
	}
	return now.Sub(e.answer.AskedAt) < keep
}

// entry finds or makes one, and drops those that nobody uses. a.mu is held.
func (a *asker) entry(key Key, now time.Time) *entry {
	e := a.entries[key]
	if e == nil {
		for k, old := range a.entries {
			if !old.turn && now.Sub(old.used) > keepUnused {
				delete(a.entries, k)
			}
		}
		e = &entry{}
		a.entries[key] = e
	}
	e.used = now
	return e
}
