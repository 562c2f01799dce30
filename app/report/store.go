package report

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/db/gen"
)

// recent is how old a gauge may be to be among the newest.
const recent = 48 * time.Hour

// Store keeps reports in the tables report_hours and events.
type Store struct{ pool *pgxpool.Pool }

// NewStore makes a store. The service that uses it tells the hub.
func NewStore(pool *pgxpool.Pool) *Store { return &Store{pool: pool} }

// Add stores a report in one transaction. fault.Invalid: the bot has used too many names;
// fault.Unauthorized: it was deleted meanwhile.
func (s *Store) Add(ctx context.Context, c Caller, r Report, at time.Time) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if err := addFigures(ctx, gen.New(tx), c, r, at); err != nil {
			return err
		}
		for _, e := range r.Events {
			stored := event.Event{At: e.At, Kind: kinds()[e.Type], Bot: &c.Bot, Run: &c.Run, Message: cleaned(e.Message)}
			if e.At.IsZero() {
				stored.At = at
			}
			if err := event.Insert(ctx, tx, stored); err != nil {
				return err
			}
		}
		return nil
	})
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "23503" {
		return fault.Wrap(err, fault.Unauthorized, "The bot was deleted.")
	}
	if err != nil {
		return fmt.Errorf("store a report: %w", err)
	}
	return nil
}

func addFigures(ctx context.Context, q *gen.Queries, c Caller, r Report, at time.Time) error {
	kinds, names, values := r.figures()
	if len(names) == 0 {
		return nil
	}
	hour := at.Truncate(time.Hour)
	err := q.AddReport(ctx, gen.AddReportParams{BotID: c.Bot, Hour: hour, At: at, Kinds: kinds, Names: names, Figures: values})
	if err != nil {
		return err
	}
	n, err := q.CountReportNames(ctx, gen.CountReportNamesParams{BotID: c.Bot, Hour: hour})
	if err == nil && n > MaxNames {
		return errTooManyNames()
	}
	return err
}

// Figures reads the newest figures of a bot.
func (s *Store) Figures(ctx context.Context, id bot.ID, now time.Time) (f Figures, err error) {
	q := gen.New(s.pool)
	gauges, err := q.NewestGauges(ctx, gen.NewestGaugesParams{BotID: id, Since: now.Add(-recent)})
	if err != nil {
		return f, fmt.Errorf("read the gauges of a bot: %w", err)
	}
	for _, g := range gauges {
		f.Gauges = append(f.Gauges, Figure{Name: g.Name, Value: g.Last, At: g.LastAt})
	}
	day := now.Local()
	day = time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, day.Location())
	counters, err := q.CounterSums(ctx, gen.CounterSumsParams{BotID: id, Since: day.Truncate(time.Hour)})
	if err != nil {
		return f, fmt.Errorf("read the counters of a bot: %w", err)
	}
	for _, c := range counters {
		f.Counters = append(f.Counters, Figure{Name: c.Name, Value: c.Total, At: c.LastAt})
	}
	return f, nil
}

// Drop removes the hours before a time, and says how many rows that were.
func (s *Store) Drop(ctx context.Context, before time.Time) (int64, error) {
	n, err := gen.New(s.pool).DropReports(ctx, before)
	if err != nil {
		return 0, fmt.Errorf("drop old reports: %w", err)
	}
	return n, nil
}
