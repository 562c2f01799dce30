package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/views/apidocs"
	"github.com/botswain/botswain/views/layout"
)

// apiDocs answers GET /api/docs: the reference of the REST API, for people who are signed in.
func (p *pages) apiDocs(c echo.Context) error {
	title := tr(c, "apidocs.title")
	props := p.layout(c, layout.Props{Title: title, Crumbs: []layout.Crumb{{Label: tr(c, "layout.dashboard"), Href: "/"}, {Label: title}}})
	return p.web.render(c, http.StatusOK, within(props, apidocs.Content(*p.web.deps.Docs)))
}
