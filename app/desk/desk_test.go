package desk_test

import (
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/desk"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/db/dbtest"
)

func TestDesk(t *testing.T) {
	pool, ctx := dbtest.New(t), t.Context()
	user, other := uuid.New(), uuid.New()
	for i, id := range []uuid.UUID{user, other} {
		if _, err := pool.Exec(ctx, "insert into users (id, username, password_hash) values ($1, $2, '')", id, string(rune('a'+i))); err != nil {
			t.Fatal(err)
		}
	}
	var ids []bot.ID
	for _, name := range []string{"one", "two", "three"} {
		id := bot.NewID()
		ids = append(ids, id)
		if _, err := pool.Exec(ctx, `insert into bots (id, name, type, command, dir, env, tags, autostart, restart, stop, limits, start_seconds)
			values ($1, $2, 'generic', '{x}', '', '{}', '{}', false, '{}', '{}', '{}', 0)`, id, name); err != nil {
			t.Fatal(err)
		}
	}
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
