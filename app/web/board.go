package web

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/a-h/templ"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/dashboard"
	"github.com/botswain/botswain/views/icon"
)

// board has what all dashboards show of the bots. It is gathered once for all of them, after something
// has changed, and says of each bot when its card and its figures last did: so a page needs only what
// is newer than what it has, whatever was sent to it before.
type board struct {
	pokes atomic.Uint64 // grows with each topic that concerns bots

	mu   sync.Mutex
	read uint64 // pokes when last was gathered
	last *muster
}

// muster is all bots at one moment. It is never changed.
type muster struct {
	// version grows with each change, also across restarts of Botswain.
	version int64
	bots    []*berth // those that need attention first
	at      map[bot.ID]*berth
	crew    dashboard.Crew
}

// name is a bot's name, or says that there is none any more.
func (m *muster) name(id bot.ID) string {
	if b := m.at[id]; b != nil {
		return b.Name
	}
	return "deleted bot"
}

// berth is a bot as it is shown.
type berth struct {
	botcard.Bot
	card, figures     string // revs of the drawings
	cardAt, figuresAt int64  // versions in which these came
	words             string // what a search looks through, in small letters
}

// concerns says whether a topic changes a muster. Account names are part of it, outages aren't.
func (b *board) concerns(t event.Topic) bool {
	switch t.Kind {
	case event.TopicBot, event.TopicCrew, event.TopicUsage, event.TopicPlatform:
		return true
	}
	return false
}

// muster gives the newest.
func (p *pages) muster(ctx context.Context) *muster {
	b := &p.board
	b.mu.Lock()
	defer b.mu.Unlock()
	pokes := b.pokes.Load() // before anything is read: what comes meanwhile makes it old
	if b.last != nil && b.read == pokes {
		return b.last
	}
	m := p.gather(ctx, b.last)
	if ctx.Err() == nil { // otherwise some of it may be missing
		b.last, b.read = m, pokes
	}
	return m
}

// gather reads all that is in memory.
func (p *pages) gather(ctx context.Context, before *muster) *muster {
	now := time.Now()
	all := p.crew.All(ctx)
	slices.SortStableFunc(all, byAttention)
	m := &muster{version: max(now.UnixMilli(), p.boot*1000), bots: make([]*berth, 0, len(all)), at: make(map[bot.ID]*berth, len(all))}
	old := map[bot.ID]*berth(nil)
	if before != nil {
		m.version, old = max(m.version, before.version+1), before.at
	}
	for _, v := range all {
		b := p.berth(v, now, old[v.ID], m.version)
		m.bots, m.at[v.ID] = append(m.bots, b), b
	}
	m.crew = count(m.bots)
	return m
}

func (p *pages) berth(v crew.View, now time.Time, before *berth, version int64) *berth {
	b := &berth{Bot: p.showBot(v, now), cardAt: version, figuresAt: version, words: searchWords(v)}
	b.card, b.figures = headRev(b.Bot), b.FiguresRev()
	if before != nil && before.card == b.card {
		b.cardAt = before.cardAt
	}
	if before != nil && before.figures == b.figures {
		b.figuresAt = before.figuresAt
	}
	return b
}

func searchWords(v crew.View) string {
	return strings.ToLower(v.Name + "\n" + strings.Join(v.Tags, "\n#") + "\n" + strings.Join(v.Command, " "))
}

// count makes the figures of the whole crew.
func count(bots []*berth) dashboard.Crew {
	c := dashboard.Crew{ByState: map[bot.State]int{}, ByType: map[bot.Type]int{}, ByGroup: map[string]int{}, ByTag: map[string]int{}}
	for _, b := range bots {
		c.States = append(c.States, b.Status.State)
		c.ByState[b.Status.State]++
		c.ByType[b.Type]++
		if b.Group != "" {
			c.ByGroup[b.Group]++
		}
		for _, t := range b.Tags {
			c.ByTag[t]++
		}
		if needsAttention(b.Status) {
			c.Attention = append(c.Attention, b.Bot)
		}
	}
	slices.SortStableFunc(c.States, func(a, b bot.State) int { return cmp.Compare(barOrder(a), barOrder(b)) })
	return c
}

// cardPart is a bot's card, or its row; it contains the figures.
func cardPart(b *berth, view dashboard.View) part {
	x := part{
		target: botcard.CardID(b.ID), rev: b.card, key: string(view) + b.ID.String(), drawn: b.figures + "/" + slowly(b.Now),
		covers: map[string]string{botcard.UsageID(b.ID): b.figures},
	}
	if view == dashboard.Table {
		x.draw = just(icon.Sprited(botcard.Row(b.Bot)))
	} else {
		x.draw = just(icon.Sprited(botcard.Card(b.Bot)))
	}
	return x
}

// usagePart is CPU and memory of a bot; they stand still while it doesn't run.
func usagePart(b *berth, view dashboard.View) part {
	id := botcard.UsageID(b.ID)
	x := part{target: id, rev: b.figures, key: string(view) + id, draw: just(botcard.Figures(b.Bot))}
	if view == dashboard.Table {
		x.draw = just(botcard.RowFigures(b.Bot))
	}
	return x
}

// slowly is drawn for what is there hundreds of times: scripts set its relative times right, and
// without scripts they may be ten seconds late.
func slowly(now time.Time) string { return fmt.Sprint(now.Unix() / 10) }

// cached draws a part by the cache.
func (p *pages) cached(x part) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		html, err := p.fragments.get(inLanguage(ctx, x.key), x.rev+"/"+x.drawn, func() (string, error) { return x.html(ctx, ctx) })
		if err != nil {
			return err
		}
		_, err = io.WriteString(w, html)
		return err
	})
}
