package web

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/views/layout"
)

// pinsWait is how long a page waits for its pins, which come from memory but for the first time.
const pinsWait = 500 * time.Millisecond

// pins are the bots that a user has pinned, as the sidebar of a page of one of them (or of none) shows them.
func (p *pages) pins(ctx context.Context, user uuid.UUID, one bot.ID) []layout.Pin {
	ctx, cancel := context.WithTimeout(ctx, pinsWait)
	defer cancel()
	var list []layout.Pin
	for _, id := range p.desk(ctx, user).Pins {
		v, err := p.crew.Get(ctx, id)
		if err != nil {
			continue // deleted meanwhile
		}
		list = append(list, layout.Pin{ID: id, Name: v.Name, State: v.Status.State, Current: id == one})
	}
	return list
}

// pinsOf are those of who asks.
func (p *pages) pinsOf(c echo.Context) []layout.Pin {
	return p.pins(c.Request().Context(), userOf(c).ID, pageBot(c))
}

// liveSidebar is the sidebar of one connection, which changes with bots that the page itself may not be about.
type liveSidebar struct {
	pages *pages
	user  uuid.UUID
	one   bot.ID

	mu     sync.Mutex
	pinned map[bot.ID]bool
}

func newLiveSidebar(p *pages, page livePage, user uuid.UUID) *liveSidebar {
	l := &liveSidebar{pages: p, user: user}
	switch x := page.(type) {
	case *liveBot:
		l.one = x.id
	case *liveTab:
		l.one = x.id
	}
	return l
}

// wants says which topics change it: pins poke TopicCrew. It is called from other goroutines.
func (l *liveSidebar) wants(t event.Topic) bool {
	if t.Kind != event.TopicBot {
		return t.Kind == event.TopicCrew
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return t.Bot == (bot.ID{}) || l.pinned[t.Bot]
}

// parts are the pinned bots, when they may have changed.
func (l *liveSidebar) parts(ctx context.Context, ch changes) []part {
	if !ch.any(event.TopicBot, event.TopicCrew) {
		return nil
	}
	list := l.pages.pins(ctx, l.user, l.one)
	pinned := make(map[bot.ID]bool, len(list))
	var rev strings.Builder
	for _, x := range list {
		pinned[x.ID] = true
		fmt.Fprintf(&rev, "%s %s %q,", x.ID, x.State, x.Name)
	}
	l.mu.Lock()
	l.pinned = pinned
	l.mu.Unlock()
	return []part{{target: layout.PinsID, rev: rev.String(), draw: just(layout.Pins(list))}}
}
