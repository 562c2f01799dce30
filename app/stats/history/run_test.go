package history

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// broom is a storage that counts how often it is swept.
type broom struct {
	storage
	mu           sync.Mutex
	swept        int
	fails, other error
}

func (b *broom) Sweep(context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.swept++
	return b.fails
}

func (b *broom) mayStore() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.other
}

func (b *broom) set(fails, other error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fails, b.other = fails, other
}

func (b *broom) Drop(context.Context, Tier, time.Time) error { return nil }

// TestSweepsOnceADay: soon after a start, and after a failure sooner than a day; never while another Botswain
// has the database.
func TestSweepsOnceADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &broom{fails: errors.New("away")}
		s := New(Options{Store: b, MayStore: b.mayStore})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); _ = s.Run(ctx) }()
		want := func(what string, n int) {
			t.Helper()
			synctest.Wait()
			b.mu.Lock()
			defer b.mu.Unlock()
			if b.swept != n {
				t.Errorf("%s: swept %d times, want %d", what, b.swept, n)
			}
		}
		time.Sleep(sweepFirst + time.Minute)
		want("after the start", 1)
		b.set(nil, errors.New("another Botswain"))
		time.Sleep(3 * sweepFirst)
		want("while another has the database", 1)
		b.set(nil, nil)
		time.Sleep(sweepFirst)
		want("after a failure", 2)
		time.Sleep(sweepEvery - 2*time.Minute)
		want("within a day", 2)
		time.Sleep(2 * time.Minute)
		want("a day later", 3)
		cancel()
		<-done
	})
}
