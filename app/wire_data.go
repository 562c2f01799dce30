package app

import (
	"context"
	"fmt"
	"time"

	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/health"
	"github.com/botswain/botswain/app/localpg"
	"github.com/botswain/botswain/app/writer"
	"github.com/botswain/botswain/db"
)

// Connections to Postgres. Pages and supervision share one pool; log lines have their own.
const (
	poolSize    = 12
	logPoolSize = 4
)

// databasePatience is how long the start waits for a database that doesn't answer yet: after a
// reboot it may come up later than Botswain.
const databasePatience = 10 * time.Second

// wireData takes the data directory and opens the database, migrated.
func (a *App) wireData(ctx context.Context) error {
	var err error
	if a.lock, err = lockDataDir(ctx, a.cfg.DataDir, a.opts.Handover.takeLock(a.cfg.DataDir)); err != nil {
		return err
	}
	if err := writePID(a.cfg.DataDir); err != nil {
		a.log.Warn("there is no pid file; Botswain goes on", "error", err)
	}
	a.url = a.cfg.DatabaseURL
	if a.url == "" {
		a.cluster, err = localpg.Start(ctx, localpg.Options{DataDir: a.cfg.DataDir, Log: a.log.With("part", "postgres")})
		if err != nil {
			return fmt.Errorf("start the private Postgres: %w", err)
		}
		a.url = a.cluster.URL()
	}
	if a.pool, err = a.openDatabase(ctx); err != nil {
		return err
	}
	// Before the tables are touched: another Botswain may be at work on them.
	a.writer, err = writer.Take(ctx, writer.Options{
		Config: a.pool.Config().ConnConfig, Log: a.log.With("part", "writer"), Contended: func(by string) { a.health.Contend(by) },
	})
	if err != nil {
		return err
	}
	if err := db.Migrate(ctx, a.url, a.log); err != nil {
		return fmt.Errorf("migrate the database: %w", err)
	}
	if a.logPool, err = db.Open(ctx, a.url, logPoolSize); err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	a.events = event.NewStore(a.pool, a.hub)
	a.health = health.New(a.pool, a.cfg.DataDir, a.hub, a.log)
	return nil
}
