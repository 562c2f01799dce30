package platform

import (
	"context"
	"sync"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
)

const (
	// outageEvery is how often a platform that is down is tried again.
	outageEvery = 15 * time.Second
	// loadEvery is how often the stored reports are tried to be read, while the database is away.
	loadEvery = time.Second
	// workers is how many bots are asked about at once without a person waiting.
	workers = 4
)

// Changed tells that a bot's secrets may be others: it is asked about if its token is new. It doesn't
// wait for that.
func (s *Service) Changed(id bot.ID) {
	s.mu.Lock()
	s.changed[id] = struct{}{}
	s.mu.Unlock()
	select {
	case s.poke <- struct{}{}:
	default:
	}
}

// takeChanged gives the bots that Changed was called for since the last time.
func (s *Service) takeChanged() map[bot.ID]struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.changed
	s.changed = map[bot.ID]struct{}{}
	return list
}

// runner is Run's own memory.
type runner struct {
	s        *Service
	versions map[bot.ID]int // of the definitions whose token was looked at
	room     chan struct{}  // one for each worker
	busy     sync.WaitGroup
}

// Run reads what is stored, asks about bots whose token is new, and tries again what is down, until
// ctx ends; then it closes the service. It returns nil.
func (s *Service) Run(ctx context.Context) error {
	defer s.Close()
	r := &runner{s: s, versions: map[bot.ID]int{}, room: make(chan struct{}, workers)}
	defer r.busy.Wait()
	news := s.Hub.Subscribe(func(t event.Topic) bool { return t.Kind == event.TopicBot || t.Kind == event.TopicCrew })
	defer news.Close()
	if !s.load(ctx) {
		return nil
	}
	r.all(ctx)
	again := time.NewTicker(outageEvery)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-news.C():
			r.heard(ctx, news.Take())
		case <-s.poke:
			for id := range s.takeChanged() {
				delete(r.versions, id)
				r.one(ctx, id)
			}
		case <-again.C:
			for _, id := range s.outages.next() {
				r.ask(ctx, id)
			}
		}
	}
}

// load reads the stored reports, for as long as it takes; false: ctx ended. What was asked meanwhile
// is newer and stays.
func (s *Service) load(ctx context.Context) bool {
	for {
		stored, err := s.Store.All(ctx)
		if err == nil {
			s.mu.Lock()
			for id, x := range stored {
				s.budgets.heard(x.Report.Facts, x.Report.FactsAt)
				s.asker.seed(x.Key, Answer{Facts: x.Report.Facts, FactsAt: x.Report.FactsAt, Failure: x.Report.Failure, AskedAt: x.Report.AskedAt})
				if s.known[id] == nil {
					s.known[id] = &known{key: x.Key, report: x.Report, revision: 1}
				}
			}
			s.mu.Unlock()
			s.Hub.Publish(event.Topic{Kind: event.TopicPlatform})
			return true
		}
		wait := time.NewTimer(loadEvery)
		select {
		case <-ctx.Done():
			wait.Stop()
			return false
		case <-wait.C:
		}
	}
}

func (r *runner) heard(ctx context.Context, topics map[event.Topic]struct{}) {
	if _, crew := topics[event.Topic{Kind: event.TopicCrew}]; crew {
		r.all(ctx)
		return
	}
	for t := range topics {
		r.one(ctx, t.Bot)
	}
}

// all looks at the tokens of all bots, and forgets those of bots that are gone.
func (r *runner) all(ctx context.Context) {
	there, pictures := map[bot.ID]bool{}, map[string]bool{}
	for _, b := range r.s.Bots.All(ctx) {
		there[b.ID] = true
		r.look(ctx, b)
	}
	r.s.mu.RLock()
	var gone []bot.ID
	for id, k := range r.s.known {
		if f := k.report.Facts; there[id] && f != nil {
			pictures[ownerOf(k.report.Platform, f.Identity.ID)] = true
		} else if !there[id] {
			gone = append(gone, id)
		}
	}
	r.s.mu.RUnlock()
	for _, id := range gone {
		r.s.forget(ctx, id)
		delete(r.versions, id)
	}
	if len(there) > 0 { // none at all may mean that definitions can't be read yet
		r.s.Pictures.prune(pictures)
	}
}

func (r *runner) one(ctx context.Context, id bot.ID) {
	if b, ok := r.s.Bots.Get(ctx, id); ok {
		r.look(ctx, b)
	}
}

// look asks about a bot whose token nobody has asked with. Most news about a bot is that it started
// or stopped: that costs nothing here.
func (r *runner) look(ctx context.Context, b bot.Bot) {
	if v, ok := r.versions[b.ID]; ok && v == b.Version {
		return
	}
	r.versions[b.ID] = b.Version
	if known := r.s.Known(ctx, b); known.Unasked != "" {
		r.s.forget(ctx, b.ID)
	} else if known.AskedAt.IsZero() {
		r.ask(ctx, b.ID)
	}
}

// ask asks about a bot when there is room, and doesn't wait for it.
func (r *runner) ask(ctx context.Context, id bot.ID) {
	r.busy.Go(func() {
		select {
		case r.room <- struct{}{}:
		case <-ctx.Done():
			return
		}
		defer func() { <-r.room }()
		b, ok := r.s.Bots.Get(ctx, id)
		if !ok {
			r.s.forget(ctx, id)
			return
		}
		if _, err := r.s.Look(ctx, b); err != nil && ctx.Err() == nil {
			r.s.Log.WarnContext(ctx, "a bot's platform was not asked", "bot", id, "error", err)
		}
	})
}

// noteReach keeps count of who reaches a platform, and tells when it goes down and comes back.
func (s *Service) noteReach(ctx context.Context, name Name, id bot.ID, a Answer) {
	began, ended := s.outages.note(name, id, a.Failure, a.AskedAt)
	if began {
		for _, o := range s.outages.list() {
			if o.Platform == name {
				title, text := o.Words()
				s.tell(ctx, event.Event{Kind: event.PlatformDown, Message: title + ". " + text})
			}
		}
	}
	if ended {
		s.tell(ctx, event.Event{Kind: event.PlatformUp, Message: name.Word() + " can be reached again"})
	}
}

func (s *Service) tellEnded(ctx context.Context, names []Name) {
	for _, name := range names {
		s.tell(ctx, event.Event{Kind: event.PlatformUp, Message: "No bot asks for " + name.Word() + " any more"})
	}
}

// tell stores an event and redraws the notice on all pages.
func (s *Service) tell(ctx context.Context, e event.Event) {
	s.Hub.Publish(event.Topic{Kind: event.TopicPlatform})
	s.Log.WarnContext(ctx, e.Message)
	if err := s.Events.Append(context.WithoutCancel(ctx), e); err != nil {
		s.Log.WarnContext(ctx, "an event is not stored", "kind", e.Kind, "error", err)
	}
}
