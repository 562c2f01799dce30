package app

import (
	"context"
	"fmt"
	"sync"
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

// poolLimit bounds how long saying goodbye to the database may take. A server that stands still would
// keep each connection for a quarter of a minute, and there is nothing left to be told.
const poolLimit = 3 * time.Second

// closePools closes the connections to the database. What hasn't closed in time is cut by the process's
// end, or closes by itself beside the program that follows.
func (a *App) closePools() {
	var all sync.WaitGroup
	for _, p := range []*pgxpool.Pool{a.pool, a.logPool, a.searchPool} {
		if p != nil {
			all.Go(p.Close)
		}
	}
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		all.Wait()
	}()
	limit := time.NewTimer(poolLimit)
	defer limit.Stop()
	select {
	case <-closed:
	case <-limit.C:
		a.log.Warn("the database doesn't answer; its connections are left to close by themselves")
	}
}
