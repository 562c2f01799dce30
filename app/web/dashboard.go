package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/views/dashboard"
	"github.com/botswain/botswain/views/layout"
)

// dashboard answers GET /: the page, or just the list when the filter form asks.
func (p *pages) dashboard(c echo.Context) error {
	ctx := c.Request().Context()
	filter := filterOf(c.QueryParams())
	page := p.dashboardPage(ctx, filter)
	if isHTMX(c) {
		return p.filtered(c, page)
	}
	page.Host = showHost(p.stats.Host())
	page.Figures = p.drawFigures(ctx)
	page.Events, _ = p.events(ctx, nil) // says itself that they are away
	props := p.layout(c, layout.Props{
		Title: "Dashboard", Active: layout.Dashboard, Crumbs: []layout.Crumb{{Label: "Dashboard"}}, Live: dashboardLive(filter),
	})
	content := dashboard.Content(page)
	return p.web.render(c, http.StatusOK, within(props, content))
}

// filtered answers the filter form: chips and list, and a stream that knows the filter.
func (p *pages) filtered(c echo.Context, page dashboard.Page) error {
	ctx := c.Request().Context()
	var out strings.Builder
	grid := (&liveDashboard{p: p, filter: page.Filter}).gridPart(page)
	chips := part{target: dashboard.ChipsID, draw: just(dashboard.Chips(page))}
	if err := newSender(p.fragments).write(ctx, &out, []part{chips, manyPart(page), grid}); err != nil {
		return err
	}
	live := layout.LiveAddress(ctx, dashboardLive(page.Filter))
	writePartial(&out, "live", "outerHTML", `<div id="live" data-live-url="`+templ.EscapeString(live)+`" hidden></div>`)
	address := "/"
	if q := page.Filter.Query(); q != "" {
		address += "?" + q
	}
	c.Response().Header().Set("HX-Push-Url", address)
	return p.web.render(c, http.StatusOK, templ.Raw(out.String()))
}

func dashboardLive(f dashboard.Filter) string {
	live := "/live?page=dashboard"
	if q := f.Query(); q != "" {
		live += "&" + q
	}
	return live
}

// filterOf reads the filter from a query; what makes no sense is left out.
func filterOf(q url.Values) dashboard.Filter {
	f := dashboard.Filter{Search: strings.TrimSpace(q.Get("q"))}
	if len(f.Search) > 200 || !utf8.ValidString(f.Search) {
		f.Search = ""
	}
	if s := bot.State(q.Get("state")); slices.Contains(bot.States(), s) {
		f.State = s
	}
	if g := strings.ToLower(strings.TrimSpace(q.Get("group"))); len(g) <= 200 && utf8.ValidString(g) {
		f.Group = g
	}
	if t := bot.Type(q.Get("type")); slices.Contains(bot.Types(), t) {
		f.Type = t
	}
	return f
}

// now is when a page is drawn.
func now() time.Time { return time.Now() }
