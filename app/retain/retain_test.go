package retain

import (
	"log/slog"
	"testing"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/db"
	"github.com/botswain/botswain/db/dbtest"
)

// TestSweep: of a bot that crashed for ever the newest runs and events stay, and nothing that is too old, but for the
// newest run: numbers go on from it. A bot that did little loses nothing.
func TestSweep(t *testing.T) {
	t.Parallel()
	pool, err := db.Open(t.Context(), dbtest.NewURL(t), 2)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	do := func(sql string, args ...any) {
		t.Helper()
		if _, err := pool.Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	loop, calm, old := bot.NewID(), bot.NewID(), bot.NewID()
	for id, back := range map[bot.ID]string{loop: "1 minute", calm: "1 day", old: "500 days"} {
		do(`insert into bots (id, name, type, command, dir, env, tags, autostart, restart, stop, limits, start_seconds)
			values ($1, $2, 'generic', '{x}', '', '{}', '{}', false, '{}', '{}', '{}', 1)`, id, id.String())
		runs := map[bot.ID]int{loop: 12_000, calm: 3, old: 5}[id]
		do(`insert into runs (id, bot_id, number, bot_version, cause, started_at, ended_at, outcome)
			select gen_random_uuid(), $1, n, 1, 'crash', now() - $3::interval, now() - $3::interval, 'crashed' from generate_series(1, $2::integer) n`, id, runs, back)
		do(`insert into events (at, kind, bot_id, message) select now() - $3::interval, 'bot.crashed', $1, '' from generate_series(1, $2::integer)`, id, runs, back)
	}
	do(`insert into runs (id, bot_id, number, bot_version, cause, started_at) values (gen_random_uuid(), $1, 4, 1, 'crash', now() - interval '600 days')`, calm)
	do(`insert into events (at, kind, message) values (now() - interval '500 days', 'user.login', ''), (now(), 'user.login', '')`)

	k := New(Options{Pool: pool, Log: slog.New(slog.DiscardHandler)})
	k.runs, k.events = 200, 600
	for range 2 {
		if err := k.sweep(t.Context(), time.Now().Add(-Age)); err != nil {
			t.Fatal(err)
		}
	}
	count := func(what string, want int, sql string, args ...any) {
		t.Helper()
		n := -1
		if err := pool.QueryRow(t.Context(), sql, args...).Scan(&n); err != nil || n != want {
			t.Errorf("%s: %d, %v; want %d", what, n, err, want)
		}
	}
	count("runs of the loop", 200, "select count(*) from runs where bot_id = $1 and number > 11800", loop)
	count("older runs of the loop", 0, "select count(*) from runs where bot_id = $1 and number <= 11800", loop)
	count("events of the loop", 600, "select count(*) from events where bot_id = $1", loop)
	count("runs of the calm one, the one that goes on among them", 4, "select count(*) from runs where bot_id = $1", calm)
	count("events of the calm one", 3, "select count(*) from events where bot_id = $1", calm)
	count("the newest run of the old one", 5, "select min(number) from runs where bot_id = $1", old)
	count("events of the old one", 0, "select count(*) from events where bot_id = $1", old)
	count("events of nobody", 1, "select count(*) from events where bot_id is null")
}
