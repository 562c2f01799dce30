package logs

import (
	"context"
	"sync"
	"time"

	"github.com/botswain/botswain/app/bot"
)

// forgetAgain is the time between two tries to forget a deleted bot.
const forgetAgain = 2 * time.Second

// owed are deleted bots of which something is left. Each has one goroutine that removes it, whoever asks for
// it and how often: two would wait for each other's rows. Of all of them one at a time deletes rows, so that the
// log path gets its connection.
type owed struct {
	mu   sync.Mutex
	bots map[bot.ID]*debt
	more chan struct{} // capacity 1
	turn chan struct{} // capacity 1: who deletes rows
}

type debt struct {
	begun bool
	asked []chan<- error // who waits to hear of the next try that begins
}

func newOwed() *owed {
	return &owed{bots: map[bot.ID]*debt{}, more: make(chan struct{}, 1), turn: make(chan struct{}, 1)}
}

// add has the bot forgotten; what becomes of the next try that begins comes over tried.
func (o *owed) add(id bot.ID) (tried <-chan error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	d := o.bots[id]
	if d == nil {
		d = &debt{}
		o.bots[id] = d
	}
	said := make(chan error, 1)
	d.asked = append(d.asked, said)
	select {
	case o.more <- struct{}{}:
	default:
	}
	return said
}

// begin gives those that nobody works on yet.
func (o *owed) begin() (bots []bot.ID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for id, d := range o.bots {
		if !d.begun {
			d.begun = true
			bots = append(bots, id)
		}
	}
	return bots
}

// try begins a try, and gives who is to hear of it.
func (o *owed) try(id bot.ID) (asked []chan<- error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	d := o.bots[id]
	asked, d.asked = d.asked, nil
	return asked
}

// paid says that a try has left nothing; false: somebody asked since it began, for what came meanwhile.
func (o *owed) paid(id bot.ID) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.bots[id].asked) > 0 {
		return false
	}
	delete(o.bots, id)
	return true
}

// forgetOwed removes what is left of deleted bots, until ctx ends.
func (s *Service) forgetOwed(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.owed.more:
		}
		for _, id := range s.owed.begin() {
			wg.Go(func() { s.forgetWhole(ctx, id) })
		}
	}
}

// forgetWhole tries until nothing of the bot is left.
func (s *Service) forgetWhole(ctx context.Context, id bot.ID) {
	var said time.Time // that it fails
	for {
		asked := s.owed.try(id)
		err := s.forget(ctx, id)
		for _, to := range asked {
			to <- err
		}
		if err == nil {
			if !said.IsZero() {
				s.log.Info("logs: nothing is left of a deleted bot any more", "bot", id)
			}
			if s.owed.paid(id) {
				return
			}
			continue
		}
		if now := time.Now(); ctx.Err() == nil && now.Sub(said) >= complainEvery {
			s.log.Warn("logs: what is left of a deleted bot can't be removed now; it is tried again", "bot", id, "error", err)
			said = now
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(forgetAgain):
		}
	}
}
