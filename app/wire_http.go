package app

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/botswain/botswain/app/api"
	"github.com/botswain/botswain/app/desk"
	"github.com/botswain/botswain/app/figures"
	"github.com/botswain/botswain/app/metrics"
	"github.com/botswain/botswain/app/sse"
	"github.com/botswain/botswain/app/web"
)

// headerLimit is how long a client may take to send a request's header; web bounds bodies.
const headerLimit = 10 * time.Second

// wireHTTP builds pages and API and takes the two addresses: TCP for people and programs, the
// socket in the data directory for the command line.
func (a *App) wireHTTP(ctx context.Context) error {
	a.streams = sse.New(sse.Options{Log: a.log.With("part", "sse")})
	totals := figures.New(figures.Options{Reports: a.reports, Crew: a.crew, Platforms: a.platforms, Crashes: a.runs})
	a.api = api.New(api.Deps{
		Crew: a.crew, Logs: a.logs, Stats: a.stats, History: a.history, Tokens: a.auth, Health: a.health,
		Reports: a.reports, Figures: totals, Keys: a.secrets, Platforms: a.platforms, Past: a.runs, Hub: a.hub, Streams: a.streams, Log: a.log.With("part", "api"),
		Metrics: metrics.Handler(metrics.Deps{
			Crew: a.crew, Logs: a.logs, Streams: a.streams, Health: a.health, Version: a.opts.Version, Log: a.log.With("part", "metrics"),
		}),
	})
	var err error
	docs := a.api.Reference()
	a.web, err = web.New(web.Deps{
		Auth: a.auth, API: a.api, RunToken: a.runToken, Docs: &docs, Ready: a.ready,
		Bots: &web.BotDeps{
			Crew: a.crew, Logs: a.logs, Stats: a.stats, Health: a.health.State, Reports: a.reports, Figures: totals, Platforms: a.platforms,
			Runs: a.runs, History: a.history, Hub: a.hub,
			Desks: desk.New(desk.NewStore(a.pool), a.hub, a.log.With("part", "desk")), Rolls: a.rolls,
			Streams: a.streams, Containment: a.runner.Info(ctx).Containment,
		},
		PublicURL: a.cfg.PublicURL, Version: a.opts.Version, Log: a.log.With("part", "web"),
	})
	if err != nil {
		return err
	}
	if err := a.listen(ctx); err != nil {
		return err
	}
	a.http = a.server(a.web.Handler())
	a.cli = a.server(a.api)
	a.cli.BaseContext = func(net.Listener) context.Context { return api.FromSocket(context.WithoutCancel(ctx)) }
	return nil
}

// listen takes the two addresses, or what the program before left of them.
func (a *App) listen(ctx context.Context) (err error) {
	if a.listener, err = a.opts.Handover.takeListener(a.cfg.Addr); err != nil {
		a.log.Warn("the listener of the program before can't be used", "error", err)
	}
	if a.socket, err = a.opts.Handover.takeSocket(a.cfg.DataDir); err != nil {
		a.log.Warn("the socket of the program before can't be used", "error", err)
	}
	if a.listener == nil {
		if a.listener, err = new(net.ListenConfig).Listen(ctx, "tcp", a.cfg.Addr); err != nil {
			return fmt.Errorf("listen on BOTSWAIN_ADDR: %w", err)
		}
	}
	if a.socket == nil {
		a.socket, err = api.Listen(ctx, a.cfg.DataDir)
		return err
	}
	return nil
}

func (a *App) server(h http.Handler) *http.Server {
	s := &http.Server{Handler: h, ReadHeaderTimeout: headerLimit, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
	s.RegisterOnShutdown(a.streams.Close)
	return s
}

// ready says whether the database can be used, for /readyz.
func (a *App) ready(ctx context.Context) error {
	if s := a.health.State(); s.DatabaseDown {
		return fmt.Errorf("%s", s.Message)
	}
	return a.pool.Ping(ctx)
}
