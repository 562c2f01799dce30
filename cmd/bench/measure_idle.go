package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	idleSettle = 5 * time.Second
	idleWindow = 30 * time.Second // PM2 looks after its bots once in that time
)

// idle measures what n bots that do nothing cost, while somebody looks at the dashboard where there
// is one.
func idle(n int) func(context.Context, *stage) ([]figure, error) {
	return func(ctx context.Context, s *stage) ([]figure, error) {
		bots := s.fleet(n, false, "idle")
		if err := s.sys.up(ctx, bots); err != nil {
			return nil, err
		}
		began := now()
		if err := s.sys.start(ctx); err != nil {
			return nil, err
		}
		if _, err := s.running(ctx, bots, began); err != nil {
			return nil, err
		}
		watching, stop := context.WithCancel(ctx)
		watched := inBackground(watching, s.sys.watch)
		own, db, window, err := idleCosts(ctx, s)
		stop()
		if err := errors.Join(err, watched.wait()); err != nil {
			return nil, err
		}
		label := fmt.Sprintf("%d idle bots: ", n)
		fs := []figure{
			{label + "CPU", "% of a core", own.cpu / window * 100, false},
			{label + "memory", "MiB", own.memory, false},
			{label + "threads", "", float64(own.threads), false},
		}
		if db.threads > 0 {
			fs = append(fs,
				figure{label + "CPU of Postgres", "% of a core", db.cpu / window * 100, false},
				figure{label + "memory of Postgres", "MiB", db.memory, false})
		}
		return fs, nil
	}
}

// idleCosts is what the window took, in seconds of CPU, and what is held at its end.
func idleCosts(ctx context.Context, s *stage) (own, db cost, window float64, err error) {
	if err := sleep(ctx, idleSettle); err != nil {
		return own, db, 0, err
	}
	began := now()
	own0, db0, err := s.costs()
	if err != nil {
		return own, db, 0, err
	}
	if err := sleep(ctx, idleWindow); err != nil {
		return own, db, 0, err
	}
	window = seconds(now() - began)
	own, db, err = s.costs()
	own.cpu -= own0.cpu
	db.cpu -= db0.cpu
	return own, db, window, err
}
