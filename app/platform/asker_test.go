package platform

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// clock is a time that tests move by hand.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func newTestAsker(t *testing.T) (*asker, *clock) {
	c := newClock()
	a := newAsker(c.now)
	t.Cleanup(a.close)
	return a, c
}

// script answers questions one after the other.
type script struct {
	asked atomic.Int64
	mu    sync.Mutex
	says  func() (*Facts, error)
}

func (s *script) set(f *Facts, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.says = func() (*Facts, error) { return f, err }
}

func (s *script) question() question {
	return question{look: func(context.Context) (*Facts, error) {
		s.asked.Add(1)
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.says()
	}}
}

func named(name string) *Facts { return &Facts{Identity: Identity{ID: "1", Name: name}} }

func mustAsk(t *testing.T, a *asker, key Key, s *script) (Answer, bool) {
	t.Helper()
	answer, asked, err := a.ask(t.Context(), key, s.question())
	if err != nil {
		t.Fatal(err)
	}
	return answer, asked
}

func TestAnAnswerIsKeptForHalfAMinute(t *testing.T) {
	a, c := newTestAsker(t)
	s := &script{}
	s.set(named("first"), nil)
	if got, asked := mustAsk(t, a, Key{1}, s); !asked || got.Facts.Identity.Name != "first" || got.Failure != nil {
		t.Errorf("%+v", got)
	}
	s.set(named("second"), nil)
	c.pass(cacheFor - time.Millisecond)
	if got, asked := mustAsk(t, a, Key{1}, s); asked || got.Facts.Identity.Name != "first" {
		t.Errorf("asked %v: %+v", asked, got)
	}
	if got, asked := mustAsk(t, a, Key{2}, s); !asked || got.Facts.Identity.Name != "second" {
		t.Errorf("another token: asked %v, %+v", asked, got)
	}
	c.pass(time.Millisecond)
	if got, asked := mustAsk(t, a, Key{1}, s); !asked || got.Facts.Identity.Name != "second" {
		t.Errorf("after half a minute: asked %v, %+v", asked, got)
	}
}

func TestAFailureKeepsTheFactsAndTheirAge(t *testing.T) {
	a, c := newTestAsker(t)
	s := &script{}
	s.set(named("here"), nil)
	first, _ := mustAsk(t, a, Key{1}, s)
	c.pass(time.Minute)
	s.set(nil, &Failure{Kind: Unreachable, Message: "away"})
	got, _ := mustAsk(t, a, Key{1}, s)
	if got.Facts == nil || !got.FactsAt.Equal(first.FactsAt) || got.Failure.Kind != Unreachable || !got.AskedAt.After(first.AskedAt) {
		t.Errorf("%+v", got)
	}
	c.pass(unreachableFor)
	s.set(named("back"), nil)
	if got, asked := mustAsk(t, a, Key{1}, s); !asked || got.Failure != nil || got.Facts.Identity.Name != "back" {
		t.Errorf("asked %v: %+v", asked, got)
	}
}

func TestALimitIsObeyed(t *testing.T) {
	a, c := newTestAsker(t)
	s := &script{}
	s.set(named("here"), nil)
	mustAsk(t, a, Key{1}, s)
	c.pass(time.Minute)
	until := c.now().Add(10 * time.Minute)
	s.set(nil, &Failure{Kind: Limited, Until: until})
	mustAsk(t, a, Key{1}, s)
	n := s.asked.Load()
	for range 5 {
		c.pass(119 * time.Second)
		got, asked := mustAsk(t, a, Key{1}, s)
		if asked || got.Facts == nil || got.Failure.Kind != Limited || !got.Failure.Until.Equal(until) {
			t.Fatalf("asked %v: %+v", asked, got)
		}
	}
	if s.asked.Load() != n {
		t.Error("the platform was asked while it wanted to be left alone")
	}
	c.pass(5 * time.Second)
	s.set(named("again"), nil)
	if got, asked := mustAsk(t, a, Key{1}, s); !asked || got.Failure != nil {
		t.Errorf("asked %v: %+v", asked, got)
	}
}

