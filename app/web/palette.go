package web

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/views/i18n"
	"github.com/botswain/botswain/views/icon"
	"github.com/botswain/botswain/views/layout"
	"github.com/botswain/botswain/views/palette"
)

// palette answers GET /palette: all bots and pages, for the command palette that has been opened.
func (p *pages) palette(c echo.Context) error {
	props := palette.Props{Now: time.Now(), Pages: p.places(c.Request().Context())}
	for _, b := range p.muster(c.Request().Context()).bots {
		props.Bots = append(props.Bots, palette.Bot{
			ID: b.ID, Name: b.Name, Type: b.Type, State: b.Status.State, Until: b.Status.NextStartAt,
			Account: b.Account.Words(), Picture: b.Account.Picture, Tags: b.Tags,
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
