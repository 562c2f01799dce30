// Package app puts Botswain together: it wires the services in the order in which they need each
// other, serves, and ends them in the order that loses nothing.
package app

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/botswain/botswain/app/api"
	"github.com/botswain/botswain/app/auth"
	"github.com/botswain/botswain/app/config"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/guard"
	"github.com/botswain/botswain/app/health"
	"github.com/botswain/botswain/app/localpg"
	"github.com/botswain/botswain/app/logs"
	"github.com/botswain/botswain/app/notify"
	"github.com/botswain/botswain/app/platform"
	"github.com/botswain/botswain/app/report"
	"github.com/botswain/botswain/app/retain"
	"github.com/botswain/botswain/app/runner/local"
	"github.com/botswain/botswain/app/runs"
	"github.com/botswain/botswain/app/secret"
	"github.com/botswain/botswain/app/sse"
	"github.com/botswain/botswain/app/stats"
	"github.com/botswain/botswain/app/stats/history"
	"github.com/botswain/botswain/app/supervisor"
	"github.com/botswain/botswain/app/web"
	"github.com/botswain/botswain/app/writer"
)

// Options are what the command line knows beyond the settings.
type Options struct {
	Log     *slog.Logger
	Stdout  io.Writer // gets the line that says where Botswain listens, and the set-up code
	Version string
	// Now is the clock of what is known of the platforms; nil: time.Now.
	Now func() time.Time
	// Program is the file that an upgrade in place executes; see ThisProgram.
	Program string
	// Upgrade asks for one each time it receives; nil: never.
	Upgrade <-chan os.Signal
	// Handover is what the program before in this process left; nil: nothing.
	Handover *Handover
}

// App is one running Botswain. New takes what can fail at the start, Run serves, Close gives back.
type App struct {
	cfg  config.Config
	opts Options
	log  *slog.Logger

	lock       *os.File
	cluster    *localpg.Cluster // nil with DATABASE_URL
	url        string           // of the database
	pool       *pgxpool.Pool    // for everything but log lines
	searchPool *pgxpool.Pool    // so that searches never take what storing and reading lines needs
	logPool    *pgxpool.Pool    // so that a firehose of lines never makes a page wait

	secrets *secret.Vault

	writer *writer.Lock // no other Botswain supervises the bots of this database

	hub    *event.Hub
	events *event.Store
	health *health.Monitor
	auth   *auth.Service

	runner     *local.Backend
	logs       *logs.Service
	supervisor *supervisor.Supervisor
	crew       *crew.Service
	runs       *runs.Store
	retain     *retain.Keeper
	keeper     *runs.Keeper
	rolls      *crew.Rolls
	stats      *stats.Sampler
	history    *history.Service
	reports    *report.Service
	platforms  *platform.Service
	guard      *guard.Guard
	notify     *notify.Server

	streams *sse.Server
	web     *web.Server
	api     *api.API

	listener net.Listener // for people and programs
	socket   net.Listener // for the command line
	http     *http.Server
	cli      *http.Server

	next *Handover // set when an upgrade in place is under way: what isn't given back
}

// New opens the database, wires the services and takes the listen address; it starts no bot.
// When it fails, what it had started is stopped again. Errors with a *fault.Error may be shown.
func New(ctx context.Context, cfg config.Config, opts Options) (*App, error) {
	a := newApp(cfg, opts)
	for _, step := range []func(context.Context) error{
		a.wireData, a.wireDatabase, a.wireBots, a.wirePlatforms, a.wireGuard, a.wireAuth, a.wireHTTP,
	} {
		if err := step(ctx); err != nil {
			ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeLimit)
			defer cancel()
			return nil, errors.Join(err, a.Close(ending))
		}
	}
	return a, nil
}

func newApp(cfg config.Config, opts Options) *App {
	return &App{cfg: cfg, opts: opts, log: opts.Log, hub: event.NewHub()}
}

// closeLimit bounds how long giving back the database may take.
const closeLimit = 30 * time.Second

// URL is where the pages are, with the real port.
func (a *App) URL() string { return "http://" + a.listener.Addr().String() }

// Close gives back what New took: sockets, pools, the private Postgres, the lock. Bots are
// ended by Run, not here.
func (a *App) Close(ctx context.Context) error {
	var errs []error
	for _, l := range []net.Listener{a.listener, a.socket} {
		if l != nil {
			if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
				errs = append(errs, err)
			}
		}
	}
	if a.notify != nil {
		a.notify.Shutdown()
	}
	if a.runner != nil {
		errs = append(errs, a.runner.Close())
	}
	a.closeDatabase()
	switch {
	case a.cluster != nil && a.next != nil:
		a.cluster.Release() // the next program finds it running
	case a.cluster != nil:
		errs = append(errs, a.cluster.Stop(ctx))
	}
	a.opts.Handover.close()
	if a.lock != nil {
		removePID(a.cfg.DataDir)
		errs = append(errs, a.lock.Close())
	}
	return errors.Join(errs...)
}
