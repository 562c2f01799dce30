package web

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/views/layout"
)

// tab is what the tab of a page of one bot shows, or of any other page when no bot is named.
func (p *pages) tab(ctx context.Context, one bot.ID) layout.Tab {
	m := p.muster(ctx)
	for _, s := range []bot.State{bot.Crashed, bot.Unresponsive, bot.Waiting} {
		switch b := m.at[one]; {
		case one == bot.ID{} && m.crew.ByState[s] > 0:
			return layout.Tab{State: s, Count: m.crew.ByState[s]}
		case b != nil && b.Status.State == s:
			return layout.Tab{State: s}
		}
	}
	return layout.Tab{}
}

// pageBot is the bot whose page is asked for; the zero ID on other pages.
func pageBot(c echo.Context) bot.ID {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil {
		return bot.ID{}
	}
	return id
}

// ofOneBot is a live page of a bot.
type ofOneBot interface{ subject() bot.ID }

func (l *liveBot) subject() bot.ID { return l.id }

// tabParts are the tab of a live page, when bots have changed.
func (p *pages) tabParts(ctx context.Context, page livePage, ch changes) []part {
	if !ch.any(event.TopicBot, event.TopicCrew) {
		return nil
	}
	one := bot.ID{}
	if b, ok := page.(ofOneBot); ok {
		one = b.subject()
	}
	tab := p.tab(ctx, one)
	rev := fmt.Sprint(tab.State, tab.Count)
	return []part{{target: layout.TabID, rev: rev, key: layout.TabID + " " + rev, draw: just(layout.TabState(tab))}}
}
