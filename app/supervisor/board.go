package supervisor

import (
	"sync"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
)

// board holds the latest status of each bot for readers; only its actor writes it.
type board struct {
	hub *event.Hub
	mu  sync.RWMutex
	all map[bot.ID]bot.Status
}

func (b *board) set(st bot.Status) {
	b.mu.Lock()
	b.all[st.ID] = st
	b.mu.Unlock()
	b.hub.Publish(event.Topic{Kind: event.TopicBot, Bot: st.ID})
}

func (b *board) get(id bot.ID) (bot.Status, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	st, ok := b.all[id]
	return copyStatus(st), ok
}

func (b *board) drop(id bot.ID) {
	b.mu.Lock()
	delete(b.all, id)
	b.mu.Unlock()
	b.hub.Publish(event.Topic{Kind: event.TopicBot, Bot: id})
}

func (b *board) list() []bot.Status {
	b.mu.RLock()
	defer b.mu.RUnlock()
	all := make([]bot.Status, 0, len(b.all))
	for _, st := range b.all {
		all = append(all, copyStatus(st))
	}
	return all
}

// copyStatus makes a reader's copy independent of others'.
func copyStatus(st bot.Status) bot.Status {
	if st.LastExit != nil {
		e := *st.LastExit
		if e.Code != nil {
			code := *e.Code
			e.Code = &code
		}
		st.LastExit = &e
	}
	if st.Install != nil {
		i := *st.Install
		st.Install = &i
	}
	return st
}
