package retain

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/db/gen"
)

const (
	rows     = 5000 // in one statement, which holds up nobody
	dropTime = time.Minute
)

type store struct{ pool *pgxpool.Pool }

func (s store) bots(ctx context.Context) ([]bot.ID, error) {
	ids, err := gen.New(s.pool).KnownBots(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the bots: %w", err)
	}
	return ids, nil
}

// dropRuns drops the runs of a bot that ended before a time, and those behind keep newer ones.
func (s store) dropRuns(ctx context.Context, id bot.ID, keep int, before time.Time) error {
	return drop(ctx, "runs", func(ctx context.Context) (int64, error) {
		return gen.New(s.pool).DropOldRuns(ctx, gen.DropOldRunsParams{BotID: id, Keep: int32(keep), Before: before, MaxRows: rows})
	})
}

// dropEvents drops the events of a bot behind keep newer ones.
func (s store) dropEvents(ctx context.Context, id bot.ID, keep int) error {
	return drop(ctx, "events of a bot", func(ctx context.Context) (int64, error) {
		return gen.New(s.pool).DropSurplusEvents(ctx, gen.DropSurplusEventsParams{BotID: &id, Keep: int32(keep), MaxRows: rows})
	})
}

// dropOldEvents drops the events before a time.
func (s store) dropOldEvents(ctx context.Context, before time.Time) error {
	return drop(ctx, "events", func(ctx context.Context) (int64, error) {
		return gen.New(s.pool).DropOldEvents(ctx, gen.DropOldEventsParams{Before: before, MaxRows: rows})
	})
}

// drop repeats a statement until it finds no more.
func drop(ctx context.Context, what string, once func(context.Context) (int64, error)) error {
	bounded := func() (int64, error) {
		ctx, cancel := context.WithTimeout(ctx, dropTime)
		defer cancel()
		return once(ctx)
	}
	for {
		n, err := bounded()
		if err != nil {
			return fmt.Errorf("drop old %s: %w", what, err)
		}
		if n < rows {
			return nil
		}
	}
}
