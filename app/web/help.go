package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/views/help"
	"github.com/botswain/botswain/views/layout"
)

// reporting answers GET /help/reporting: how a bot tells of itself.
func (p *pages) reporting(c echo.Context) error {
	props := p.layout(c, layout.Props{Title: "How a bot reports", Crumbs: []layout.Crumb{{Label: "Dashboard", Href: "/"}, {Label: "How a bot reports"}}})
	return p.web.render(c, http.StatusOK, within(props, help.Reporting(p.web.deps.Docs != nil)))
}
