package desk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/db/gen"
)

// patience is how long a page waits for the database before it counts as away.
const patience = 3 * time.Second

// Store keeps desks in the tables desk_pins and desk_views.
type Store struct{ pool *pgxpool.Pool }

// NewStore makes a store.
func NewStore(pool *pgxpool.Pool) *Store { return &Store{pool: pool} }

// Desk reads a user's desk.
func (s *Store) Desk(ctx context.Context, user uuid.UUID) (Desk, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	q := gen.New(s.pool)
	pins, err := q.DeskPins(ctx, user)
	if err != nil {
		return Desk{}, fmt.Errorf("read the pins: %w", err)
	}
	view, err := q.DeskView(ctx, user)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return Desk{}, fmt.Errorf("read the view: %w", err)
	}
	return Desk{Pins: pins, View: view}, nil
}

// ChangePins stores what change makes of the pins.
func (s *Store) ChangePins(ctx context.Context, user uuid.UUID, change func([]bot.ID) ([]bot.ID, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		q := gen.New(tx)
		if err := q.DeskLock(ctx, user.String()); err != nil {
			return fmt.Errorf("lock the pins: %w", err)
		}
		old, err := q.DeskPins(ctx, user)
		if err != nil {
			return fmt.Errorf("read the pins: %w", err)
		}
		next, err := change(old)
		if err != nil {
			return err
		}
		if err := q.DeskDropPins(ctx, user); err != nil {
			return fmt.Errorf("drop the pins: %w", err)
		}
		if err := q.DeskAddPins(ctx, gen.DeskAddPinsParams{UserID: user, Bots: next}); err != nil {
			return fmt.Errorf("store the pins: %w", err)
		}
		return nil
	})
}

// SetView stores how a user wants the bots listed.
func (s *Store) SetView(ctx context.Context, user uuid.UUID, view string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return gen.New(s.pool).DeskSetView(ctx, gen.DeskSetViewParams{UserID: user, View: view})
}
