package event_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/db/dbtest"
)

func TestEventsComeBackNewestFirst(t *testing.T) {
	hub := event.NewHub()
	s := event.NewStore(dbtest.New(t), hub)
	sub := hub.Subscribe(nil)
	defer sub.Close()
	for _, m := range []string{"one", "two", "three"} {
		if err := s.Append(t.Context(), event.Event{Kind: event.UserLogin, Actor: "anna", Message: m}); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok := sub.Take()[event.Topic{Kind: event.TopicEvents}]; !ok {
		t.Error("the hub was not told")
	}
	page, err := s.List(t.Context(), event.ListQuery{Limit: 2})
	if err != nil || len(page) != 2 || page[0].Message != "three" || page[1].Message != "two" {
		t.Fatalf("%+v, %v", page, err)
	}
	if e := page[0]; e.At.IsZero() || e.Actor != "anna" || e.Kind != event.UserLogin || e.Bot != nil {
		t.Errorf("%+v", e)
	}
	page, err = s.List(t.Context(), event.ListQuery{BeforeID: page[1].ID})
	if err != nil || len(page) != 1 || page[0].Message != "one" {
		t.Errorf("%+v, %v", page, err)
	}
	other := bot.NewID()
	if page, err = s.List(t.Context(), event.ListQuery{Bot: &other}); err != nil || len(page) != 0 {
		t.Errorf("of another bot: %+v, %v", page, err)
	}
}

func TestInsertOnce(t *testing.T) {
	pool := dbtest.New(t)
	id := bot.NewID()
	_, err := pool.Exec(t.Context(), `insert into bots (id, name, type, command, dir, env, tags, autostart, restart, stop, limits, start_seconds)
		values ($1, 'Echo', 'generic', '{true}', '.', '{}', '{}', false, '{}', '{}', '{}', 1)`, id)
	if err != nil {
		t.Fatal(err)
	}
	e := event.Event{At: time.Now().Truncate(time.Microsecond), Kind: event.BotStarting, Bot: &id, Message: "Started"}
	for range 2 {
		err := pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error { return event.InsertOnce(t.Context(), tx, e) })
		if err != nil {
			t.Fatal(err)
		}
	}
	events, err := event.NewStore(pool, event.NewHub()).List(t.Context(), event.ListQuery{Bot: &id})
	if err != nil || len(events) != 1 || !events[0].At.Equal(e.At) {
		t.Errorf("%+v, %v", events, err)
	}
}
