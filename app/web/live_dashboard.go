package web

import (
	"context"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/a-h/templ"

	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/dashboard"
)

// liveDashboard is one open dashboard.
type liveDashboard struct {
	p      *pages
	filter dashboard.Filter
}

func newLiveDashboard(p *pages, f dashboard.Filter) *liveDashboard {
	return &liveDashboard{p: p, filter: f}
}

func (d *liveDashboard) wants(t event.Topic) bool {
	return t.Kind != event.TopicLogs && t.Kind != event.TopicReport
}
func (d *liveDashboard) cursor() int64       { return 0 }
func (d *liveDashboard) pace() time.Duration { return 100 * time.Millisecond }

func (d *liveDashboard) next(ctx context.Context, ch changes) ([]part, bool) {
	p := d.p
	parts := []part{p.healthPart()}
	if ch.any(event.TopicHost) {
		parts = append(parts, p.hostPart())
		// Reports wake nobody: with each sample of the host it is looked what they have changed.
		parts = append(parts, p.figureParts(ctx)...)
	}
	if ch.any(event.TopicEvents, event.TopicHealth, event.TopicHost) { // with each sample: tries again what failed
		parts = append(parts, p.eventsPart(nil))
	}
	if ch.any(event.TopicBot, event.TopicCrew, event.TopicUsage, event.TopicPlatform) {
		parts = append(parts, d.crewParts(ctx)...)
	}
	return parts, false
}

// crewParts are the strip, the counts and the list. When the list has other bots than before, or
// another order, it goes out as a whole; otherwise only the cards that changed.
func (d *liveDashboard) crewParts(ctx context.Context) []part {
	page := d.p.dashboardPage(ctx, d.filter)
	stamp := drawn(page.Now)
	counts := revOf(page.Crew.States, page.Crew.ByType, page.Crew.ByGroup)
	strip := fnv.New64a()
	for _, b := range page.Crew.Attention {
		fmt.Fprint(strip, b.ID, b.Name, b.Rev(), b.Account.Revision, ";")
	}
	grid := d.gridPart(page)
	parts := []part{
		{target: dashboard.AttentionID, rev: fmt.Sprint(strip.Sum64()), drawn: stamp, key: dashboard.AttentionID, draw: just(dashboard.Attention(page.Crew))},
		{target: dashboard.TotalsID, rev: counts, key: dashboard.TotalsID, draw: just(dashboard.Totals(page.Crew))},
		{target: dashboard.ChipsID, rev: counts, key: dashboard.ChipsID + "?" + d.filter.Query(), draw: just(dashboard.Chips(page))},
		manyPart(page),
		grid,
	}
	for _, b := range page.Bots {
		parts = append(parts, cardPart(b, stamp), figuresPart(b))
	}
	return parts
}

// manyPart is the menu for many bots; it changes with what it acts on, and with nothing else.
func manyPart(page dashboard.Page) part {
	return part{target: dashboard.ManyID, rev: revOf(page.Filter.Group, page.Crew.ByGroup[page.Filter.Group], page.Crew.Total()), draw: just(dashboard.Many(page))}
}

func (d *liveDashboard) gridPart(page dashboard.Page) part {
	order, content := fnv.New64a(), fnv.New64a()
	covers := map[string]string{}
	for _, b := range page.Bots {
		card, figures := cardPart(b, ""), figuresPart(b)
		fmt.Fprint(order, b.ID, ";")
		fmt.Fprint(content, card.rev, figures.rev, ";")
		covers[card.target], covers[figures.target] = card.rev, figures.rev
	}
	rev := fmt.Sprint(order.Sum64())
	if len(page.Bots) == 0 {
		rev = fmt.Sprint("none of ", page.Crew.Total())
	}
	return part{
		target: dashboard.GridID, rev: rev, covers: covers, draw: just(dashboard.Grid(page)),
		key: dashboard.GridID + "?" + d.filter.Query(), drawn: fmt.Sprint(content.Sum64(), drawn(page.Now)),
	}
}

// cardPart is a bot's card; it contains the figures.
func cardPart(b botcard.Bot, stamp string) part {
	figures := figuresPart(b)
	id := botcard.CardID(b.ID)
	return part{
		target: id, rev: fmt.Sprintf("%d.%d.%d", b.Status.Revision, b.Version, b.Account.Revision), key: id, drawn: figures.rev + "/" + stamp,
		draw: just(botcard.Card(b)), covers: map[string]string{figures.target: figures.rev},
	}
}

// figuresPart is CPU and memory of a bot; they stand still while it doesn't run.
func figuresPart(b botcard.Bot) part {
	id := botcard.UsageID(b.ID)
	rev := "off"
	if b.Status.State.Alive() {
		rev = fmt.Sprint(b.Usage.Revision)
	}
	return part{target: id, rev: rev, key: id, draw: just(botcard.Figures(b))}
}

// drawn makes drawings with relative times ("3 min") age: they are shared for two seconds only.
func drawn(now time.Time) string { return fmt.Sprint(now.Unix() / 2) }

// revOf makes a rev of values that say all that is drawn.
func revOf(values ...any) string {
	h := fnv.New64a()
	fmt.Fprint(h, values...) // maps are written in the order of their keys
	return fmt.Sprint(h.Sum64())
}

func (p *pages) hostPart() part {
	h := p.stats.Host()
	return part{target: dashboard.HostID, rev: fmt.Sprint(h.Revision), key: dashboard.HostID, draw: just(dashboard.HostStrip(showHost(h)))}
}

// eventsPart is the list of what happened last, of one bot or of all.
func (p *pages) eventsPart(of *crewBot) part {
	key := dashboard.EventsID
	if of != nil {
		key += "-" + of.ID.String()
	}
	return part{
		target: dashboard.EventsID, rev: fmt.Sprint(p.stored.Load()), key: key,
		draw: func(ctx context.Context) (templ.Component, error) {
			list, err := p.events(ctx, of)
			return dashboard.EventList(list, time.Now()), err
		},
	}
}
