package local

import (
	"context"
	"time"

	"golang.org/x/sys/unix"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/procfs"
)

// ask is what another goroutine wants of the keeper.
type ask struct {
	run    *run
	signal unix.Signal // 0: only look at the run
	killAt time.Time
	// unwatched: the kernel doesn't tell the end of the main process.
	unwatched bool
}

// Stop asks the keeper to end a run; see runner.Backend.
func (b *Backend) Stop(ctx context.Context, id bot.RunID, signal string, grace time.Duration) error {
	number, ok := bot.SignalNumber(signal)
	if !ok {
		return fault.New(fault.Invalid, "%q is not a signal that a bot can be stopped with.", signal)
	}
	r := b.find(id)
	if r == nil {
		return nil
	}
	select {
	case <-r.started:
	case <-ctx.Done():
		return ctx.Err()
	}
	if r.err != nil {
		return nil
	}
	return b.ask(ask{run: r, signal: number, killAt: time.Now().Add(max(0, grace))})
}

func (b *Backend) ask(a ask) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return errClosed
	}
	b.asks = append(b.asks, a)
	b.poll.wake()
	return nil
}

// keep is the keeper: the one goroutine that waits for the ends of all runs and acts on stops.
// It sleeps until a process ends, a stop is asked for, or a grace period is over.
func (b *Backend) keep() {
	defer close(b.keeperDone)
	active := map[*run]bool{} // those with something to do at end.due
	for {
		ready, err := b.poll.wait(untilDue(active))
		if err != nil {
			b.log.Error("the keeper of bots can't wait", "error", err)
			return
		}
		now := time.Now()
		asks, closed := b.collect(ready, active, now)
		if closed {
			return
		}
		for _, a := range asks {
			a.run.end.hear(a)
			a.run.end.due = now
			active[a.run] = true
		}
		b.advance(active, now)
	}
}

func untilDue(active map[*run]bool) time.Duration {
	if len(active) == 0 {
		return -1
	}
	var first time.Time
	for r := range active {
		if first.IsZero() || r.end.due.Before(first) {
			first = r.end.due
		}
	}
	return max(0, time.Until(first))
}

// collect takes the asks and notes which processes have ended.
func (b *Backend) collect(ready []int, active map[*run]bool, now time.Time) (asks []ask, closed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, fd := range ready {
		r := b.fds[fd]
		if r == nil {
			continue
		}
		delete(b.fds, fd)
		r.end.processGone(r, fd, now)
		r.end.due = now
		active[r] = true
	}
	for _, a := range b.asks {
		if b.runs[a.run.id] == a.run { // else it is over
			asks = append(asks, a)
		}
	}
	b.asks = nil
	return asks, b.closed
}

// advance takes every run that is due one step further. Where the run's cgroup tells its processes,
// that is enough; for the others it looks once at all processes of the machine.
func (b *Backend) advance(active map[*run]bool, now time.Time) {
	var rest []*run
	for r := range active {
		if r.end.due.After(now) {
			continue
		}
		b.visit(r, now)
		tree, known := b.forest.glance(r)
		if !known {
			rest = append(rest, r)
			continue
		}
		seen := view{trees: map[bot.RunID][]procfs.Stat{r.id: tree}}
		if b.tend(r, &seen, now) {
			delete(active, r)
		}
	}
	if len(rest) == 0 {
		return
	}
	seen, err := b.forest.look()
	if err != nil {
		b.log.Error("processes can't be listed; ends of bots wait", "error", err)
		for _, r := range rest {
			r.end.due = now.Add(250 * time.Millisecond)
		}
		return
	}
	for _, r := range rest {
		if b.tend(r, &seen, now) {
			delete(active, r)
		}
	}
}

// tend is step for a run that is visited as long as nobody else tells its end.
func (b *Backend) tend(r *run, seen *view, now time.Time) (idle bool) {
	idle = b.step(r, seen, now)
	if !r.end.unwatched {
		return idle
	}
	if next := now.Add(lastRetry); idle || next.Before(r.end.due) {
		r.end.due = next
	}
	return false
}
