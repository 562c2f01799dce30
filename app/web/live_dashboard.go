package web

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/dashboard"
)

// liveDashboard is one open dashboard. Its cursor is the version of the muster that it has, so that
// after a lost connection it gets what has changed meanwhile, and nothing else.
type liveDashboard struct {
	p      *pages
	user   uuid.UUID
	filter dashboard.Filter
	view   dashboard.View // that is shown

	seen  int64  // version of the muster that the page has; 0: of none
	order string // rev of the order that the page has; "": not known
	// Of a list ordered by figures: where each bot is, and since when.
	places map[bot.ID]int
	placed time.Time
}

// newLiveDashboard takes up where the query, or the last event that the browser has got, says that the page is.
func newLiveDashboard(p *pages, user uuid.UUID, q url.Values, after int64, known bool) *liveDashboard {
	d := &liveDashboard{p: p, user: user, filter: filterOf(q), order: q.Get("order")}
	d.view = cmp.Or(d.filter.View, dashboard.View(q.Get("as")), dashboard.Cards)
	d.seen, _ = strconv.ParseInt(q.Get("seen"), 10, 64) // none: 0
	if known && after > d.seen {
		d.seen = after
		d.polled()
	}
	return d
}

// polled has the order sent again: the page may have got others since the query was made.
func (d *liveDashboard) polled() {
	if d.order != "" && !isEmpty(d.order) {
		d.order = "unknown"
	}
}

func (d *liveDashboard) wants(t event.Topic) bool {
	return t.Kind != event.TopicLogs && t.Kind != event.TopicReport
}
func (d *liveDashboard) cursor() int64       { return d.seen }
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

// crewParts are the strip, the counts and what has changed in the list since the page was last given
// something: its order, cards, figures.
func (d *liveDashboard) crewParts(ctx context.Context) []part {
	page, m := d.p.dashboardPage(ctx, d.filter, d.user, d.settled(time.Now()))
	page.Own = d.view
	page.Draw = d.p.drawer(m, d.view)
	d.settle(page)
	counts := revOf(page.Crew.States, page.Crew.ByType, page.Crew.ByGroup, page.Crew.ByTag)
	strip := fnv.New64a()
	for _, b := range page.Crew.Attention {
		fmt.Fprint(strip, b.ID, b.Name, b.Rev(), b.Account.Revision, ";")
	}
	parts := []part{
		{target: dashboard.AttentionID, rev: fmt.Sprint(strip.Sum64()), drawn: drawn(page.Now), key: dashboard.AttentionID, draw: just(dashboard.Attention(page.Crew))},
		{target: dashboard.TotalsID, rev: counts, key: dashboard.TotalsID, draw: just(dashboard.Totals(page.Crew))},
		{target: dashboard.ChipsID, rev: counts, key: dashboard.ChipsID + "?" + d.filter.Query(), draw: just(dashboard.Chips(page))},
		{target: dashboard.RollsID, rev: revOf(page.Rolls), draw: just(dashboard.RollList(page.Rolls))},
		manyPart(page),
	}
	was, is := d.order, orderRev(page)
	d.order = is
	if was == "" || was != is && (isEmpty(was) || isEmpty(is)) {
		d.seen = m.version
		return append(parts, gridPart(page))
	}
	if was != is {
		parts = append(parts, part{target: dashboard.OrderID, swap: "innerHTML", rev: is, draw: just(dashboard.Order(page))})
	}
	parts = append(parts, d.news(m)...)
	d.seen = m.version
	return parts
}

// news are the bots of the list whose card or figures the page doesn't have yet. Where a bot is new to
// the list, its card is new, too: it is there because something about it has changed.
func (d *liveDashboard) news(m *muster) []part {
	var parts []part
	words := strings.Fields(strings.ToLower(d.filter.Search))
	for _, b := range m.bots {
		switch {
		case b.cardAt <= d.seen && b.figuresAt <= d.seen || !passes(b, d.filter, words):
		case b.cardAt > d.seen:
			parts = append(parts, cardPart(b, d.view))
		default:
			parts = append(parts, usagePart(b, d.view))
		}
	}
	return parts
}

// resort is how often a list that is ordered by figures gets a new order: rows that jump with each
// sample can't be read, or hit.
const resort = 10 * time.Second

// settled gives the places of a list that is ordered by figures, while its order is to stay.
func (d *liveDashboard) settled(now time.Time) map[bot.ID]int {
	if now.Sub(d.placed) >= resort {
		d.places = nil
	}
	return d.places
}

// settle remembers the order of a list that is ordered by figures.
func (d *liveDashboard) settle(page dashboard.Page) {
	if f := d.filter.Sort; f != dashboard.SortCPU && f != dashboard.SortMemory {
		return
	}
	if d.places == nil {
		d.placed = page.Now
	}
	d.places = make(map[bot.ID]int, len(d.places))
	for _, s := range page.Sections {
		for _, b := range s.Bots {
			d.places[b.ID] = len(d.places)
		}
	}
}

// orderRev names the order of a list, and what its headings say.
func orderRev(page dashboard.Page) string {
	h := fnv.New64a()
	n := 0
	for _, s := range page.Sections {
		fmt.Fprint(h, s.Key, "|", s.Grouping, "|")
		for _, b := range s.Bots {
			_, _ = h.Write(b.ID[:]) // never fails
			if s.Grouping != dashboard.Ungrouped || s.Key != "" || len(page.Sections) > 1 {
				fmt.Fprint(h, b.Status.State)
			}
			n++
		}
	}
	if n == 0 {
		return fmt.Sprint(emptyRev, page.Crew.Total())
	}
	return fmt.Sprintf("%x", h.Sum64())
}

const emptyRev = "none-of-"

func isEmpty(orderRev string) bool { return strings.HasPrefix(orderRev, emptyRev) }

// manyPart is the menu for many bots; it changes with what it acts on, and with nothing else.
func manyPart(page dashboard.Page) part {
	return part{target: dashboard.ManyID, rev: revOf(page.Filter.Group, page.Crew.ByGroup[page.Filter.Group], page.Crew.Total()), draw: just(dashboard.Many(page))}
}

// gridPart is the whole list.
func gridPart(page dashboard.Page) part {
	return part{target: dashboard.GridID, rev: orderRev(page) + fmt.Sprint(page.Now.UnixNano()), draw: just(dashboard.Grid(page))}
}

// usageRev changes with each sample of a bot, also where FiguresRev finds nothing that a card would show.
func usageRev(b botcard.Bot) string {
	if !b.Status.State.Alive() {
		return "off"
	}
	return fmt.Sprint(b.Usage.Revision)
}

// drawn makes drawings with relative times ("3 min") age: they are shared for two seconds only.
func drawn(now time.Time) string { return fmt.Sprint(now.Unix() / 2) }

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

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
