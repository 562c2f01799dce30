// Package api is HTTP for programs: REST v1 with its OpenAPI document, generated from the code,
// over the same services that the pages use. It has an Echo of its own, so that neither sessions
// nor pages' error handling reach it: callers prove themselves with a bearer token.
package api

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/auth"
	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/health"
	"github.com/botswain/botswain/app/logs"
	"github.com/botswain/botswain/app/runtimes"
	"github.com/botswain/botswain/app/secret"
	"github.com/botswain/botswain/app/sse"
	"github.com/botswain/botswain/app/stats"
)

// Prefix is where version 1 lives.
const Prefix = "/api/v1"

// Crew is what the API needs of the bots.
type Crew interface {
	Reader
	Editor
	Commander
	Installer
	Historian
}

// Reader finds bots.
type Reader interface {
	List(context.Context, crew.Filter) (crew.List, error)
	All(context.Context) []crew.View
	Get(context.Context, bot.ID) (crew.View, error)
}

// Editor changes definitions.
type Editor interface {
	CreateWith(context.Context, event.Actor, bot.Spec, secret.Change) (crew.View, error)
	UpdateWith(ctx context.Context, by event.Actor, id bot.ID, version int, spec bot.Spec, secrets secret.Change) (crew.View, error)
	Delete(context.Context, event.Actor, bot.ID) error
	Examples() []crew.Example
	AddExamples(context.Context, event.Actor, []string) ([]crew.View, error)
}

// Commander makes bots do something.
type Commander interface {
	Act(context.Context, event.Actor, bot.ID, bot.Action) (crew.View, error)
	ActSure(context.Context, event.Actor, bot.ID, bot.Action) (crew.View, error)
	ActMany(context.Context, event.Actor, bot.Action, crew.Which) ([]crew.Outcome, error)
	Roll(ctx context.Context, by event.Actor, w crew.Which, pause time.Duration) ([]crew.Outcome, error)
	SendInput(ctx context.Context, by event.Actor, id bot.ID, run bot.RunID, line string) error
}

// Installer finds out what bots need, and installs it.
type Installer interface {
	Look(dir string) (runtimes.Proposal, error)
	Install(context.Context, event.Actor, bot.ID) (crew.View, error)
	CancelInstall(context.Context, event.Actor, bot.ID) (crew.View, error)
}

// Historian knows what happened.
type Historian interface {
	Runs(ctx context.Context, id bot.ID, beforeNumber, limit int) ([]event.Run, error)
	Events(context.Context, event.ListQuery) ([]event.Event, error)
}

// Logs reads what bots printed.
type Logs interface {
	Page(context.Context, logs.Query) (logs.Page, error)
	Recent(id bot.ID, afterSeq int64, max int) ([]logs.Line, bool)
	LastSeq(bot.ID) int64
}

// Stats has the newest figures and their short history.
type Stats interface {
	Host() stats.Host
	Bot(bot.ID) (stats.Bot, bool)
}

// Tokens finds out who a bearer token belongs to: *fault.Error Unauthorized when to nobody.
type Tokens interface {
	UserByToken(ctx context.Context, raw string) (auth.User, error)
}

// Health says whether something is wrong with Botswain itself.
type Health interface {
	State() health.State
}

// Deps are the services behind the API. All but History and Metrics are needed.
type Deps struct {
	Crew      Crew
	Logs      Logs
	Stats     Stats
	History   History // nil: there is none
	Tokens    Tokens
	Health    Health
	Reports   Reports
	Figures   Figures
	Platforms Platforms
	Past      Past
	Keys      Keys
	Hub       *event.Hub
	Streams   *sse.Server
	// Metrics answers GET /metrics once the caller has shown a token; nil: there is no such path.
	Metrics http.Handler
	Log     *slog.Logger
	// Now is the clock; nil is the real one.
	Now func() time.Time
}

// API serves Prefix, /api/openapi.json and /metrics.
type API struct {
	Deps
	echo *echo.Echo
	huma huma.API
	// patching is held by the one patch that is being merged: see patchBot.
	patching chan struct{}
}

// New builds the API; it starts nothing.
func New(d Deps) *API {
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	a := &API{Deps: d, echo: echo.New(), patching: make(chan struct{}, 1)}
	a.echo.HTTPErrorHandler = a.echoError
	a.echo.Use(a.recoverPanics)
	a.huma = humaecho.New(a.echo, a.config())
	a.huma.UseMiddleware(a.authenticate)
	a.registerBots()
	a.registerPatch()
	a.registerExamples()
	a.registerActions()
	a.registerMany()
	a.registerStdin()
	a.registerInstall()
	a.registerStatus()
	a.registerLogs()
	a.registerLogStream()
	a.registerRuns()
	a.registerCrashes()
	a.registerEvents()
	a.registerEventStream()
	a.registerStats()
	a.registerHistory()
	a.registerReport()
	a.registerReported()
	a.registerPlatform()
	a.registerDashboard()
	a.registerKey()
	finishDocument(a.huma.OpenAPI())
	a.echo.GET("/api/openapi.json", a.serveDocument)
	a.echo.GET("/metrics", a.metrics)
	return a
}

// Register mounts the API in another Echo, whose middleware then runs before it. That middleware
// must neither ask for a session nor buffer: the API has streams.
func (a *API) Register(e *echo.Echo) {
	h := echo.WrapHandler(a)
	e.Any(Prefix+"/*", h)
	e.GET("/api/openapi.json", h)
	if a.Metrics != nil {
		e.GET("/metrics", h)
	}
}

// ServeHTTP implements http.Handler, for serving the API without pages: on the socket, in tests.
// HEAD is answered as GET, whose body net/http leaves out; streams have no end that it could wait for.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodHead && !strings.HasSuffix(r.URL.Path, "/stream") {
		get := *r
		get.Method = http.MethodGet
		r = &get
	}
	a.echo.ServeHTTP(w, r)
}

// OpenAPI is the document that /api/openapi.json serves. Don't change it.
func (a *API) OpenAPI() *huma.OpenAPI { return a.huma.OpenAPI() }

func (a *API) metrics(c echo.Context) error {
	if a.Metrics == nil {
		return echo.ErrNotFound
	}
	if _, err := a.whoIs(c.Request()); err != nil {
		return err
	}
	a.Metrics.ServeHTTP(c.Response(), c.Request())
	return nil
}
