package web

import (
	"net/http"
	"net/url"

	"github.com/a-h/templ"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/desk"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/layout"
)

// menu answers GET /bots/:id/menu: what a card's menu holds; without scripts a page with the same.
func (p *pages) menu(c echo.Context) error {
	view, b, err := p.botOf(c)
	if err != nil {
		return err
	}
	pin := pinOf(p.desk(c.Request().Context(), userOf(c).ID), view.ID)
	if isHTMX(c) {
		from := botcard.OnCard
		if botcard.View(c.QueryParam("view")) == botcard.OnRow {
			from = botcard.OnRow
		}
		return p.web.render(c, http.StatusOK, botcard.Menu(b, from, pin))
	}
	props := p.layout(c, layout.Props{
		Title:  view.Name,
		Crumbs: []layout.Crumb{{Label: tr(c, "layout.dashboard"), Href: "/"}, {Label: view.Name, Href: "/bots/" + view.ID.String()}, {Label: tr(c, "layout.more")}},
	})
	return p.web.render(c, http.StatusOK, within(props, botcard.MenuPage(b, pin)))
}

func pinOf(d desk.Desk, id bot.ID) botcard.Pin {
	if !d.Pinned(id) {
		return botcard.Pin{}
	}
	return botcard.Pin{Pinned: true, First: d.Pins[0] == id, Last: d.Pins[len(d.Pins)-1] == id}
}

// pin answers POST /bots/:id/pin: to is "on", "off", "up", "down", or "before" with another bot's id
// in before, which may be empty for the last place. The dashboards of this user change by themselves.
func (p *pages) pin(c echo.Context) error {
	ctx, user := c.Request().Context(), userOf(c).ID
	id, err := botParam(c)
	if err != nil {
		return err
	}
	if _, err := p.crew.Get(ctx, id); err != nil {
		return err
	}
	if p.desks == nil {
		return fault.New(fault.Unavailable, "Bots can't be pinned here.")
	}
	switch to := c.FormValue("to"); to {
	case "on":
		err = p.desks.Pin(ctx, user, id)
	case "off":
		err = p.desks.Unpin(ctx, user, id)
	case "up":
		err = p.desks.Shift(ctx, user, id, -1)
	case "down":
		err = p.desks.Shift(ctx, user, id, 1)
	case "before":
		before, _ := uuid.Parse(c.FormValue("before")) // none: last
		err = p.desks.Move(ctx, user, id, before)
	default:
		err = fault.New(fault.Invalid, "A bot can't be pinned to %q.", to)
	}
	if err != nil {
		return err
	}
	return p.backToDashboard(c, "")
}

// setView answers POST /dashboard/view: the filter is in the query, with the view that the user wants.
func (p *pages) setView(c echo.Context) error {
	ctx, user := c.Request().Context(), userOf(c).ID
	f := filterOf(c.QueryParams())
	if f.View == "" {
		return fault.New(fault.Invalid, "There is no such view.")
	}
	if p.desks != nil {
		// It is shown even when it can't be stored.
		if err := p.desks.SetView(ctx, user, string(f.View)); err != nil && fault.CodeOf(err) != fault.Unavailable {
			return err
		}
	}
	if !isHTMX(c) {
		return p.web.seeOther(c, f.URL())
	}
	page, m := p.dashboardPage(ctx, f, user, nil)
	return p.filtered(c, page, m)
}

// backToDashboard answers a form of the dashboard: the page changes by its stream, or is loaded anew
// as it was. to is where to go instead when it isn't known how it was; "": the dashboard.
func (p *pages) backToDashboard(c echo.Context, to string) error {
	if isHTMX(c) {
		return p.web.render(c, http.StatusOK, templ.NopComponent)
	}
	if was := dashboardBehind(c.Request()); was != "" {
		to = was
	}
	if to == "" {
		to = "/"
	}
	return p.web.seeOther(c, to)
}

// dashboardBehind is the dashboard that a form without scripts was on, with its filter; "": it was
// on another page.
func dashboardBehind(r *http.Request) string {
	u, err := url.Parse(r.Referer())
	if err != nil || u.Host != r.Host || u.Path != "/" {
		return ""
	}
	return filterOf(u.Query()).URL()
}
