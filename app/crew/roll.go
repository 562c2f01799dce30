package crew

import (
	"context"
	"sync"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
)

// roll is the list of all bots in memory. The bots in it are never changed in place.
type roll struct {
	mu      sync.RWMutex
	loaded  bool
	doubt   bool // the database may know more; the next change looks first
	bots    map[bot.ID]bot.Bot
	leaving map[bot.ID]bool // being deleted
}

func newRoll() *roll { return &roll{bots: map[bot.ID]bot.Bot{}, leaving: map[bot.ID]bool{}} }

func (r *roll) set(b bot.Bot) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.bots[b.ID] = b
}

func (r *roll) drop(id bot.ID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.bots, id)
}

func (r *roll) get(id bot.ID) (bot.Bot, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	b, ok := r.bots[id]
	return b, ok
}

func (r *roll) all() []bot.Bot {
	r.mu.RLock()
	defer r.mu.RUnlock()
	all := make([]bot.Bot, 0, len(r.bots))
	for _, b := range r.bots {
		all = append(all, b)
	}
	return all
}

func (r *roll) isLoaded() bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.loaded
}

// fill takes what the database has. It returns the bots that are new or changed, and those that
// are gone.
func (r *roll) fill(bots []bot.Bot) (news []bot.Bot, gone []bot.ID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	stored := map[bot.ID]bool{}
	for _, b := range bots {
		stored[b.ID] = true
		if old, ok := r.bots[b.ID]; !ok || old.Version < b.Version {
			news = append(news, b)
			r.bots[b.ID] = b
		}
	}
	for id := range r.bots {
		if !stored[id] {
			gone = append(gone, id)
			delete(r.bots, id)
		}
	}
	r.loaded, r.doubt = true, false
	return news, gone
}

// wonder notes that a write may or may not have happened: the connection was lost meanwhile.
func (r *roll) wonder() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.doubt = true
}

func (r *roll) isDoubted() bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.doubt
}

// leave marks a bot as being deleted; false: it is marked already.
func (r *roll) leave(id bot.ID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.leaving[id] {
		return false
	}
	r.leaving[id] = true
	return true
}

func (r *roll) stay(id bot.ID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.leaving, id)
}

func (r *roll) isLeaving(id bot.ID) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.leaving[id]
}

func leavingFault() error { return fault.New(fault.Conflict, "The bot is being deleted.") }

// lock is a mutex that can be waited for with a context.
type lock chan struct{}

func (l lock) take(ctx context.Context) error {
	select {
	case l <- struct{}{}:
		return nil
	case <-ctx.Done():
		return away(ctx.Err())
	}
}

func (l lock) give() { <-l }

// load reads the definitions once.
func (s *Service) load(ctx context.Context) error {
	if s.roll.isLoaded() {
		return nil
	}
	if err := s.begin(ctx); err != nil {
		return err
	}
	s.change.give()
	return nil
}

// begin takes s.change, for a caller to give back unless there is an error. It sees to it that
// memory is what the database has.
func (s *Service) begin(ctx context.Context) error {
	if err := s.change.take(ctx); err != nil {
		return err
	}
	if s.roll.isLoaded() && !s.roll.isDoubted() {
		return nil
	}
	bots, err := s.store.Bots(ctx)
	if err != nil {
		s.change.give()
		return away(err)
	}
	first := !s.roll.isLoaded()
	if !first && s.secrets != nil {
		if err := s.secrets.Reload(ctx); err != nil {
			s.change.give()
			return away(err)
		}
	}
	news, gone := s.roll.fill(bots)
	if first {
		return nil // the supervisor reads them itself when it starts
	}
	for _, b := range news {
		s.took(ctx, b, event.Topic{Kind: event.TopicCrew})
	}
	for _, id := range gone {
		s.dropped(ctx, id)
	}
	return nil
}

// unsure passes an error of a write on, and remembers when nobody can know whether it happened.
func (s *Service) unsure(err error) error {
	if err != nil && fault.CodeOf(err) == "" {
		s.roll.wonder()
	}
	return away(err)
}

func (s *Service) find(ctx context.Context, id bot.ID) (bot.Bot, error) {
	if err := s.load(ctx); err != nil {
		return bot.Bot{}, err
	}
	b, ok := s.roll.get(id)
	if !ok {
		return b, fault.New(fault.NotFound, "There is no such bot.")
	}
	return b, nil
}
