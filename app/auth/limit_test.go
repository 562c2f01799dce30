package auth

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestLimiterPausesGrow(t *testing.T) {
	t.Parallel()
	c := newClock()
	l := newLimiter(5, c.Now)
	for i := range 5 {
		if wait := l.begin("k"); wait != 0 {
			t.Fatalf("try %d has to wait %s", i+1, wait)
		}
	}
	for _, want := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 15 * time.Minute, 15 * time.Minute} {
		for range 3 { // refused tries don't lengthen the pause
			if wait := l.begin("k"); wait != want {
				t.Fatalf("got a pause of %s, want %s", wait, want)
			}
		}
		c.add(want)
		if wait := l.begin("k"); wait != 0 {
			t.Fatalf("after the pause another %s", wait)
		}
	}
	if l.begin("other") != 0 {
		t.Error("another key has to wait")
	}
	c.add(forgetAfter)
	for range 2 {
		if l.begin("k") != 0 {
			t.Error("a quiet hour doesn't forget")
		}
	}
}

func TestLimiterUndoAndClear(t *testing.T) {
	t.Parallel()
	l := newLimiter(2, newClock().Now)
	for range 10 {
		if l.begin("k") != 0 {
			t.Fatal("tries that were taken back count")
		}
		l.undo("k")
	}
	if len(l.seen) != 0 {
		t.Error("a key without failures is kept")
	}
	l.begin("k")
	l.begin("k")
	if l.begin("k") == 0 {
		t.Fatal("no pause")
	}
	l.clear("k")
	if l.begin("k") != 0 {
		t.Error("a success doesn't clear")
	}
}

// TestLimiterAtOnce: many tries at the same moment don't get past the count.
func TestLimiterAtOnce(t *testing.T) {
	t.Parallel()
	l := newLimiter(5, newClock().Now)
	var let atomic.Int32
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			if l.begin("k") == 0 {
				let.Add(1)
			}
		})
	}
	wg.Wait()
	if let.Load() != 5 {
		t.Errorf("%d tries were let through at once, want 5", let.Load())
	}
}

func TestLimiterIsBounded(t *testing.T) {
	t.Parallel()
	c := newClock()
	l := newLimiter(5, c.Now)
	for i := range maxTracked + 50 {
		c.add(time.Microsecond)
		l.begin(fmt.Sprint(i))
	}
	if len(l.seen) > maxTracked {
		t.Errorf("%d keys are kept", len(l.seen))
	}
	if _, kept := l.seen[fmt.Sprint(maxTracked+49)]; !kept {
		t.Error("the newest key is gone")
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
		"fe80::1%eth0": "fe80::/64", "": "unknown", "nonsense": "unknown",
	} {
		if got := addressKey(in); got != want {
			t.Errorf("addressKey(%q) = %q, want %q", in, got, want)
		}
	}
	if nameKey("Admin") != nameKey("aDMIN") {
		t.Error("spellings of a name count apart")
	}
}
