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

// TestOldEndsAreTold: how runs ended before that was stored follows from their words, what somebody asked for
// first; and only the newest ends of the last day are looked for in the log.
func TestOldEndsAreTold(t *testing.T) {
	conn, err := sql.Open("pgx", dbtest.NewURL(t))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	p, err := goose.NewProvider(goose.DialectPostgres, conn, db.Migrations(), goose.WithSlog(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.DownTo(t.Context(), 9); err != nil {
		t.Fatalf("back: %v", err)
	}
	if _, err := conn.ExecContext(t.Context(), `insert into bots (id, name, type, command, dir, env, tags, autostart, restart, stop, limits, start_seconds)
		values (gen_random_uuid(), 'a', 'generic', '{x}', '.', '{}', '{}', false, '{}', '{}', '{}', 1)`); err != nil {
		t.Fatal(err)
	}
	number := 0
	add := func(ago string, code any, signal, reason string) int {
		t.Helper()
		number++
		if _, err := conn.ExecContext(t.Context(), `insert into runs (id, bot_id, number, bot_version, cause, started_at, ended_at, exit_code, exit_signal, end_reason)
			select gen_random_uuid(), id, $1, 1, 'manual', now(), now() - $2::interval, $3, $4, $5 from bots`, number, ago, code, signal, reason); err != nil {
			t.Fatal(err)
		}
		return number
	}
	want := map[int]string{}
	for _, x := range []struct {
		code           any
		signal, reason string
		outcome        string
	}{
		{0, "", "stopped by anna", "stopped"},
		{1, "", "stopped with Botswain", "stopped"},
		{nil, "SIGTERM", "stopped by anna", "stopped"},
		{nil, "SIGKILL", "killed by anna", "stopped"},
		{nil, "SIGKILL", "killed by SIGKILL", "crashed"},
		{0, "", "restarted by anna", "restarted"},
		{nil, "SIGTERM", "restarted by Botswain: it used 2.0 MiB of memory, more than 1.0 MiB", "restarted"},
		{nil, "", "put off: the platform asks to wait", "stopped"},
		{nil, "", "not started again: the token is wrong", "stopped"},
		{nil, "", "not started: the token is wrong", "crashed"},
		{0, "", "exit code 0", "exited"},
		{0, "", "not ready within 30s", "crashed"},
		{0, "", "out of memory: killed by the kernel", "crashed"},
		{3, "", "exit code 3", "crashed"},
		{nil, "", "ended while Botswain was away", "unseen"},
		{nil, "", "ended by a restart of the machine", "interrupted"},
		{nil, "", "Botswain ended before it was started", "interrupted"},
	} {
		want[add("30 hours", x.code, x.signal, x.reason)] = x.outcome
	}
	for range 30 {
		add("1 hour", 1, "", "exit code 1")
	}
	if _, err := p.UpTo(t.Context(), 10); err != nil {
		t.Fatalf("forth: %v", err)
	}
	for n, outcome := range want {
		var got string
		var open bool
		err := conn.QueryRowContext(t.Context(), "select outcome, kept_at is null from runs where number = $1", n).Scan(&got, &open)
		if err != nil || got != outcome || open != (outcome != "crashed" && outcome != "unseen") {
			t.Errorf("run %d: %q, want %q; waits: %v; %v", n, got, outcome, open, err)
		}
	}
	var open, least int
	err = conn.QueryRowContext(t.Context(), "select count(*), min(number) from runs where kept_at is null and outcome = 'crashed'").Scan(&open, &least)
	if err != nil || open != 20 || least != number-19 {
		t.Errorf("%d wait to be kept from run %d on, %v", open, least, err)
	}
}
