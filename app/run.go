package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/botswain/botswain/app/config"
)

// Run wires and serves Botswain until ctx ends, and gives everything back. After an upgrade in
// place it doesn't return: another program goes on in this process.
func Run(ctx context.Context, cfg config.Config, opts Options) error {
	for {
		next, err := runOnce(ctx, cfg, opts)
		if next == nil {
			return err
		}
		if ctx.Err() != nil {
			opts.Log.Warn("told to stop during an upgrade; the bots were left running already")
			next.close()
			return err
		}
		if err != nil {
			opts.Log.Warn("not everything ended well before the upgrade", "error", err)
		}
		opts.Log.Error("the upgrade failed; this program goes on", "error", next.become(opts.Program))
		opts.Handover = next
	}
}

// runOnce answers a Handover when the next program is to go on.
func runOnce(ctx context.Context, cfg config.Config, opts Options) (*Handover, error) {
	a, err := New(ctx, cfg, opts)
	if err != nil && asked(ctx, err) {
		opts.Log.Info("told to stop before everything was up", "error", err)
		return nil, nil // nothing goes on
	}
	if err != nil {
		return nil, err
	}
	err = a.Serve(ctx)
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeLimit)
	defer cancel()
	return a.next, errors.Join(err, a.Close(ending))
}

// asked says whether an error is no more than the wish to end, which may come at any moment.
func asked(ctx context.Context, err error) bool {
	return ctx.Err() != nil && errors.Is(err, context.Canceled)
}

// Serve adopts and starts the bots, answers requests until ctx ends or a part fails, and then ends
// in the order that loses nothing: requests and streams, bots, what they printed last.
func (a *App) Serve(ctx context.Context) error {
	services := a.begin(ctx)
	err := a.await(ctx, services)
	if err == nil {
		if err = a.announce(ctx); asked(ctx, err) {
			err = nil
		}
	}
	if err == nil {
		a.tellUpgrade(ctx)
		a.linger(ctx, services)
	}
	return errors.Join(err, a.end(ctx, services))
}

// linger returns when it is time to end: ctx has ended, a part has failed, or another program is
// about to go on in this process.
func (a *App) linger(ctx context.Context, s services) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.failed:
			return
		case <-a.opts.Upgrade:
			if a.prepareUpgrade(ctx) {
				return
			}
		}
	}
}

// services are the goroutines of a serving App. Supervision and the log path end later than the
// rest, each by its own cancel.
type services struct {
	group    *errgroup.Group
	failed   <-chan struct{} // closed when one of them has ended with an error
	stopRest context.CancelFunc
	stopLock context.CancelFunc // last: what is stored at the end needs it
	stopLogs context.CancelFunc
}

// begin starts the goroutines. None of them ends with ctx: end decides the order.
func (a *App) begin(ctx context.Context) services {
	base := context.WithoutCancel(ctx)
	group, grouped := errgroup.WithContext(base)
	rest, stopRest := context.WithCancel(base)
	logs, stopLogs := context.WithCancel(base)
	lock, stopLock := context.WithCancel(base)
	held := make(chan struct{})
	go func() { // not of the group, which is waited for while the lock is needed
		defer close(held)
		_ = a.writer.Run(lock) // it never fails
	}()
	group.Go(func() error { return named("health", a.health.Run(rest)) })
	group.Go(func() error { return named("stats", a.stats.Run(rest)) })
	group.Go(func() error { return named("history", a.history.Run(rest)) })
	group.Go(func() error { return named("reports", a.reports.Run(rest)) })
	group.Go(func() error { return named("runs", a.keeper.Run(rest)) })
	group.Go(func() error { return named("retain", a.retain.Run(rest)) })
	group.Go(func() error { return named("platforms", a.platforms.Run(rest)) })
	group.Go(func() error { return named("guard", a.guard.Run(rest)) })
	group.Go(func() error { return named("logs", a.logs.Run(logs)) })
	group.Go(func() error { return named("supervisor", a.supervisor.Run(base)) })
	for _, on := range []struct {
		server   *http.Server
		listener net.Listener
	}{{a.http, a.listener}, {a.cli, a.socket}} {
		group.Go(func() error {
			select { // until then it would answer that bots are down that live; who comes early waits
			case <-a.supervisor.Ready():
			case <-rest.Done():
			}
			if err := on.server.Serve(on.listener); !errors.Is(err, http.ErrServerClosed) {
				return named("http", err)
			}
			return nil
		})
	}
	return services{group: group, failed: grouped.Done(), stopRest: stopRest, stopLogs: stopLogs, stopLock: func() {
		stopLock()
		<-held
	}}
}

// await returns when the bots are reconciled, and requests are answered.
func (a *App) await(ctx context.Context, s services) error {
	select {
	case <-a.supervisor.Ready():
	case <-ctx.Done():
	case <-s.failed:
	}
	return nil
}

// webLimit bounds how long requests under way may take at the end; streams are cut at once.
const webLimit = 5 * time.Second

// end stops everything that begin started. Bots and requests end at the same time, so that the
// whole takes no longer than the slowest bot's grace.
func (a *App) end(ctx context.Context, s services) error {
	began := time.Now()
	leave := a.cfg.LeaveOnShutdown || a.next != nil
	a.log.Info("shutting down", "bots", map[bool]string{true: "left running", false: "stopped"}[leave])
	base := context.WithoutCancel(ctx)
	a.rolls.Close() // they would restart what is about to be stopped
	var stop errgroup.Group
	stop.Go(func() error { return a.closeServers(base) })
	stop.Go(func() error { return a.supervisor.Shutdown(base, leave) })
	err := stop.Wait()
	s.stopRest()
	s.stopLogs() // everything has been printed: what is spooled gets stored now
	err = errors.Join(err, s.group.Wait())
	s.stopLock()
	a.log.Info("shut down", "took", time.Since(began).Round(time.Millisecond))
	return err
}

func (a *App) closeServers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, webLimit)
	defer cancel()
	for _, s := range []*http.Server{a.http, a.cli} {
		if err := s.Shutdown(ctx); err != nil {
			a.log.Warn("requests were cut off", "error", err)
			s.Close()
		}
	}
	return nil
}

func named(part string, err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return nil
	}
	return fmt.Errorf("%s: %w", part, err)
}
