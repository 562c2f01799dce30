// Package desk keeps what each user has made of the dashboard: which bots are pinned to its top, in
// which order, and whether the rest is listed as cards or as a table.
package desk

import (
	"context"
	"log/slog"
	"slices"
	"sync"

	"github.com/google/uuid"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
)

// MaxPins is how many bots one user can pin.
const MaxPins = 50

// The ways to list bots.
const (
	Cards = "cards"
	Table = "table"
)

// Desk is one user's; the zero value is that of a new user.
type Desk struct {
	Pins []bot.ID // in the user's order
	View string   // Cards or Table; "": never chosen
}

// Pinned says whether a bot is pinned.
func (d Desk) Pinned(id bot.ID) bool { return slices.Contains(d.Pins, id) }

// Storage keeps desks; *Store is the real one. Its errors are the database's.
type Storage interface {
	Desk(ctx context.Context, user uuid.UUID) (Desk, error)
	// ChangePins stores what change makes of the pins. A fault that change answers is answered as it
	// is, and nothing is stored.
	ChangePins(ctx context.Context, user uuid.UUID, change func([]bot.ID) ([]bot.ID, error)) error
	SetView(ctx context.Context, user uuid.UUID, view string) error
}

// Service is safe for use by many goroutines. A desk is read once and kept in memory, so that the
// dashboard opens while the database is away.
type Service struct {
	store Storage
	hub   *event.Hub
	log   *slog.Logger

	mu      sync.Mutex
	desks   map[uuid.UUID]Desk
	changes int // counts changes: a desk that was read before one may be old
}

// New makes a service. It pokes TopicCrew when pins change: open dashboards then look again.
func New(store Storage, hub *event.Hub, log *slog.Logger) *Service {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Service{store: store, hub: hub, log: log, desks: map[uuid.UUID]Desk{}}
}

// Desk is a user's desk. While it can't be read it is a new user's; it is asked for again later.
func (s *Service) Desk(ctx context.Context, user uuid.UUID) Desk {
	s.mu.Lock()
	d, ok := s.desks[user]
	before := s.changes
	s.mu.Unlock()
	if ok {
		return d
	}
	d, err := s.store.Desk(ctx, user)
	if err != nil {
		s.log.Warn("a user's pins can't be read", "error", err)
		return Desk{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.changes == before {
		s.desks[user] = d
	}
	return d
}

// Pin puts a bot behind the pinned ones; pinning it twice changes nothing.
func (s *Service) Pin(ctx context.Context, user uuid.UUID, id bot.ID) error {
	return s.change(ctx, user, func(pins []bot.ID) ([]bot.ID, error) {
		if slices.Contains(pins, id) {
			return pins, nil
		}
		if len(pins) >= MaxPins {
			return nil, fault.New(fault.Conflict, "At most %d bots can be pinned. Unpin another one first.", MaxPins)
		}
		return append(pins, id), nil
	})
}

// Unpin lets a bot go back to where it belongs.
func (s *Service) Unpin(ctx context.Context, user uuid.UUID, id bot.ID) error {
	return s.change(ctx, user, func(pins []bot.ID) ([]bot.ID, error) { return without(pins, id), nil })
}

// Move puts a pinned bot before another one, or last when before is zero or isn't pinned. A bot that
// isn't pinned stays where it is.
func (s *Service) Move(ctx context.Context, user uuid.UUID, id, before bot.ID) error {
	return s.change(ctx, user, func(pins []bot.ID) ([]bot.ID, error) {
		if !slices.Contains(pins, id) || id == before {
			return pins, nil
		}
		pins = without(pins, id)
		at := slices.Index(pins, before)
		if at < 0 {
			at = len(pins)
		}
		return slices.Insert(pins, at, id), nil
	})
}

// Shift moves a pinned bot by one place: by -1 up, by 1 down. At the end it stays.
func (s *Service) Shift(ctx context.Context, user uuid.UUID, id bot.ID, by int) error {
	return s.change(ctx, user, func(pins []bot.ID) ([]bot.ID, error) {
		from := slices.Index(pins, id)
		to := from + by
		if from < 0 || to < 0 || to >= len(pins) {
			return pins, nil
		}
		return slices.Insert(without(pins, id), to, id), nil
	})
}

// SetView stores how a user wants the bots listed.
func (s *Service) SetView(ctx context.Context, user uuid.UUID, view string) error {
	if view != Cards && view != Table {
		return fault.New(fault.Invalid, "There is no view %q.", view)
	}
	d := s.Desk(ctx, user)
	if d.View == view {
		return nil
	}
	defer s.forget(user)
	return away(ctx, s.store.SetView(ctx, user, view))
}

func (s *Service) change(ctx context.Context, user uuid.UUID, change func([]bot.ID) ([]bot.ID, error)) error {
	err := s.store.ChangePins(ctx, user, change)
	s.forget(user)
	if err != nil {
		return away(ctx, err)
	}
	s.hub.Publish(event.Topic{Kind: event.TopicCrew})
	return nil
}

// forget has a desk read again after it was changed, or may have been: an error can come after the
// commit. Which of two changes was the last one only the database knows, so none of them writes what
// is kept here.
func (s *Service) forget(user uuid.UUID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changes++
	delete(s.desks, user)
}

func without(pins []bot.ID, id bot.ID) []bot.ID {
	return slices.DeleteFunc(slices.Clone(pins), func(p bot.ID) bool { return p == id })
}

// away is what a person hears of an error of the database; nil stays nil.
func away(ctx context.Context, err error) error {
	if _, ok := fault.As(err); ok || err == nil || ctx.Err() != nil {
		return err
	}
	return fault.Wrap(err, fault.Unavailable, "This can't be stored at the moment: the database is away.")
}
