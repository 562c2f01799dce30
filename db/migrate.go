package db

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

// migrateLock is the advisory lock that one migrating process holds ("botswain" in ASCII).
const migrateLock = 0x626f74737761696e

// Migrate brings the tables up to date. Several starters may call it at once: one works, the
// others wait and then find nothing to do. Errors hold no password; a connection that can't be had
// is a *ConnectError.
func Migrate(ctx context.Context, url string, log *slog.Logger) error {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return errURL
	}
	defaults(&cfg.Config)
	conn := stdlib.OpenDB(*cfg)
	defer conn.Close()
	if err := conn.PingContext(ctx); err != nil { // goose drops the error's type
		return explain(&cfg.Config, err)
	}

	if err := refuseServer(ctx, conn); err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, conn, Migrations(),
		goose.WithSessionLocker(sessionLock{}), goose.WithSlog(slog.New(slog.DiscardHandler)))
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if err := refuseNewer(ctx, provider); err != nil {
		return err
	}
	done, err := provider.Up(ctx)
	for _, m := range done {
		log.Info("migrated", "migration", m.Source.Path, "took", m.Duration)
	}
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// refuseNewer keeps an old program away from tables that a newer one has changed.
func refuseNewer(ctx context.Context, provider *goose.Provider) error {
	at, err := provider.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	var newest int64
	for _, s := range provider.ListSources() {
		newest = max(newest, s.Version)
	}
	if at > newest {
		return fmt.Errorf("the database was used by a newer version of Botswain (its tables are at %d, this program knows %d); run that version or restore a backup", at, newest)
	}
	return nil
}

// sessionLock waits in Postgres itself; goose's own one asks again every few seconds.
type sessionLock struct{}

func (sessionLock) SessionLock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, "select pg_advisory_lock($1)", int64(migrateLock))
	return err
}

func (sessionLock) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, "select pg_advisory_unlock($1)", int64(migrateLock))
	return err
}
