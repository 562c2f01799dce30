// Package web is Botswain for people with a browser: pages, forms, live streams. It asks the
// services for everything and decides only who may ask and how the answer looks.
//
// routes.go is the map: each route with who may call it. middleware.go enforces that in one place,
// errors.go turns every error into an answer in one place.
package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/auth"
	"github.com/botswain/botswain/views/apidocs"
)

// Deps are the services that the pages use. Auth and Ready are required.
type Deps struct {
	Auth *auth.Service
	// Bots brings the dashboard and the pages of bots; nil: there are none.
	Bots *BotDeps
	// API answers /api/v1/*, /api/openapi.json and /metrics; nil: there are no such paths.
	API http.Handler
	// RunToken answers nil for the token of a run that lives; needed with API.
	RunToken func(raw string) error
	// Docs is the reference of that API, shown at /api/docs with the pages of bots; nil: there is no such page.
	Docs *apidocs.Reference
	// Ready says whether the database can be used: reachable, and all migrations done.
	Ready func(context.Context) error
	// PublicURL is where browsers find Botswain, when that differs from the listen address.
	PublicURL string
	Version   string
	Log       *slog.Logger // nil: says nothing
}

// Server answers browsers.
type Server struct {
	deps      Deps
	auth      *auth.Service
	log       *slog.Logger
	host      string // the machine's name, for the sign-in page
	echo      *echo.Echo
	table     map[string]route // by method and path
	crossSite *http.CrossOriginProtection
}

// New builds the server; it starts nothing. The error names what is wrong with the route table or
// the public address.
func New(d Deps) (*Server, error) {
	if d.Auth == nil || d.Ready == nil || d.API != nil && d.RunToken == nil {
		return nil, errors.New("web: Auth and Ready are needed, and RunToken with API")
	}
	return newServer(d, (*Server).routes)
}

// newServer takes the table from outside, so that tests can put probes behind the guard.
func newServer(d Deps, table func(*Server) []route) (*Server, error) {
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{deps: d, auth: d.Auth, log: d.Log, table: map[string]route{}}
	s.host, _ = os.Hostname() // "" just leaves it out
	var err error
	if s.crossSite, err = crossOrigin(d.PublicURL); err != nil {
		return nil, err
	}
	s.echo = newEcho()
	s.echo.HTTPErrorHandler = s.fail
	s.echo.Use(s.observe, s.speak, s.recoverPanics, s.sameSite, s.guard, compress())
	for _, r := range table(s) {
		if err := s.register(r); err != nil {
			return nil, err
		}
	}
	return s, s.checkTable()
}

func newEcho() *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	// Behind a proxy this is the proxy's address; X-Forwarded-For could be anybody's invention.
	e.IPExtractor = echo.ExtractIPDirect()
	e.Logger.SetOutput(io.Discard) // what it has to say reaches our log as errors
	return e
}

// Handler answers all requests of browsers and, when Deps.API is set, of programs.
func (s *Server) Handler() http.Handler { return boundBodies(bodyTime, s.secureHeaders(s.echo)) }

// register adds a route; GET routes answer HEAD too, as load balancers like it.
func (s *Server) register(r route) error {
	if err := r.check(); err != nil {
		return err
	}
	for _, method := range r.methods() {
		key := method + " " + r.path
		if _, twice := s.table[key]; twice {
			return fmt.Errorf("web: route %s is in the table twice", key)
		}
		s.table[key] = r
		s.echo.Add(method, r.path, r.handler)
	}
	return nil
}

// checkTable refuses routes that reached Echo past the table: nobody said who may call them.
func (s *Server) checkTable() error {
	for _, r := range s.echo.Routes() {
		if _, ok := s.table[r.Method+" "+r.Path]; !ok && !strings.HasPrefix(r.Method, "echo_") {
			return fmt.Errorf("web: route %s %s isn't in the table", r.Method, r.Path)
		}
	}
	return nil
}
