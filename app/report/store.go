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
	hour := hourOf(at)
	err := q.AddReport(ctx, gen.AddReportParams{BotID: c.Bot, Hour: hour, At: at, Kinds: kinds, Names: names, Figures: values})
	if err != nil {
		return err
	}
	err = q.AddReportMinutes(ctx, gen.AddReportMinutesParams{BotID: c.Bot, Minute: at.Truncate(time.Minute), Kinds: kinds, Names: names, Figures: values})
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
	f.Day, f.Hours = dayOf(now), hoursUntil(now)
	counters, err := q.CounterSums(ctx, gen.CounterSumsParams{BotID: id, Since: f.Day})
	if err != nil {
		return f, fmt.Errorf("read the counters of a bot: %w", err)
	}
	for _, c := range counters {
		f.Counters = append(f.Counters, Figure{Name: c.Name, Value: c.Total, At: c.LastAt})
	}
	hours, err := q.BotHours(ctx, gen.BotHoursParams{BotID: id, Since: f.Hours[0].At})
	if err != nil {
		return f, fmt.Errorf("read the hours of a bot: %w", err)
	}
	for _, h := range hours {
		put(f.Hours, h.Hour, h.Name, h.Sum)
	}
	return f, nil
}

// Ledger reads what all bots have reported under the names that Botswain understands: three
// statements, however many bots there are.
func (s *Store) Ledger(ctx context.Context, now time.Time) (Ledger, error) {
	l := Ledger{Today: map[string]Count{}, Hours: hoursUntil(now), Day: dayOf(now)}
	err := pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{AccessMode: pgx.ReadOnly, IsoLevel: pgx.RepeatableRead}, func(tx pgx.Tx) error {
		return l.read(ctx, gen.New(tx), now)
	})
	if err != nil {
		return Ledger{}, fmt.Errorf("read what all bots report: %w", err)
	}
	return l, nil
}

func (l *Ledger) read(ctx context.Context, q *gen.Queries, now time.Time) error {
	oldest := now.Add(-Fresh)
	gauges, err := q.CrewGauges(ctx, gen.CrewGaugesParams{Names: knownGauges(), Since: hourOf(oldest)})
	if err != nil {
		return err
	}
	for _, g := range gauges {
		if !g.LastAt.Before(oldest) {
			l.Gauges = append(l.Gauges, Gauge{Bot: g.BotID, Figure: Figure{Name: g.Name, Value: g.Last, At: g.LastAt}})
		}
	}
	counters, err := q.CrewCounters(ctx, gen.CrewCountersParams{Names: knownCounters(), Since: l.Day})
	if err != nil {
		return err
	}
	for _, c := range counters {
		l.Today[c.Name] = Count{Total: c.Total, Bots: int(c.Bots)}
	}
	hours, err := q.CrewHours(ctx, gen.CrewHoursParams{Names: knownCounters(), Since: l.Hours[0].At})
	if err != nil {
		return err
	}
	for _, h := range hours {
		put(l.Hours, h.Hour, h.Name, h.Total)
	}
	return nil
}

// Drop removes what is too old, and says how many rows that were: counters by the hour from before a time,
// gauges from before times of their own.
func (s *Store) Drop(ctx context.Context, counters, gauges, minutes time.Time) (int64, error) {
	q := gen.New(s.pool)
	n, err := q.DropReports(ctx, gen.DropReportsParams{Before: counters, GaugesBefore: gauges})
	if err != nil {
		return 0, fmt.Errorf("drop old reports: %w", err)
	}
	m, err := q.DropReportMinutes(ctx, minutes)
	if err != nil {
		return n, fmt.Errorf("drop old gauges: %w", err)
	}
	return n + m, nil
}
