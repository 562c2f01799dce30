package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/botpage"
	"github.com/botswain/botswain/views/i18n"
	"github.com/botswain/botswain/views/layout"
	"github.com/botswain/botswain/views/logview"
)

// runChoices is how many runs the filter offers.
const runChoices = 50

// logPage answers GET /bots/:id/logs.
func (p *pages) logPage(c echo.Context) error { return p.showLogPage(c, http.StatusOK, "") }

// showLogPage answers with a bot's log; line stands in its console.
func (p *pages) showLogPage(c echo.Context, status int, line string) error {
	s, problem := p.scopeOf(c)
	if s == nil {
		return problem
	}
	v, err := p.logViewer(c, s, problem)
	if err != nil {
		return err
	}
	if isHTMX(c) {
		return p.filteredLog(c, s, v)
	}
	p.choices(c.Request().Context(), s, &v)
	v.Line = line
	page := botpage.Logs{Bot: p.showBot(*s.bot, now()), Log: v}
	props := p.layout(c, layout.Props{
		Title: tr(c, "bot.title-log", s.bot.Name), Live: s.live(),
		Crumbs: []layout.Crumb{{Label: tr(c, "layout.dashboard"), Href: "/"}, {Label: s.bot.Name, Href: botpage.Path(s.bot.ID, botcard.OnPage)}, {Label: tr(c, "layout.logs")}},
	})
	return p.web.render(c, status, within(props, botpage.LogsContent(page)))
}

// allLogs answers GET /logs.
func (p *pages) allLogs(c echo.Context) error {
	s, problem := p.scopeOf(c)
	v, err := p.logViewer(c, s, problem)
	if err != nil {
		return err
	}
	if isHTMX(c) {
		return p.filteredLog(c, s, v)
	}
	p.choices(c.Request().Context(), s, &v)
	props := p.layout(c, layout.Props{
		Title: tr(c, "layout.logs"), Active: layout.Logs, Live: s.live(),
		Crumbs: []layout.Crumb{{Label: tr(c, "layout.logs")}},
	})
	return p.web.render(c, http.StatusOK, within(props, logview.AllContent(v)))
}

// filteredLog answers the filter form: the viewer, what depends on the filter beside it, and a stream
// that knows it.
func (p *pages) filteredLog(c echo.Context, s *logScope, v logview.Viewer) error {
	var out strings.Builder
	ctx := c.Request().Context()
	parts := []part{
		{target: logview.ViewID, swap: "outerHTML", draw: just(logview.Log(v))},
		{target: "log-filter-state", swap: "outerHTML", draw: just(logview.FilterState(v))},
		{target: logview.CountsID, swap: "outerHTML", draw: just(logview.CountsPlace(v))},
		{target: "log-problem", swap: "textContent", draw: just(templ.Raw(templ.EscapeString(i18n.Say(ctx, v.Problem))))},
	}
	if v.Problem != "" {
		parts = parts[3:] // what is shown stays while somebody is still typing
	} else {
		parts = append(parts, part{target: "live", swap: "outerHTML", draw: just(templ.Raw(`<div id="live" data-live-url="` + templ.EscapeString(layout.LiveAddress(ctx, s.live())) + `" hidden></div>`))})
		address := s.base()
		if q := s.view.Values().Encode(); q != "" {
			address += "?" + q
		}
		if onlyTyped(c.Request(), s.view) {
			c.Response().Header().Set("HX-Replace-Url", address)
		} else {
			c.Response().Header().Set("HX-Push-Url", address)
		}
	}
	if err := newSender(p.fragments).write(ctx, &out, parts); err != nil {
		return err
	}
	return p.web.render(c, http.StatusOK, templ.Raw(out.String()))
}

// onlyTyped says whether only the words of a search have changed: then the browser's history gets no
// entry for each letter.
func onlyTyped(r *http.Request, q logview.Query) bool {
	u, err := url.Parse(r.Header.Get("HX-Current-URL"))
	if err != nil {
		return false
	}
	before, now := u.Query(), q.Values()
	if before.Get("q") == "" || before.Get("q") == now.Get("q") {
		return false
	}
	before.Set("q", now.Get("q"))
	return before.Encode() == now.Encode()
}

// choices fills in what the filter offers.
func (p *pages) choices(ctx context.Context, s *logScope, v *logview.Viewer) {
	if s.all() {
		for _, b := range p.muster(ctx).bots {
			v.Bots = append(v.Bots, logview.BotChoice{ID: b.ID, Name: b.Name})
		}
		return
	}
	runs, err := p.crew.Runs(ctx, s.bot.ID, 0, runChoices)
	if err != nil {
		return // the database is away: the banner says so
	}
	for _, r := range runs {
		v.Runs = append(v.Runs, logview.RunChoice{Number: r.Number, At: r.StartedAt.Local()})
	}
}

func (p *pages) logRoutes() []route {
	const GET = http.MethodGet
	return []route{
		{GET, "/logs", "logs", p.allLogs, signedIn, asPage},
		{GET, "/logs/counts", "logs.counts", p.countLog, signedIn, asLive},
		{GET, "/bots/:id/logs/counts", "bot.logs.counts", p.countLog, signedIn, asLive},
		{GET, "/logs/more", "logs.more", p.moreLogs, signedIn, asLive},
		{GET, "/logs/tail", "logs.tail", p.tailLogs, signedIn, asLive},
		{GET, "/logs/download", "logs.download", p.downloadLogs, signedIn, asPage},
		{GET, "/bots/:id/logs", "bot.logs", p.logPage, signedIn, asPage},
		{GET, "/bots/:id/logs/more", "bot.logs.more", p.moreLogs, signedIn, asLive},
		{GET, "/bots/:id/logs/tail", "bot.logs.tail", p.tailLogs, signedIn, asLive},
		{GET, "/bots/:id/logs/download", "bot.logs.download", p.downloadLogs, signedIn, asPage},
	}
}
