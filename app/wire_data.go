package app

import (
	"context"
	"fmt"
	"time"

	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/health"
	"github.com/botswain/botswain/app/localpg"
	"github.com/botswain/botswain/app/writer"
	"github.com/botswain/botswain/db"
)

// Connections to Postgres. Pages and supervision share one pool; log lines have their own, and so have
// searches in them.
const (
	poolSize       = 12
	logPoolSize    = 4
	searchPoolSize = 2
)

// databasePatience is how long the start waits for a database that doesn't answer yet: after a
// reboot it may come up later than Botswain.
const databasePatience = 10 * time.Second

// How often an upgrade tries to reach a database that is away, and says so.
const (
	retryUpgrade = time.Second
	sayEvery     = time.Minute
)

// wireData takes the data directory and, without DATABASE_URL, starts the private Postgres in it.
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
	return nil
}

// wireDatabase opens the database, migrated, and reads the secrets in it. After an upgrade in place it
// tries for as long as the database is away: the bots run, and nobody would start this program again.
func (a *App) wireDatabase(ctx context.Context) error {
	var said time.Time
	for {
		err := a.tryDatabase(ctx)
		if err == nil {
			err = a.wireSecrets(ctx)
		}
		if err == nil {
			return nil
		}
		if a.opts.Handover == nil || !db.Away(err) && fault.CodeOf(err) != fault.Conflict {
			return err
		}
		if time.Since(said) > sayEvery {
			a.log.Error("the upgrade waits for the database; bots go on", "error", err)
			said = time.Now()
		}
		a.closeDatabase()
		pause := time.NewTimer(retryUpgrade)
		select {
		case <-ctx.Done():
			pause.Stop()
			return err
		case <-pause.C:
		}
	}
}

func (a *App) tryDatabase(ctx context.Context) error {
	var err error
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
	if a.searchPool, err = db.Open(ctx, a.url, searchPoolSize); err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	a.events = event.NewStore(a.pool, a.hub)
	a.health = health.New(a.pool, a.cfg.DataDir, a.hub, a.log)
	return nil
}

// closeDatabase gives back what tryDatabase took.
func (a *App) closeDatabase() {
	if a.writer != nil {
		a.writer.Close()
	}
	a.closePools()
	a.writer, a.pool, a.logPool, a.searchPool = nil, nil, nil, nil
}
