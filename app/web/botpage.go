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
)

// overview answers GET /bots/:id.
func (p *pages) overview(c echo.Context) error {
	ctx := c.Request().Context()
	view, b, err := p.botOf(c)
	if err != nil {
		return err
	}
	page := botpage.Overview{Bot: b, Log: p.tailCard(ctx, view)}
	// Each of these says itself when the database is away.
	page.Runs, _ = p.runs(ctx, b)
	page.Events, _ = p.events(ctx, &view)
	page.Platform = p.platform(ctx, b)
	page.Reported, _ = p.reported(ctx, b)
	page.Charts, err = p.botCharts(ctx, b, spanOf(c))
	if err = unlessAway(err); err != nil {
		return err
	}
	page.Newest = p.newest(c.Request().Context(), b)
	page.Uptime, _ = p.uptime(ctx, b.ID, view.CreatedAt)
	props := p.layout(c, layout.Props{
		Title: view.Name, Crumbs: []layout.Crumb{{Label: tr(c, "layout.dashboard"), Href: "/"}, {Label: view.Name}}, Live: "/live?page=bot&id=" + view.ID.String(), Scripts: []string{"charts.js"},
	})
	return p.web.render(c, http.StatusOK, within(props, botpage.OverviewContent(page)))
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