func TestOneQuestionAtATime(t *testing.T) {
	a, _ := newTestAsker(t)
	release, entered := make(chan struct{}), make(chan struct{}, 100)
	var under, most atomic.Int64
	q := question{look: func(context.Context) (*Facts, error) {
		if n := under.Add(1); n > most.Load() {
			most.Store(n)
		}
		defer under.Add(-1)
		entered <- struct{}{}
		<-release
		return named("x"), nil
	}}
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if got, _, err := a.ask(t.Context(), Key{1}, q); err != nil || got.Facts == nil {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
	<-entered
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, _, err := a.ask(gone, Key{1}, q); !errors.Is(err, context.Canceled) {
		t.Errorf("who leaves doesn't wait: %v", err)
	}
	close(release)
	all.Wait()
	if most.Load() != 1 || len(entered) != 0 {
		t.Errorf("%d at once, %d more questions", most.Load(), len(entered))
	}
}

// TestWhatComesAfterHoldsTheTurn: the answer is out, but nobody else asks with the token meanwhile.
func TestWhatComesAfterHoldsTheTurn(t *testing.T) {
	a, c := newTestAsker(t)
	release := make(chan struct{})
	var asked atomic.Int64
	until := c.now().Add(time.Hour)
	q := question{
		look: func(context.Context) (*Facts, error) { asked.Add(1); return named("x"), nil },
		after: func(context.Context, *Facts) error {
			<-release
			return &Failure{Kind: Limited, Until: until}
		},
	}
	if got, _, err := a.ask(t.Context(), Key{1}, q); err != nil || got.Facts == nil {
		t.Fatal(got, err)
	}
	c.pass(2 * cacheFor)
	if got, fresh, _ := a.ask(t.Context(), Key{1}, q); fresh || got.Facts == nil {
		t.Error("asked while the turn is taken")
	}
	close(release)
	a.busy.Wait()
	if got, _, _ := a.ask(t.Context(), Key{1}, q); got.Failure == nil || got.Failure.Kind != Limited || asked.Load() != 1 {
		t.Errorf("a limit met after the answer counts too: %+v", got)
	}
}

func TestAQuestionEndsWithItsTime(t *testing.T) {
	a, _ := newTestAsker(t)
	left := make(chan time.Duration, 1)
	_, _, err := a.ask(t.Context(), Key{1}, question{look: func(ctx context.Context) (*Facts, error) {
		deadline, _ := ctx.Deadline()
		left <- time.Until(deadline)
		return nil, errors.New("odd")
	}})
	if d := <-left; err != nil || d > askTime || d <= 0 {
		t.Errorf("%v left, %v", d, err)
	}
	a.close()
	if _, _, err := a.ask(t.Context(), Key{2}, question{}); err == nil {
		t.Error("a closed asker asks")
	}
}

func TestSeedsAreOld(t *testing.T) {
	a, c := newTestAsker(t)
	s := &script{}
	s.set(named("new"), nil)
	a.seed(Key{1}, Answer{Facts: named("stored"), AskedAt: c.now().Add(-time.Hour), Failure: &Failure{Kind: Limited, Until: c.now().Add(time.Minute)}})
	if got, asked := mustAsk(t, a, Key{1}, s); asked || got.Facts.Identity.Name != "stored" || got.Failure.Kind != Limited {
		t.Errorf("a limit outlasts a restart: %+v", got)
	}
	c.pass(time.Minute)
	if got, _ := mustAsk(t, a, Key{1}, s); got.Facts.Identity.Name != "new" {
		t.Errorf("%+v", got)
	}
}

func TestUnusedEntriesGo(t *testing.T) {
	a, c := newTestAsker(t)
	s := &script{}
	s.set(named("x"), nil)
	for i := range 50 {
		mustAsk(t, a, Key{byte(i)}, s)
	}
	a.busy.Wait()
	c.pass(keepUnused + time.Second)
	mustAsk(t, a, Key{200}, s)
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.entries) != 1 {
		t.Errorf("%d entries", len(a.entries))
	}
}
