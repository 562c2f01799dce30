package db_test

import (
	"database/sql"
	"log/slog"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/botswain/botswain/db"
	"github.com/botswain/botswain/db/dbtest"
)

// TestSupervisionGoesBackAndForth: rows from before get defaults, and causes that the older tables
// don't know become ones that they do.
func TestSupervisionGoesBackAndForth(t *testing.T) {
	url := dbtest.NewURL(t)
	conn, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	p, err := goose.NewProvider(goose.DialectPostgres, conn, db.Migrations(), goose.WithSlog(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	exec := func(q string) {
		t.Helper()
		if _, err := conn.ExecContext(t.Context(), q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
	exec(`insert into bots (id, name, type, command, dir, env, tags, autostart, restart, stop, limits, start_seconds)
		values (gen_random_uuid(), 'a', 'generic', '{x}', '.', '{}', '{}', false, '{}', '{}', '{}', 1)`)
	causes := []string{"manual", "autostart", "restart", "crash", "resume", "schedule", "memory", "health", "reboot", "upgrade", "dependency", "oom"}
	for i, cause := range causes {
		if _, err := conn.ExecContext(t.Context(), `insert into runs (id, bot_id, number, bot_version, cause, started_at)
			select gen_random_uuid(), id, $1, 1, $2, now() from bots`, i+1, cause); err != nil {
			t.Fatalf("%s: %v", cause, err)
		}
	}
	if _, err := p.DownTo(t.Context(), 1); err != nil {
		t.Fatalf("back: %v", err)
	}
	if _, err := p.UpTo(t.Context(), 2); err != nil {
		t.Fatalf("forth: %v", err)
	}
	var n int
	err = conn.QueryRowContext(t.Context(), `select count(*) from runs, bots where previous_end = '' and ready = '{}' and health = '{}'
		and run_as = '' and group_name = '' and start_after = '{}' and cause in ('manual', 'autostart', 'restart', 'crash', 'resume')`).Scan(&n)
	if err != nil || n != len(causes) {
		t.Errorf("%d rows of %d, %v", n, len(causes), err)
	}
}
