package web

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/static"
)

// access says who may call a route.
type access int

// The zero access is none: a route that doesn't say it stops Botswain from starting.
const (
	public       access = iota + 1 // everybody
	onlySetup                      // everybody, while there is no user at all
	signedIn                       // people with a session
	withToken                      // programs with an API token
	withRunToken                   // bots, with the token of a run that lives
)

// kind says what calls a route, and so how it hears that it may not or that something failed.
type kind int

const (
	asPage    kind = iota // a browser: pages, forms, htmx. Redirects, pages of errors, toasts
	asLive                // a page's script: streams and polling. Never a redirect; 401 ends them
	asProgram             // an API client: problem+json
	asPlain               // anything: text, and no session is looked up
)

// route is one line of the map.
type route struct {
	method  string // one of net/http's, or anyMethod
	path    string
	name    string
	handler echo.HandlerFunc
	access  access
	kind    kind
}

const anyMethod = "*"

// routes is the map of the product.
func (s *Server) routes() []route {
	const GET, POST = http.MethodGet, http.MethodPost
	list := []route{
		{GET, "/healthz", "healthz", s.healthz, public, asPlain},
		{GET, "/readyz", "readyz", s.readyz, public, asPlain},
		{GET, "/static/*", "static", echo.WrapHandler(static.Handler()), public, asPlain},

		{GET, "/setup", "setup", s.setupPage, onlySetup, asPage},
		{POST, "/setup", "setup.do", s.setup, onlySetup, asPage},
		{GET, "/login", "login", s.loginPage, public, asPage},
		{POST, "/login", "login.do", s.login, public, asPage},
		{POST, "/logout", "logout", s.logout, public, asPage},
		{POST, "/language", "language", s.chooseLanguage, public, asPage},
	}
	if d := s.deps.Bots; d != nil {
		pages := newPages(s, *d)
		list = append(list, pages.routes()...)
		forms := &botForms{s, d.Crew, around{pages.showBot, pages.tab, d.Health, pages.outages, pages.pinsOf}}
		list = append(list, forms.routes()...)
	}
	if s.deps.API != nil {
		api := echo.WrapHandler(s.deps.API)
		list = append(list,
			route{anyMethod, "/api/v1/*", "api", api, withToken, asProgram},
			route{POST, "/api/v1/report", "api.report", api, withRunToken, asProgram},
			route{GET, "/api/openapi.json", "api.document", api, public, asProgram},
			route{GET, "/metrics", "metrics", api, withToken, asProgram},
		)
	}
	return list
}

func (r route) check() error {
	switch {
	case r.access < public || r.access > withRunToken:
		return fmt.Errorf("web: route %s %s doesn't say who may call it", r.method, r.path)
	case r.handler == nil || r.name == "":
		return fmt.Errorf("web: route %s %s needs a handler and a name", r.method, r.path)
	case r.access >= withToken && r.kind != asProgram, r.access == signedIn && r.kind > asLive:
		return fmt.Errorf("web: route %s %s: its access and its kind don't go together", r.method, r.path)
	}
	return nil
}

func (r route) methods() []string {
	switch {
	case r.method == anyMethod:
		return []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions}
	case r.method == http.MethodGet && r.kind != asLive:
		return []string{http.MethodGet, http.MethodHead}
	}
	return []string{r.method}
}
