package web

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/views/i18n"
	"github.com/botswain/botswain/views/icon"
	"github.com/botswain/botswain/views/layout"
	"github.com/botswain/botswain/views/palette"
)

// palette answers GET /palette: all bots and pages, for the command palette that has been opened.
func (p *pages) palette(c echo.Context) error {
	all := p.crew.All(c.Request().Context())
	slices.SortStableFunc(all, byAttention)
	props := palette.Props{Now: time.Now(), Pages: p.places(c.Request().Context())}
	for _, v := range all {
		account := p.account(v.Bot)
		props.Bots = append(props.Bots, palette.Bot{
			ID: v.ID, Name: v.Name, Type: v.Type, State: v.Status.State, Until: v.Status.NextStartAt,
			Account: account.Words(), Picture: account.Picture, Tags: v.Tags,
		})
	}
	return p.web.render(c, http.StatusOK, palette.Content(props))
}

// places are the pages that the palette leads to: those of the navigation, and some more.
func (p *pages) places(ctx context.Context) []palette.Page {
	list := append(layout.Places(ctx),
		palette.Page{Href: "/bots/templates", Label: i18n.T(ctx, "templates.title"), Icon: icon.Sparkles},
		palette.Page{Href: "/help/reporting", Label: i18n.T(ctx, "help.reporting.title"), Icon: icon.Radio},
	)
	if p.web.deps.Docs != nil {
		list = append(list, palette.Page{Href: "/api/docs", Label: i18n.T(ctx, "apidocs.title"), Icon: icon.Plug})
	}
	return list
}
