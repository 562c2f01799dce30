package event

import (
	"slices"
	"sync"

	"github.com/botswain/botswain/app/bot"
)

// Topic names a thing whose latest value somebody may show.
type Topic struct {
	Kind TopicKind
	Bot  bot.ID // zero for topics that are about no single bot
}

// TopicKind is the kind of a topic.
type TopicKind uint8

// The kinds of topics, with who pokes them and where the value is read.
const (
	TopicBot      TopicKind = iota + 1 // status or definition of one bot changed (supervisor, crew)
	TopicCrew                          // a bot was added or removed (crew)
	TopicUsage                         // new CPU and memory figures of all bots (stats)
	TopicHost                          // new host figures (stats)
	TopicLogs                          // one bot has new lines (logs)
	TopicEvents                        // a new stored event (event store)
	TopicHealth                        // database or disk went away or came back (health)
	TopicReport                        // one bot has reported new figures (report)
	TopicPlatform                      // what a platform says about one bot, or, of no bot, which platforms are down (platform)
)

// Hub tells listeners that something changed; it carries no values. It is lossy by design: a
// listener that is slow sees one poke for many changes and then reads the newest value, so a
// publisher never waits. Listeners are told in the order in which they subscribed: one that counts topics for
// others has counted before they look.
type Hub struct {
	mu   sync.RWMutex
	subs []*Subscription // in the order in which they began
}

// NewHub makes an empty hub.
func NewHub() *Hub { return &Hub{} }

// Subscription collects the topics that changed since the last Take.
type Subscription struct {
	hub   *Hub
	match func(Topic) bool
	poke  chan struct{}
	mu    sync.Mutex
	dirty map[Topic]struct{}
}

// Subscribe starts listening to the topics for which match answers true (nil: all). match is
// called on the publisher's goroutine: it must be quick and must not call the hub. Close it.
func (h *Hub) Subscribe(match func(Topic) bool) *Subscription {
	s := &Subscription{hub: h, match: match, poke: make(chan struct{}, 1), dirty: map[Topic]struct{}{}}
	h.mu.Lock()
	h.subs = append(h.subs, s)
	h.mu.Unlock()
	return s
}

// Publish marks the topics as changed for everyone who listens. It never blocks on a listener.
func (h *Hub) Publish(topics ...Topic) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for _, s := range h.subs {
		s.mark(topics)
	}
}

func (s *Subscription) mark(topics []Topic) {
	hit := false
	s.mu.Lock()
	for _, t := range topics {
		if s.match == nil || s.match(t) {
			s.dirty[t] = struct{}{}
			hit = true
		}
	}
	s.mu.Unlock()
	if hit {
		select {
		case s.poke <- struct{}{}:
		default:
		}
	}
}

// C receives when there is something to Take.
func (s *Subscription) C() <-chan struct{} { return s.poke }

// Take returns the topics that changed since the last call and forgets them.
func (s *Subscription) Take() map[Topic]struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.dirty
	s.dirty = make(map[Topic]struct{}, len(d))
	return d
}

// Close stops listening. It may be called twice.
func (s *Subscription) Close() {
	s.hub.mu.Lock()
	s.hub.subs = slices.DeleteFunc(s.hub.subs, func(o *Subscription) bool { return o == s })
	s.hub.mu.Unlock()
}
