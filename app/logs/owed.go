package logs

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/botswain/botswain/app/bot"
)

// forgetAgain is the time between two tries to forget a deleted bot.
const forgetAgain = 2 * time.Second

// owed are deleted bots of which something is left, because it couldn't be removed.
type owed struct {
	mu   sync.Mutex
	bots []bot.ID
	more chan struct{} // capacity 1
}

func newOwed() *owed { return &owed{more: make(chan struct{}, 1)} }

func (o *owed) add(id bot.ID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if slices.Contains(o.bots, id) {
		return
	}
	o.bots = append(o.bots, id)
	select {
	case o.more <- struct{}{}:
	default:
	}
}

func (o *owed) list() []bot.ID {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.bots)
}

func (o *owed) drop(id bot.ID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.bots = slices.DeleteFunc(o.bots, func(x bot.ID) bool { return x == id })
}

// forgetOwed does later what Forget could not, until ctx ends.
func (s *Service) forgetOwed(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.owed.more:
		}
		for left := s.owed.list(); len(left) > 0; left = s.owed.list() {
			select {
			case <-ctx.Done():
				return
			case <-time.After(forgetAgain):
			}
			for _, id := range left {
				if s.forget(ctx, id) == nil {
					s.owed.drop(id)
					s.log.Info("logs: nothing is left of a deleted bot any more", "bot", id)
				}
			}
		}
	}
}
