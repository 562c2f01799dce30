package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/views/help"
	"github.com/botswain/botswain/views/layout"
)

// reporting answers GET /help/reporting: how a bot tells of itself.
func (p *pages) reporting(c echo.Context) error {
	title := tr(c, "help.reporting.title")
	props := p.layout(c, layout.Props{Title: title, Crumbs: []layout.Crumb{{Label: tr(c, "layout.dashboard"), Href: "/"}, {Label: title}}})
	return p.web.render(c, http.StatusOK, within(props, help.Reporting(p.web.deps.Docs != nil)))
}
