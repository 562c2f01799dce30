package web

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/views/eventspage"
	"github.com/botswain/botswain/views/layout"
)

// eventFamily is a choice of the page of events.
type eventFamily struct {
	name, label string
	kinds       []event.Kind
}

func eventFamilies() []eventFamily {
	return []eventFamily{
		{"trouble", "Trouble", []event.Kind{
			event.BotCrashed, event.BotWaiting, event.BotCause, event.BotCrashLoop, event.BotDeaf, event.BotWarning, event.BotUnordered,
			event.BotInstallFailed, event.BotReportError, event.PlatformDown,
		}},
		{"states", "Starts and stops", []event.Kind{
			event.BotStarting, event.BotRunning, event.BotStopping, event.BotStopped, event.BotExited, event.BotWaiting, event.BotCrashed, event.BotAdopted, event.BotDeaf, event.BotHeard,
		}},
		{"reports", "Reports of bots", []event.Kind{event.BotReportSuccess, event.BotReportError, event.BotReportInfo}},
		{"changes", "Changes by people", []event.Kind{
			event.BotCreated, event.BotUpdated, event.BotDeleted, event.BotInput, event.SecretSet, event.SecretRemoved,
			event.BotInstalling, event.BotInstalled, event.BotInstallFailed,
		}},
		{"access", "Access", []event.Kind{event.UserCreated, event.UserLogin, event.UserLogout, event.TokenMade, event.KeyRotated, event.Upgraded}},
	}
}

// eventsOnPage is how many events one page has.
const eventsOnPage = 50

// eventsPage answers GET /events; with rows=1 just the rows, for the button that adds older ones.
func (p *pages) eventsPage(c echo.Context) error {
	ctx := c.Request().Context()
	page := p.eventsOf(ctx, eventFilterOf(c.QueryParams()))
	if isHTMX(c) && c.QueryParam("rows") != "" {
		return p.web.render(c, http.StatusOK, eventspage.Rows(page))
	}
	props := layout.Props{Title: tr(c, "layout.events"), Crumbs: []layout.Crumb{{Label: tr(c, "layout.dashboard"), Href: "/"}, {Label: tr(c, "layout.events")}}}
	if page.Filter.Before == 0 { // older pages don't change
		props.Live = "/live?page=events&last=" + itoa(newestEvent(page)) + "&" + page.Filter.Query(0)
	}
	return p.web.render(c, http.StatusOK, within(p.layout(c, props), eventspage.Content(page)))
}

// eventFilterOf reads the filter from a query; what makes no sense is left out.
func eventFilterOf(q url.Values) eventspage.Filter {
	var f eventspage.Filter
	if id, err := uuid.Parse(q.Get("bot")); err == nil {
		f.Bot = id.String()
	}
	if slices.ContainsFunc(eventFamilies(), func(x eventFamily) bool { return x.name == q.Get("kind") }) {
		f.Kind = q.Get("kind")
	}
	if n, err := strconv.ParseInt(q.Get("before"), 10, 64); err == nil && n > 0 {
		f.Before = n
	}
	return f
}

func (p *pages) eventsOf(ctx context.Context, f eventspage.Filter) eventspage.Page {
	page := eventspage.Page{Filter: f, Now: time.Now()}
	q := event.ListQuery{Limit: eventsOnPage + 1, BeforeID: f.Before}
	for _, x := range eventFamilies() {
		page.Kinds = append(page.Kinds, eventspage.Kind{Name: x.name, Label: x.label})
		if x.name == f.Kind {
			q.Kinds = x.kinds
		}
	}
	if id, err := uuid.Parse(f.Bot); err == nil {
		q.Bot = &id
	}
	m := p.muster(ctx)
	for _, b := range m.bots {
		page.Bots = append(page.Bots, eventspage.Choice{ID: b.ID.String(), Name: b.Name})
	}
	slices.SortFunc(page.Bots, func(a, b eventspage.Choice) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.ID, b.ID))
	})
	list, err := p.crew.Events(ctx, q)
	if err != nil {
		page.Away = partAway
		return page
	}
	if len(list) > eventsOnPage {
		list = list[:eventsOnPage]
		page.Older = list[len(list)-1].ID
	}
	for _, e := range list {
		page.Events = append(page.Events, showEvent(e, m.at))
	}
	return page
}

// allEvents is the page with all events of a bot, or of all.
func allEvents(of *crewBot) string {
	if of == nil {
		return "/events"
	}
	return eventspage.Filter{Bot: of.ID.String()}.URL(0)
}

// liveEvents is one open page of the newest events. It gets only those that are new, so that older
// ones that a visitor has added stay. Its cursor is the newest event that the page has.
type liveEvents struct {
	p      *pages
	filter eventspage.Filter
	last   int64
	whole  bool // what the page has isn't known: it gets the list as a whole
}

func newLiveEvents(p *pages, q url.Values, after int64, known bool) *liveEvents {
	l := &liveEvents{p: p, filter: eventFilterOf(q)}
	l.last, _ = strconv.ParseInt(q.Get("last"), 10, 64) // none: 0
	if known && after > l.last {
		l.last = after
	}
	l.whole = l.last == 0
	return l
}

func (l *liveEvents) wants(t event.Topic) bool {
	return t.Kind == event.TopicEvents || t.Kind == event.TopicHealth
}
func (l *liveEvents) cursor() int64       { return l.last }
func (l *liveEvents) pace() time.Duration { return 500 * time.Millisecond }
func (l *liveEvents) polled()             { l.whole = true }

func (l *liveEvents) next(ctx context.Context, _ changes) ([]part, bool) {
	parts := []part{l.p.healthPart()}
	page := l.p.eventsOf(ctx, l.filter)
	if page.Away != "" {
		return parts, true // what is on the page stays
	}
	n := 0
	for n < len(page.Events) && page.Events[n].ID > l.last {
		n++
	}
	if n == 0 {
		return parts, false
	}
	rev := fmt.Sprint(page.Events[0].ID)
	if l.whole || n == eventsOnPage {
		parts = append(parts, part{target: eventspage.ListID, rev: rev, draw: just(eventspage.List(page))})
	} else {
		page.Events, page.Older = page.Events[:n], 0
		parts = append(parts, part{target: eventspage.RowsID, swap: "afterbegin", rev: rev, draw: just(eventspage.Rows(page))})
	}
	l.last, l.whole = max(l.last, newestEvent(page)), false
	return parts, false
}

func newestEvent(page eventspage.Page) int64 {
	if len(page.Events) == 0 {
		return 0
	}
	return page.Events[0].ID
}
