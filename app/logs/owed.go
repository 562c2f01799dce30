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
// it and how often: two would wait for each other's rows.
type owed struct {
	mu   sync.Mutex
	bots map[bot.ID]*debt
	more chan struct{} // capacity 1
}

type debt struct {
	begun bool
	asked []chan<- error // who waits to hear of the next try that ends
}

func newOwed() *owed { return &owed{bots: map[bot.ID]*debt{}, more: make(chan struct{}, 1)} }

// add has the bot forgotten; what became of the next try comes over tried.
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

// tried says what became of a try; without an error nothing is owed any more.
func (o *owed) tried(id bot.ID, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	d := o.bots[id]
	for _, said := range d.asked {
		said <- err
	}
	if d.asked = nil; err == nil {
		delete(o.bots, id)
	}
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
	for first := true; ; first = false {
		err := s.forget(ctx, id)
		s.owed.tried(id, err)
		if err == nil {
			if !first {
				s.log.Info("logs: nothing is left of a deleted bot any more", "bot", id)
			}
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(forgetAgain):
		}
	}
}
