package web

import (
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/botpage"
	"github.com/botswain/botswain/views/layout"
)

// overview answers GET /bots/:id.
func (p *pages) overview(c echo.Context) error { return p.showOverview(c, http.StatusOK, "") }

// showOverview answers with the overview; line stands in its console.
func (p *pages) showOverview(c echo.Context, status int, line string) error {
	ctx := c.Request().Context()
	id, err := botParam(c)
	if err != nil {
		return err
	}
	has := p.fragments.marker.has(newLiveBot(p, id, false, 0, logQuery{}).shown(ctx)) // before anything is read
	view, b, err := p.botOf(c)
	if err != nil {
		return err
	}
	page := botpage.Overview{Bot: b, Installable: p.installable(b), Log: p.tailCard(ctx, view)}
	page.Log.Line = line
	// Each of these says itself when the database is away. Then it comes as soon as it can be read.
	var away [4]error
	page.Runs, away[0] = p.runs(ctx, b)
	page.Events, away[1] = p.events(ctx, &view)
	page.Platform = p.platform(ctx, b)
	page.Reported, away[2] = p.reported(ctx, b)
	span, home := ofBot(c, view.CreatedAt)
	page.Charts, err = p.botCharts(ctx, b, span)
	page.Charts.Home = home
	if err = unlessAway(err); err != nil {
		return err
	}
	page.Newest = p.newest(c.Request().Context(), b)
	page.Uptime, away[3] = p.uptime(ctx, b.ID, view.CreatedAt)
	// What has changed meanwhile may be drawn or not.
	has = p.fragments.marker.both(has, newLiveBot(p, id, false, 0, logQuery{}).shown(ctx))
	if errors.Join(away[:]...) != nil || page.Log.Note != logNote(p.health()) {
		has = ""
	}
	props := p.layout(c, layout.Props{
		Title: view.Name, Crumbs: []layout.Crumb{{Label: tr(c, "layout.dashboard"), Href: "/"}, {Label: view.Name}}, Live: "/live?page=bot&id=" + view.ID.String(), Has: has,
		Scripts: []string{"charts.js"},
	})
	return p.web.render(c, status, within(props, botpage.OverviewContent(page)))
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

// within puts a page's content into the layout.
func within(props layout.Props, content templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return layout.Page(props).Render(templ.WithChildren(ctx, content), w)
	})
}
