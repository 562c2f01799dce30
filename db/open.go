// Package db opens Botswain's database and brings its tables up to date. Queries live in
// db/queries, the code made from them in db/gen; only files named store.go use that.
package db

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	connectTimeout = 5 * time.Second
	// A statement that runs longer than this is a bug or a sick disk; give up rather than pile up.
	statementTimeout = "60000" // ms
	// A transaction that was forgotten would hold back vacuum for ever.
	idleInTransaction = "60000" // ms
)

// Open makes a pool of at most maxConns connections and returns when the database has answered
// once; later the pool heals by itself when the database was away. Errors hold no password; a
// connection that can't be had is a *ConnectError.
func Open(ctx context.Context, url string, maxConns int32) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errURL
	}
	cfg.MaxConns = maxConns
	cfg.MaxConnIdleTime = 5 * time.Minute
	cfg.MaxConnLifetime = time.Hour
	cfg.MaxConnLifetimeJitter = 10 * time.Minute
	cfg.HealthCheckPeriod = 15 * time.Second
	defaults(&cfg.ConnConfig.Config)
	set(&cfg.ConnConfig.Config, "statement_timeout", statementTimeout)
	set(&cfg.ConnConfig.Config, "idle_in_transaction_session_timeout", idleInTransaction)
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, explain(&cfg.ConnConfig.Config, err)
	}
	return pool, nil
}

// defaults fills in what the connection string leaves open.
func defaults(c *pgconn.Config) {
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = connectTimeout
	}
	set(c, "application_name", "botswain")
	set(c, "timezone", "UTC")
}

func set(c *pgconn.Config, name, value string) {
	if _, ok := c.RuntimeParams[name]; !ok {
		c.RuntimeParams[name] = value
	}
}
