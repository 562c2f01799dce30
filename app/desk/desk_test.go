package desk_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/desk"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/db/dbtest"
)

// furnish stores two users and three bots.
func furnish(t *testing.T, pool *pgxpool.Pool) (users []uuid.UUID, bots []bot.ID) {
	for _, name := range []string{"a", "b"} {
		id := uuid.New()
		users = append(users, id)
		if _, err := pool.Exec(t.Context(), "insert into users (id, username, password_hash) values ($1, $2, '')", id, name); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"one", "two", "three"} {
		id := bot.NewID()
		bots = append(bots, id)
		if _, err := pool.Exec(t.Context(), `insert into bots (id, name, type, command, dir, env, tags, autostart, restart, stop, limits, start_seconds)
			values ($1, $2, 'generic', '{x}', '', '{}', '{}', false, '{}', '{}', '{}', 0)`, id, name); err != nil {
			t.Fatal(err)
		}
	}
	return users, bots
}

func TestDesk(t *testing.T) {
	pool, ctx := dbtest.New(t), t.Context()
	users, ids := furnish(t, pool)
	user, other := users[0], users[1]
	hub := event.NewHub()
	sub := hub.Subscribe(nil)
	s := desk.New(desk.NewStore(pool), hub, nil)
	want := func(pins ...bot.ID) {
		t.Helper()
		for what, d := range map[string]desk.Desk{"memory": s.Desk(ctx, user), "database": desk.New(desk.NewStore(pool), hub, nil).Desk(ctx, user)} {
			if !slices.Equal(d.Pins, pins) {
				t.Errorf("%s: pins %v, want %v", what, d.Pins, pins)
			}
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	want()
	for _, id := range ids {
		must(s.Pin(ctx, user, id))
	}
	must(s.Pin(ctx, user, ids[0])) // twice
	want(ids[0], ids[1], ids[2])
	if len(sub.Take()) == 0 {
		t.Error("nobody is told")
	}
	must(s.Shift(ctx, user, ids[2], -1))
	want(ids[0], ids[2], ids[1])
	must(s.Shift(ctx, user, ids[0], -1)) // the first stays
	must(s.Move(ctx, user, ids[1], ids[0]))
	want(ids[1], ids[0], ids[2])
	must(s.Move(ctx, user, ids[1], bot.ID{}))
	want(ids[0], ids[2], ids[1])
	must(s.Unpin(ctx, user, ids[0]))
	want(ids[2], ids[1])
	if d := s.Desk(ctx, other); len(d.Pins) > 0 || d.View != "" {
		t.Errorf("another user has %+v", d)
	}

	must(s.SetView(ctx, user, desk.Table))
	must(s.SetView(ctx, user, desk.Cards))
	must(s.SetView(ctx, user, desk.Table))
	if d := desk.New(desk.NewStore(pool), hub, nil).Desk(ctx, user); d.View != desk.Table {
		t.Errorf("view %q", d.View)
	}
	if err := s.SetView(ctx, user, "heap"); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("no view: %v", err)
	}

	// What is deleted isn't pinned any more, and can't be pinned.
	if _, err := pool.Exec(ctx, "delete from bots where id = $1", ids[2]); err != nil {
		t.Fatal(err)
	}
	must(s.Pin(ctx, user, ids[2]))
	want(ids[1])
}

// held is a store that something else happens in between, once: after it has read or stored, before
// whoever asked hears of it.
type held struct {
	desk.Storage
	meanwhile func()
	late      error // what ChangePins answers though it has stored
}

func (h *held) once() {
	if do := h.meanwhile; do != nil {
		h.meanwhile = nil
		do()
	}
}

func (h *held) Desk(ctx context.Context, user uuid.UUID) (desk.Desk, error) {
	defer h.once()
	return h.Storage.Desk(ctx, user)
}

func (h *held) ChangePins(ctx context.Context, user uuid.UUID, change func([]bot.ID) ([]bot.ID, error)) error {
	defer h.once()
	if err := h.Storage.ChangePins(ctx, user, change); err != nil {
		return err
	}
	return h.late
}

func (h *held) SetView(ctx context.Context, user uuid.UUID, view string) error {
	defer h.once()
	return h.Storage.SetView(ctx, user, view)
}

// Whatever overtakes whatever on the way to memory: what is kept there is what was stored last.
func TestChangesAtTheSameTime(t *testing.T) {
	pool, ctx := dbtest.New(t), t.Context()
	users, ids := furnish(t, pool)
	user := users[0]
	store := &held{Storage: desk.NewStore(pool)}
	s := desk.New(store, event.NewHub(), nil)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	stored := func(what string) {
		t.Helper()
		want, err := store.Storage.Desk(ctx, user)
		must(err)
		if d := s.Desk(ctx, user); !slices.Equal(d.Pins, want.Pins) || d.View != want.View {
			t.Errorf("%s: %+v, stored is %+v", what, d, want)
		}
	}
	store.meanwhile = func() { must(s.Pin(ctx, user, ids[0])) }
	s.Desk(ctx, user)
	stored("pinned while it was read")

	store.meanwhile = func() { must(s.Pin(ctx, user, ids[2])) }
	must(s.Pin(ctx, user, ids[1]))
	stored("pinned while another one was")

	store.meanwhile = func() { must(s.SetView(ctx, user, desk.Cards)) }
	must(s.SetView(ctx, user, desk.Table))
	stored("another view while one was chosen")

	store.late = errors.New("the connection broke while it was committed")
	if err := s.Unpin(ctx, user, ids[1]); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("an error of the database: %v", err)
	}
	stored("unpinned, with an error")
}
