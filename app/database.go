package app

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/botswain/botswain/db"
)

// openDatabase opens the pool, trying again for a while when the server doesn't answer yet.
// A server that refuses is believed at once.
func (a *App) openDatabase(ctx context.Context) (*pgxpool.Pool, error) {
	deadline := time.Now().Add(databasePatience)
	for said := false; ; {
		pool, err := db.Open(ctx, a.url, poolSize)
		if err == nil {
			return pool, nil
		}
		if db.Refused(err) || time.Now().After(deadline) {
			return nil, fmt.Errorf("open the database: %w", err)
		}
		if !said {
			a.log.Warn("the database does not answer yet; trying for a while", "patience", databasePatience, "error", err)
			said = true
		}
		pause := time.NewTimer(500 * time.Millisecond)
		select {
		case <-ctx.Done():
			pause.Stop()
			return nil, ctx.Err()
		case <-pause.C:
		}
	}
}
