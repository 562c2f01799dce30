package platform

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/db/gen"
)

// Stored is a report as the table has it.
type Stored struct {
	Key    Key // of the token that it is about
	Report Report
}

// Store keeps the last report of each bot in the table platform_facts.
type Store struct{ pool *pgxpool.Pool }

// NewStore makes a store.
func NewStore(pool *pgxpool.Pool) *Store { return &Store{pool: pool} }

// Put stores a report, unless a newer one is there or the bot is gone.
func (s *Store) Put(ctx context.Context, id bot.ID, key Key, r Report) error {
	text, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("write a platform's report: %w", err)
	}
	_, err = gen.New(s.pool).PutPlatformFacts(ctx, gen.PutPlatformFactsParams{
		BotID: id, Token: key[:], AskedAt: r.AskedAt.Truncate(time.Microsecond), Report: text,
	})
	if err != nil {
		return fmt.Errorf("store a platform's report: %w", err)
	}
	return nil
}

// All reads the reports of all bots.
func (s *Store) All(ctx context.Context) (map[bot.ID]Stored, error) {
	rows, err := gen.New(s.pool).AllPlatformFacts(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the platforms' reports: %w", err)
	}
	out := make(map[bot.ID]Stored, len(rows))
	for _, row := range rows {
		var x Stored
		if err := json.Unmarshal(row.Report, &x.Report); err != nil || len(row.Token) != len(x.Key) {
			continue // of another version: the bot is asked about anew
		}
		copy(x.Key[:], row.Token)
		out[row.BotID] = x
	}
	return out, nil
}
