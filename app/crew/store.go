package crew

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/db/gen"
)

// Storage keeps definitions; *Store is the real one. Each write stores its event in the same
// transaction, and has it name the bot unless that is gone then. Errors that are no *fault.Error
// leave open whether the write happened.
type Storage interface {
	Bots(ctx context.Context) ([]bot.Bot, error)
	Create(ctx context.Context, b bot.Bot, e event.Event, also ...InTx) (bot.Bot, error)
	// Update changes the bot when its version is seen, or seen is 0. An event without a kind isn't stored.
	Update(ctx context.Context, b bot.Bot, seen int, e event.Event, also ...InTx) (bot.Bot, error)
	// Delete answers the bots that started after it, as they are now: without it.
	Delete(ctx context.Context, id bot.ID, e event.Event) ([]bot.Bot, error)
}

// InTx writes something else in the transaction of a write: all of it happens, or nothing.
type InTx func(ctx context.Context, tx pgx.Tx) error

// Store keeps definitions in the table bots.
type Store struct{ pool *pgxpool.Pool }

// NewStore makes a store. The service that uses it tells the hub.
func NewStore(pool *pgxpool.Pool, _ *event.Hub) *Store { return &Store{pool: pool} }

// Bots reads all definitions, oldest first.
func (s *Store) Bots(ctx context.Context) ([]bot.Bot, error) {
	rows, err := gen.New(s.pool).ListBots(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the bots: %w", err)
	}
	bots := make([]bot.Bot, 0, len(rows))
	for _, r := range rows {
		b, err := botOf(r)
		if err != nil {
			return nil, fmt.Errorf("read bot %s: %w", r.ID, err)
		}
		bots = append(bots, b)
	}
	return bots, nil
}

// Create implements Storage. A name that is taken is a fault.Invalid at "name".
func (s *Store) Create(ctx context.Context, b bot.Bot, e event.Event, also ...InTx) (bot.Bot, error) {
	c, err := columnsOf(b.Spec)
	if err != nil {
		return b, err
	}
	e.Bot = &b.ID
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		row, err := gen.New(tx).InsertBot(ctx, gen.InsertBotParams{
			ID: b.ID, Name: b.Name, Type: string(b.Type), Command: b.Command, Dir: b.Dir, Env: c.env, Tags: b.Tags,
			Autostart: b.Autostart, Restart: c.restart, Stop: c.stop, Limits: c.limits, StartSeconds: b.StartSeconds,
			Ready: c.ready, Health: c.health, RunAs: b.RunAs, GroupName: b.Group, StartAfter: b.StartAfter,
		})
		if err != nil {
			return err
		}
		b.Version, b.CreatedAt, b.UpdatedAt = int(row.Version), row.CreatedAt, row.UpdatedAt
		return rest(ctx, tx, e, also)
	})
	return b, translate(err, "store a bot")
}

// Update implements Storage.
func (s *Store) Update(ctx context.Context, b bot.Bot, seen int, e event.Event, also ...InTx) (bot.Bot, error) {
	c, err := columnsOf(b.Spec)
	if err != nil {
		return b, err
	}
	e.Bot = &b.ID
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		q := gen.New(tx)
		row, err := q.UpdateBot(ctx, gen.UpdateBotParams{
			ID: b.ID, Seen: int32(seen), Name: b.Name, Type: string(b.Type), Command: b.Command, Dir: b.Dir, Env: c.env,
			Tags: b.Tags, Autostart: b.Autostart, Restart: c.restart, Stop: c.stop, Limits: c.limits, StartSeconds: b.StartSeconds,
			Ready: c.ready, Health: c.health, RunAs: b.RunAs, GroupName: b.Group, StartAfter: b.StartAfter,
		})
		if errors.Is(err, pgx.ErrNoRows) {
			if _, err := q.BotVersion(ctx, b.ID); err != nil {
				return err
			}
			return fault.New(fault.Conflict, "The bot was changed by someone else meanwhile. Load it again and repeat your change.")
		}
		if err != nil {
			return err
		}
		b.Version, b.CreatedAt, b.UpdatedAt = int(row.Version), row.CreatedAt, row.UpdatedAt
		return rest(ctx, tx, e, also)
	})
	return b, translate(err, "change a bot")
}

