package event

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/db/gen"
)

// Store keeps events in the table events.
type Store struct {
	pool *pgxpool.Pool
	hub  *Hub
}

// NewStore makes a store that pokes TopicEvents after each Append.
func NewStore(pool *pgxpool.Pool, hub *Hub) *Store { return &Store{pool: pool, hub: hub} }

// Append stores one event. A zero At means now.
func (s *Store) Append(ctx context.Context, e Event) error {
	if err := insert(ctx, s.pool, e); err != nil {
		return err
	}
	s.hub.Publish(Topic{Kind: TopicEvents})
	return nil
}

// Insert stores one event in the transaction of the change that it tells about. The caller
// publishes TopicEvents after the commit.
func Insert(ctx context.Context, tx pgx.Tx, e Event) error { return insert(ctx, tx, e) }

// InsertOnce is Insert for a writer that tries again when it doesn't know whether a commit went
// through: an event of the same bot, kind and time is stored only once. Bot and At must be set.
func InsertOnce(ctx context.Context, db gen.DBTX, e Event) error {
	err := gen.New(db).InsertEventOnce(ctx, gen.InsertEventOnceParams{
		At: e.At, Kind: string(e.Kind), BotID: *e.Bot, RunID: e.Run, Actor: string(e.Actor), Message: e.Message,
	})
	if err != nil {
		return fmt.Errorf("store event %s: %w", e.Kind, err)
	}
	return nil
}

func insert(ctx context.Context, db gen.DBTX, e Event) error {
	if e.At.IsZero() {
		e.At = time.Now()
	}
	_, err := gen.New(db).InsertEvent(ctx, gen.InsertEventParams{
		At: e.At, Kind: string(e.Kind), BotID: e.Bot, RunID: e.Run, Actor: string(e.Actor), Message: e.Message,
	})
	if err != nil {
		return fmt.Errorf("store event %s: %w", e.Kind, err)
	}
	return nil
}

// MaxList is the most events that one List returns.
const MaxList = 500

// ListQuery asks for a page of events.
type ListQuery struct {
	Bot      *bot.ID // nil: of all bots, and those about none
	BeforeID int64   // only older ones than this; 0: from the newest
	Kinds    []Kind  // only of these; nil: of all
	Limit    int     // 1 to MaxList; 0 means 50
}

// List returns events, newest first.
func (s *Store) List(ctx context.Context, q ListQuery) ([]Event, error) {
	if q.Limit <= 0 {
		q.Limit = 50
	}
	kinds := make([]string, len(q.Kinds)) // never nil: that would be no array
	for i, k := range q.Kinds {
		kinds[i] = string(k)
	}
	rows, err := gen.New(s.pool).ListEvents(ctx, gen.ListEventsParams{
		BotID: q.Bot, BeforeID: q.BeforeID, Kinds: kinds, MaxRows: int32(min(q.Limit, MaxList)),
	})
	if err != nil {
		return nil, fmt.Errorf("list events: %w", err)
	}
	events := make([]Event, len(rows))
	for i, r := range rows {
		events[i] = Event{
			ID: r.ID, At: r.At, Kind: Kind(r.Kind), Bot: r.BotID, Run: r.RunID, Actor: Actor(r.Actor), Message: r.Message,
		}
	}
	return events, nil
}

// RunOf is a row of the table runs as everybody else has it.
func RunOf(r gen.Run) Run {
	run := Run{
		ID: r.ID, Bot: r.BotID, Number: int(r.Number), Version: int(r.BotVersion), Cause: r.Cause,
		Actor: Actor(r.Actor), StartedAt: r.StartedAt, RunningAt: r.RunningAt, EndedAt: r.EndedAt, PreviousEnd: r.PreviousEnd,
		Outcome: bot.Outcome(r.Outcome), PeakRSS: r.PeakRss, Headline: r.Headline, Fingerprint: r.Fingerprint, KeptAt: r.KeptAt,
	}
	if r.PeakCpu != nil {
		cpu := float64(*r.PeakCpu)
		run.PeakCPU = &cpu
	}
	if r.BootID != nil {
		run.BootID = *r.BootID
	}
	if r.Pid != nil {
		run.PID = int(*r.Pid)
	}
	if r.EndedAt == nil {
		return run
	}
	run.Exit = &bot.Exit{Signal: r.ExitSignal, Reason: r.EndReason, At: *r.EndedAt, Leftovers: int(r.Leftovers), Cause: causeOf(r.EndCause)}
	if r.ExitCode != nil {
		code := int(*r.ExitCode)
		run.Exit.Code = &code
	}
	return run
}

// RunsOf are rows of the table runs, in their order.
func RunsOf(rows []gen.Run) []Run {
	runs := make([]Run, len(rows))
	for i, r := range rows {
		runs[i] = RunOf(r)
	}
	return runs
}

// causeOf reads a cause as runs have it; what can't be read, or isn't there, is nil.
func causeOf(text json.RawMessage) *bot.Cause {
	var c *bot.Cause
	if len(text) == 0 || json.Unmarshal(text, &c) != nil {
		return nil
	}
	return c
}
