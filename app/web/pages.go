package web

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/auth"
	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/health"
	"github.com/botswain/botswain/app/report"
	"github.com/botswain/botswain/app/runner"
	"github.com/botswain/botswain/app/sse"
	"github.com/botswain/botswain/app/stats"
	"github.com/botswain/botswain/views/layout"
)

// crewReader is what pages show of the bots.
type crewReader interface {
	All(context.Context) []crew.View
	Get(context.Context, bot.ID) (crew.View, error)
	Runs(ctx context.Context, id bot.ID, beforeNumber, limit int) ([]event.Run, error)
	Events(context.Context, event.ListQuery) ([]event.Event, error)
	// Installable says whether there is something to install in a directory.
	Installable(dir string) bool
}

// crewActor is what people do with bots on the live pages.
type crewActor interface {
	Act(context.Context, event.Actor, bot.ID, bot.Action) (crew.View, error)
	ActSure(context.Context, event.Actor, bot.ID, bot.Action) (crew.View, error)
	// Question is the fault with Confirm that Act would answer, or nil.
	Question(context.Context, bot.ID, bot.Action) error
	ActMany(context.Context, event.Actor, bot.Action, crew.Which) ([]crew.Outcome, error)
	SendInput(ctx context.Context, by event.Actor, id bot.ID, run bot.RunID, line string) error
	Install(context.Context, event.Actor, bot.ID) (crew.View, error)
	CancelInstall(context.Context, event.Actor, bot.ID) (crew.View, error)
	Examples() []crew.Example
	AddExamples(context.Context, event.Actor, []string) ([]crew.View, error)
}

// statsReader is the newest figures.
type statsReader interface {
	Host() stats.Host
	Bot(bot.ID) (stats.Bot, bool)
}

// reportReader is what bots say of themselves.
type reportReader interface {
	Figures(context.Context, bot.ID) (report.Figures, error)
	// Revision grows with each report of a bot.
	Revision(bot.ID) uint64
}

// sessionReader knows whether a session still holds.
type sessionReader interface {
	UserBySession(ctx context.Context, cookie string) (auth.User, error)
}

// pages are the pages that change by themselves, their streams and their actions.
type pages struct {
	web       *Server
	crew      crewReader
	act       crewActor
	logs      logReader
	stats     statsReader
	health    func() health.State
	reports   reportReader   // nil: nobody reports
	totals    figureReader   // nil: nothing is summed up
	platforms platformReader // nil: nobody is asked
	past      RunReader
	history   historyReader // nil: nobody keeps any
	users     sessionReader
	desks     deskKeeper // nil: nobody has one
	rolls     rollKeeper // nil: there are no rolling restarts
	hub       *event.Hub
	streams   *sse.Server

	board     board
	fragments *fragments
	// patience is how long a live page waits for what must be read.
	patience time.Duration
	searches searches
	boot     int64 // Unix seconds of this start
	// containment never changes.
	containment runner.Containment
	// stored grows with each stored event; drawings of events and runs depend on it.
	stored atomic.Int64
}

// BotDeps are the services behind the pages of bots; all but those that may be nil are needed.
type BotDeps struct {
	Crew interface {
		crewReader
		crewActor
		BotEditor
		BotMaker
		SecretKeeper
	}
	Logs      logReader
	Stats     statsReader
	Health    func() health.State
	Reports   reportReader   // may be nil
	Figures   figureReader   // may be nil
	Platforms platformReader // may be nil
	Runs      RunReader
	Desks     deskKeeper    // may be nil
	Rolls     rollKeeper    // may be nil
	History   historyReader // may be nil
	Hub       *event.Hub
	Streams   *sse.Server // the owner closes it
	// Containment is the runner's: it doesn't change while Botswain runs.
	Containment runner.Containment
}

func newPages(web *Server, d BotDeps) *pages {
	p := &pages{
		web: web, crew: d.Crew, act: d.Crew, logs: d.Logs, stats: d.Stats, health: d.Health, reports: d.Reports, totals: d.Figures, platforms: d.Platforms, past: d.Runs, history: d.History, users: web.auth, desks: d.Desks, rolls: d.Rolls,
		hub: d.Hub, streams: d.Streams, fragments: newFragments(), patience: readPatience, boot: time.Now().Unix(), containment: d.Containment,
	}
	p.countTopics()
	return p
}

