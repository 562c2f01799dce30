package web

import (
	"context"
	"io"

	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/botpage"
	"github.com/botswain/botswain/views/layout"
	"github.com/botswain/botswain/views/logview"
)

// overview answers GET /bots/:id.
func (p *pages) overview(c echo.Context) error {
	ctx := c.Request().Context()
	view, b, err := p.botOf(c)
	if err != nil {
		return err
	}
	page := botpage.Overview{Bot: b, Log: p.viewer(ctx, view, false)}
	// Each of these says itself when the database is away.
	page.Facts, _ = p.facts(ctx, b)
	page.Runs, _ = p.runs(ctx, b)
	page.Events, _ = p.events(ctx, &view)
	page.Platform = p.platform(ctx, b)
	page.Reported, _ = p.reported(ctx, b)
	page.Charts, err = p.botCharts(ctx, b, spanOf(c))
	if err = chartsFault(err); err != nil {
		return err
	}
	page.Newest = p.newest(b)
	page.Uptime, _ = p.uptime(ctx, b.ID, view.CreatedAt)
	props := p.layout(c, layout.Props{
		Title: view.Name, Crumbs: []layout.Crumb{{Label: "Dashboard", Href: "/"}, {Label: view.Name}}, Live: "/live?page=bot&id=" + view.ID.String(), Scripts: []string{"log.js", "console.js", "vendor/uplot.min.js", "chart.js"},
	})
	return p.web.render(c, http.StatusOK, within(props, botpage.OverviewContent(page)))
}

// logPage answers GET /bots/:id/logs.
func (p *pages) logPage(c echo.Context) error {
	view, b, err := p.botOf(c)
	if err != nil {
		return err
	}
	page := botpage.Logs{Bot: b, Log: p.viewer(c.Request().Context(), view, true)}
	home := "/bots/" + view.ID.String()
	props := p.layout(c, layout.Props{
		Title: "Log of " + view.Name, Live: "/live?page=logs&id=" + view.ID.String(), Scripts: []string{"log.js", "console.js"},
		Crumbs: []layout.Crumb{{Label: "Dashboard", Href: "/"}, {Label: view.Name, Href: home}, {Label: "Logs"}},
	})
	return p.web.render(c, http.StatusOK, within(props, botpage.LogsContent(page)))
}

// olderLogs answers GET /bots/:id/logs/older?before=SEQ[&after=SEQ]: a step into the history, or
// into a gap.
func (p *pages) olderLogs(c echo.Context) error {
	view, _, err := p.botOf(c)
	if err != nil {
		return err
	}
	before, after := seqParam(c.QueryParam("before")), seqParam(c.QueryParam("after"))
	lines, _, err := older(c.Request().Context(), p.logs, view.ID, before, after, batchLines)
	if err != nil {
		return err
	}
	return p.web.render(c, http.StatusOK, logview.Part(lines))
}

// tailLogs answers GET /bots/:id/logs/tail: the newest lines, for a viewer that returns to them.
func (p *pages) tailLogs(c echo.Context) error {
	view, _, err := p.botOf(c)
	if err != nil {
		return err
	}
	lines, _, err := newest(c.Request().Context(), p.logs, view.ID)
	if err != nil {
		return err
	}
	return p.web.render(c, http.StatusOK, logview.Part(lines))
}

func (p *pages) botOf(c echo.Context) (crew.View, botcard.Bot, error) {
	id, err := botParam(c)
	if err != nil {
		return crew.View{}, botcard.Bot{}, err
	}
	view, err := p.crew.Get(c.Request().Context(), id)
	if err != nil {
		return crew.View{}, botcard.Bot{}, err
	}
	return view, p.showBot(view, now()), nil
}

// viewer is the log with its newest lines. When they can't be read it begins empty at the last
// known line, and the note says why; live updates go on from there.
func (p *pages) viewer(ctx context.Context, v crew.View, full bool) logview.Viewer {
	lines, after, err := newest(ctx, p.logs, v.ID)
	if err != nil {
		p.web.log.Warn("log of a page not read", "bot", v.ID, "error", err)
		after = p.logs.LastSeq(v.ID)
	}
	from := botcard.OnPage
	if full {
		from = botcard.OnLogs
	}
	return logview.Viewer{Run: v.Status.Run, View: string(from), Lines: lines, Name: v.Name, After: after, Full: full, Note: logNote(p.health()), Zone: zone(now())}
}

// within puts a page's content into the layout.
func within(props layout.Props, content templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return layout.Page(props).Render(templ.WithChildren(ctx, content), w)
	})
}