// rest ends a write's transaction: its event, and what else belongs to it.
func rest(ctx context.Context, tx pgx.Tx, e event.Event, also []InTx) error {
	if e.Kind != "" {
		if err := event.Insert(ctx, tx, e); err != nil {
			return err
		}
	}
	for _, f := range also {
		if err := f(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

// Delete implements Storage; the runs go with the bot, events stay. A bot that is gone already is
// no error: then an earlier try went through.
func (s *Store) Delete(ctx context.Context, id bot.ID, e event.Event) (changed []bot.Bot, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		q := gen.New(tx)
		n, err := q.DeleteBot(ctx, id)
		if err != nil || n == 0 {
			return err
		}
		rows, err := q.StartAfterNoMore(ctx, id)
		if err != nil {
			return err
		}
		for _, r := range rows {
			b, err := botOf(gen.ListBotsRow(r))
			if err != nil {
				return err
			}
			changed = append(changed, b)
		}
		return event.Insert(ctx, tx, e)
	})
	return changed, translate(err, "delete a bot")
}

// translate turns what a person can act on into a fault.
func translate(err error, doing string) error {
	if err == nil || fault.CodeOf(err) != "" {
		return err
	}
	var pg *pgconn.PgError
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return fault.New(fault.NotFound, "There is no such bot.")
	case errors.As(err, &pg) && pg.ConstraintName == "bots_name_key":
		const message = "Another bot has this name. Choose a different one."
		return &fault.Error{Code: fault.Invalid, Message: message, Fields: map[string]string{"name": message}}
	}
	return fmt.Errorf("%s: %w", doing, err)
}

type columns struct{ env, restart, stop, limits, ready, health json.RawMessage }

func columnsOf(s bot.Spec) (c columns, err error) {
	for _, x := range []struct {
		to *json.RawMessage
		v  any
	}{{&c.env, s.Env}, {&c.restart, restartOf(s.Restart)}, {&c.stop, stopOf(s.Stop)}, {&c.limits, limitsOf(s.Limits)},
		{&c.ready, readyOf(s.Ready)}, {&c.health, healthOf(s.Health)}} {
		if *x.to, err = json.Marshal(x.v); err != nil {
			return c, fmt.Errorf("encode a definition: %w", err)
		}
	}
	return c, nil
}

func botOf(r gen.ListBotsRow) (bot.Bot, error) {
	// What a row that was written by an older version doesn't have yet is the default.
	unset := bot.NewSpec()
	restart, stop, limits := restartOf(unset.Restart), stopOf(unset.Stop), limitsOf(unset.Limits)
	ready, health := readyOf(unset.Ready), healthOf(unset.Health)
	b := bot.Bot{ID: r.ID, Version: int(r.Version), CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt}
	b.Spec = bot.Spec{
		Name: r.Name, Type: bot.Type(r.Type), Command: r.Command, Dir: r.Dir, Tags: r.Tags, Autostart: r.Autostart,
		StartSeconds: r.StartSeconds, RunAs: r.RunAs, Group: r.GroupName, StartAfter: r.StartAfter,
	}
	err := errors.Join(
		json.Unmarshal(r.Env, &b.Env),
		json.Unmarshal(r.Restart, &restart),
		json.Unmarshal(r.Stop, &stop),
		json.Unmarshal(r.Limits, &limits),
		json.Unmarshal(r.Ready, &ready),
		json.Unmarshal(r.Health, &health),
	)
	if err != nil {
		return b, err
	}
	b.Restart, b.Stop, b.Limits = restart.policy(), stop.policy(), limits.limits()
	b.Ready, b.Health = ready.check(), health.check()
	b.Spec = b.Normalize()
	return b, nil
}
