// Package retain bounds how many runs and events are kept. A bot that crashes for ever, which is what
// the default asks for, would otherwise fill the database: at the longest wait of five minutes with
// 288 runs and 860 events a day, without waits with more than a million.
package retain

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/botswain/botswain/app/steady"
)

// What is kept.
const (
	// Age is how long a run or an event is kept: charts go back for a year.
	Age = 400 * 24 * time.Hour
	// Runs is how many of a bot are kept at most, of the newest: half a year of a crash loop at the default's
	// longest wait. With their indexes they take 25 MB.
	Runs = 50_000
	// Events is the same for the events of a bot, three for each run: 40 MB.
	Events = 150_000
)

const (
	every = 24 * time.Hour
	retry = time.Hour
)

// Options are what a Keeper needs; MayStore and Now may be nil.
type Options struct {
	Pool *pgxpool.Pool
	// MayStore is an error while another Botswain stores what happens.
	MayStore func() error
	Now      func() time.Time
	Log      *slog.Logger
}

// Keeper drops what is too much, once a day.
type Keeper struct {
	o            Options
	runs, events int
}

// New makes a keeper; nothing happens until Run.
func New(o Options) *Keeper {
	if o.MayStore == nil {
		o.MayStore = func() error { return nil }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Keeper{o: o, runs: Runs, events: Events}
}

// Run works until ctx ends. It returns nil: what can't be dropped now is dropped later.
func (k *Keeper) Run(ctx context.Context) error {
	var clock steady.Clock
	wait := time.Duration(0)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		now := k.o.Now()
		if wait, _ = clock.Look(now, time.Now()); wait > 0 {
			continue
		}
		wait = every
		if k.o.MayStore() != nil {
			wait = retry
		} else if err := k.sweep(ctx, now.Add(-Age)); err != nil {
			wait = retry
			if ctx.Err() == nil {
				k.o.Log.Warn("old runs and events can't be dropped now; trying again later", "error", err)
			}
		}
	}
}

// sweep drops what is older than a time, and of each bot what is more than is kept.
func (k *Keeper) sweep(ctx context.Context, before time.Time) error {
	s := store{k.o.Pool}
	bots, err := s.bots(ctx)
	if err != nil {
		return err
	}
	for _, id := range bots {
		if err := s.dropRuns(ctx, id, k.runs, before); err != nil {
			return err
		}
		if err := s.dropEvents(ctx, id, k.events); err != nil {
			return err
		}
	}
	return s.dropOldEvents(ctx, before)
}