// countTopics counts what is published. match is called for each topic: it never has anything to take. It begins before
// any page's subscription, and so a page that is told of a topic finds it counted.
func (p *pages) countTopics() {
	p.hub.Subscribe(func(t event.Topic) bool {
		if t.Kind == event.TopicEvents || t.Kind == event.TopicHealth {
			p.stored.Add(1)
		}
		if p.board.concerns(t) {
			p.board.pokes.Add(1)
		}
		return false
	})
}

func (p *pages) routes() []route {
	const GET, POST = http.MethodGet, http.MethodPost
	list := []route{
		{GET, "/", "dashboard", p.dashboard, signedIn, asPage},
		{POST, "/dashboard/view", "dashboard.view", p.setView, signedIn, asPage},
		{GET, "/events", "events", p.eventsPage, signedIn, asPage},
		{POST, "/bots/actions", "bots.act", p.actMany, signedIn, asPage},
		{POST, "/bots/rolls", "rolls.start", p.startRoll, signedIn, asPage},
		{POST, "/bots/rolls/:id/stop", "rolls.stop", p.stopRoll, signedIn, asPage},
		{GET, "/bots/:id/menu", "bot.menu", p.menu, signedIn, asPage},
		{POST, "/bots/:id/pin", "bot.pin", p.pin, signedIn, asPage},
		{POST, "/bots/:id/input", "bot.input", p.sendInput, signedIn, asPage},
		{POST, "/bots/:id/install", "bot.install", p.install, signedIn, asPage},
		{POST, "/bots/:id/install/cancel", "bot.install.cancel", p.cancelInstall, signedIn, asPage},
		{POST, "/bots/examples", "examples.add", p.addExamples, signedIn, asPage},
		{GET, "/bots/:id", "bot", p.overview, signedIn, asPage},
		{POST, "/bots/:id/start", "bot.start", p.action(bot.Start), signedIn, asPage},
		{POST, "/bots/:id/stop", "bot.stop", p.action(bot.Stop), signedIn, asPage},
		{POST, "/bots/:id/stop/undo", "bot.stop.undo", p.undoStop, signedIn, asPage},
		{POST, "/bots/:id/restart", "bot.restart", p.action(bot.Restart), signedIn, asPage},
		{POST, "/bots/:id/kill", "bot.kill", p.action(bot.Kill), signedIn, asPage},
		{GET, "/bots/:id/confirm/:action", "bot.confirm", p.confirm, signedIn, asPage},
		{POST, "/bots/:id/platform/check", "bot.platform.check", p.checkPlatform, signedIn, asPage},
		{GET, "/bots/:id/history", "bot.history", p.botHistory, signedIn, asLive},
		{GET, "/bots/:id/avatar", "bot.avatar", p.avatar, signedIn, asPage},
		{GET, "/host", "host", p.host, signedIn, asPage},
		{GET, "/host/history", "host.history", p.hostHistory, signedIn, asLive},
		{GET, "/help/reporting", "help.reporting", p.reporting, signedIn, asPage},
		{GET, "/palette", "palette", p.palette, signedIn, asPage},
		{GET, "/live", "live", p.live, signedIn, asLive},
		{GET, "/live/poll", "live.poll", p.poll, signedIn, asLive},
	}
	list = append(list, p.runRoutes()...)
	list = append(list, p.logRoutes()...)
	if p.web.deps.Docs != nil {
		list = append(list, route{GET, "/api/docs", "api.docs", p.apiDocs, signedIn, asPage})
	}
	return list
}

// layout fills in what all live pages have in common.
func (p *pages) layout(c echo.Context, props layout.Props) layout.Props {
	user := userOf(c)
	props.User = layout.User{Name: user.Username, Role: user.Role}
	props.Version = p.web.deps.Version
	props.Toasts = p.web.takeToasts(c)
	props.Health = notices(p.health(), p.outages())
	props.Pins = p.pinsOf(c)
	props.Tab = p.tab(c.Request().Context(), pageBot(c))
	return props
}
