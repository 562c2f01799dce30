package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/botswain/botswain/app/auth"
	"github.com/botswain/botswain/app/config"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/localpg"
	"github.com/botswain/botswain/db"
)

// stopTimeout bounds how long the private Postgres may take to shut down.
const stopTimeout = 30 * time.Second

// withURL calls do with the address of the database. A private Postgres that doesn't run is
// started for it, and stopped afterwards; one that runs is left alone.
func withURL(ctx context.Context, cfg config.Config, log *slog.Logger, do func(url string) error) (err error) {
	if cfg.DatabaseURL != "" {
		return do(cfg.DatabaseURL)
	}
	cluster, err := localpg.Start(ctx, localpg.Options{DataDir: cfg.DataDir, Log: log})
	if err != nil {
		return err
	}
	if cluster.Found() {
		defer cluster.Release()
		return do(cluster.URL())
	}
	defer func() {
		// Also after Ctrl-C: else it would run on with nobody to stop it.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		err = errors.Join(err, cluster.Stop(ctx))
	}()
	return do(cluster.URL())
}

// withPool calls do with an open database whose tables are up to date.
func (c *cli) withPool(ctx context.Context, do func(*pgxpool.Pool, *slog.Logger) error) error {
	cfg, err := c.config()
	if err != nil {
		return err
	}
	log := c.logger(cfg, slog.LevelWarn)
	return withURL(ctx, cfg, log, func(url string) error {
		if err := db.Migrate(ctx, url, log); err != nil {
			return err
		}
		pool, err := db.Open(ctx, url, 2)
		if err != nil {
			return err
		}
		defer pool.Close()
		return do(pool, log)
	})
}

// withAuth calls do with the users.
func (c *cli) withAuth(ctx context.Context, do func(*auth.Service) error) error {
	return c.withPool(ctx, func(pool *pgxpool.Pool, log *slog.Logger) error {
		return do(auth.New(auth.Options{Pool: pool, Events: event.NewStore(pool, event.NewHub()), Log: log}))
	})
}

func (c *cli) migrate(ctx context.Context, args []string) error {
	if err := noArgs("migrate", args); err != nil {
		return err
	}
	cfg, err := c.config()
	if err != nil {
		return err
	}
	log := c.logger(cfg, slog.LevelInfo)
	return withURL(ctx, cfg, log, func(url string) error {
		if err := db.Migrate(ctx, url, log); err != nil {
			return err
		}
		_, err := fmt.Fprintln(c.stdout, "the tables are up to date")
		return err
	})
}
