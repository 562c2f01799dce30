package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/a-h/templ"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/desk"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/dashboard"
	"github.com/botswain/botswain/views/layout"
)

// deskKeeper is what users keep of the dashboard; *desk.Service is the real one.
type deskKeeper interface {
	Desk(ctx context.Context, user uuid.UUID) desk.Desk
	Pin(ctx context.Context, user uuid.UUID, id bot.ID) error
	Unpin(ctx context.Context, user uuid.UUID, id bot.ID) error
	Move(ctx context.Context, user uuid.UUID, id, before bot.ID) error
	Shift(ctx context.Context, user uuid.UUID, id bot.ID, by int) error
	SetView(ctx context.Context, user uuid.UUID, view string) error
}

// dashboard answers GET /: the page, or just the list when the filter form asks.
func (p *pages) dashboard(c echo.Context) error {
	ctx := c.Request().Context()
	page, m := p.dashboardPage(ctx, filterOf(c.QueryParams()), userOf(c).ID, nil)
	if isHTMX(c) {
		return p.filtered(c, page, m)
	}
	page.Host = showHost(p.stats.Host())
	page.Figures = p.drawFigures(ctx)
	page.Events, _ = p.events(ctx, nil) // says itself that they are away
	props := p.layout(c, layout.Props{
		Title: tr(c, "layout.dashboard"), Active: layout.Dashboard, Crumbs: []layout.Crumb{{Label: tr(c, "layout.dashboard")}}, Live: dashboardLive(page, m),
	})
	return p.web.render(c, http.StatusOK, within(props, dashboard.Content(page)))
}

// dashboardPage gathers all that is in memory: bots, counts and the list that passes the filter. before
// has the places of a list whose order is to stay as it is; nil: there is none.
func (p *pages) dashboardPage(ctx context.Context, f dashboard.Filter, user uuid.UUID, before map[bot.ID]int) (dashboard.Page, *muster) {
	m, d := p.muster(ctx), p.desk(ctx, user)
	page := dashboard.Page{Filter: f, Now: time.Now(), Own: dashboard.View(d.View), Crew: m.crew, Sections: arrange(m, f, d, before), Rolls: p.showRolls()}
	page.Draw = p.drawer(m, page.View())
	if len(m.bots) == 0 {
		for _, e := range p.act.Examples() {
			page.Examples = append(page.Examples, showExample(e))
		}
	}
	return page, m
}

func (p *pages) desk(ctx context.Context, user uuid.UUID) desk.Desk {
	if p.desks == nil {
		return desk.Desk{}
	}
	return p.desks.Desk(ctx, user)
}

// drawer draws bots of a muster by the cache.
func (p *pages) drawer(m *muster, view dashboard.View) func(botcard.Bot) templ.Component {
	return func(b botcard.Bot) templ.Component { return p.cached(cardPart(m.at[b.ID], view)) }
}

// filtered answers the filter form: tools, chips and list, and a stream that knows the filter.
func (p *pages) filtered(c echo.Context, page dashboard.Page, m *muster) error {
	ctx := c.Request().Context()
	var out strings.Builder
	parts := []part{
		{target: dashboard.ToolsID, draw: just(dashboard.Tools(page))}, {target: dashboard.ChipsID, draw: just(dashboard.Chips(page))},
		manyPart(page), gridPart(page),
	}
	if err := newSender(p.fragments).write(ctx, &out, parts); err != nil {
		return err
	}
	live := layout.LiveAddress(ctx, dashboardLive(page, m))
	writePartial(&out, "live", "outerHTML", `<div id="live" data-live-url="`+templ.EscapeString(live)+`" hidden></div>`)
	header := "HX-Push-Url"
	if typing(c.Request(), page.Filter) {
		header = "HX-Replace-Url"
	}
	c.Response().Header().Set(header, page.Filter.URL())
	return p.web.render(c, http.StatusOK, templ.Raw(out.String()))
}

// typing says whether only the words of a search have changed: then the browser's history gets no
// entry for each letter.
func typing(r *http.Request, f dashboard.Filter) bool {
	u, err := url.Parse(r.Header.Get("HX-Current-URL"))
	if err != nil {
		return false
	}
	before := filterOf(u.Query())
	if before.Search == "" || before.Search == f.Search {
		return false
	}
	before.Search = f.Search
	return before.Query() == f.Query()
}

// dashboardLive is the address of the page's stream, which says what the page has already.
func dashboardLive(page dashboard.Page, m *muster) string {
	q := url.Values{"page": {"dashboard"}, "as": {string(page.View())}, "seen": {itoa(m.version)}, "order": {orderRev(page)}}
	live := "/live?" + q.Encode()
	if f := page.Filter.Query(); f != "" {
		live += "&" + f
	}
	return live
}

// filterOf reads the filter from a query; what makes no sense is left out.
func filterOf(q url.Values) dashboard.Filter {
	f := dashboard.Filter{Search: strings.TrimSpace(q.Get("q"))}
	if !decent(f.Search) {
		f.Search = ""
	}
	if s := bot.State(q.Get("state")); slices.Contains(bot.States(), s) {
		f.State = s
	}
	if g := strings.ToLower(strings.TrimSpace(q.Get("group"))); decent(g) {
		f.Group = g
	}
	if t := bot.Type(q.Get("type")); slices.Contains(bot.Types(), t) {
		f.Type = t
	}
	for _, t := range q["tag"] {
		if t = strings.ToLower(strings.TrimSpace(t)); t != "" && decent(t) && len(f.Tags) < maxTags && !slices.Contains(f.Tags, t) {
			f.Tags = append(f.Tags, t)
		}
	}
	slices.Sort(f.Tags)
	if g := dashboard.Grouping(q.Get("by")); slices.Contains(dashboard.Groupings(), g) {
		f.Grouped = g
	}
	if s := dashboard.Sort(q.Get("sort")); slices.Contains(dashboard.Sorts(), s) {
		f.Sort = s
	}
	if v := dashboard.View(q.Get("view")); v == dashboard.Cards || v == dashboard.Table {
		f.View = v
	}
	return f
}

// maxTags bounds how many tags a filter has.
const maxTags = 20

func decent(s string) bool { return len(s) <= 200 && utf8.ValidString(s) }

// now is when a page is drawn.
func now() time.Time { return time.Now() }
