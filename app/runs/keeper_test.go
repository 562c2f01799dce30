package runs_test

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/runs"
)

// TestPatienceCountsFromWhenItCanWork: an end of long ago, found by a Botswain that comes back, and times
// without a database use none of it up.
func TestPatienceCountsFromWhenItCanWork(t *testing.T) {
	y := newYard(t)
	r := y.run(y.bot, bot.EndCrashed, crash(1), "the first part")
	if err := os.MkdirAll(filepath.Join(y.spool, y.bot.String(), r.ID.String()), 0o700); err != nil {
		t.Fatal(err)
	}
	now := time.Now().Add(30 * 24 * time.Hour)
	var away error
	k := runs.NewKeeper(runs.Options{Store: y.store, SpoolRoot: y.spool, Hub: y.hub, Log: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return now }, MayStore: func() error { return away }})
	for i, x := range []struct {
		later time.Duration
		away  error
		kept  bool
	}{
		{0, nil, false},
		{59 * time.Minute, nil, false},
		{2 * time.Minute, errors.New("no database"), false},
		{5 * time.Hour, nil, false}, // from now on again
		{59 * time.Minute, nil, false},
		{2 * time.Minute, nil, true},
	} {
		now, away = now.Add(x.later), x.away
		if _, err := k.Sweep(t.Context()); (err != nil) != (x.away != nil) {
			t.Fatalf("step %d: %v", i, err)
		}
		if r, _ := y.again(r); (r.KeptAt != nil) != x.kept {
			t.Fatalf("step %d: kept at %v", i, r.KeptAt)
		}
	}
	if _, kept := y.again(r); n(kept) != 2 {
		t.Errorf("%d lines", n(kept))
	}
}

// hasty makes a keeper whose statements wait a tenth of a second for a lock.
func (y *yard) hasty(now func() time.Time) *runs.Keeper {
	y.t.Helper()
	cfg := y.pool.Config()
	cfg.ConnConfig.RuntimeParams["lock_timeout"] = "100"
	pool, err := pgxpool.NewWithConfig(y.t.Context(), cfg)
	if err != nil {
		y.t.Fatal(err)
	}
	y.t.Cleanup(pool.Close)
	return runs.NewKeeper(runs.Options{Store: runs.NewStore(pool, nil), SpoolRoot: y.spool, Hub: y.hub, Log: slog.New(slog.DiscardHandler), Now: now})
}

// TestAnEndThatTakesTooLongIsTriedAgain: it keeps no other from being kept, and holds up the log's
// retention for as long as patience is.
func TestAnEndThatTakesTooLongIsTriedAgain(t *testing.T) {
	y := newYard(t)
	slow := y.run(y.bot, bot.EndCrashed, crash(1), "oops")
	next := y.run(y.bot, bot.EndCrashed, crash(1), "oops again")
	now := time.Now()
	k := y.hasty(func() time.Time { return now })
	lock := func() (release func()) {
		tx, err := y.pool.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(t.Context(), "select from runs where id = $1 for update", slow.ID); err != nil {
			t.Fatal(err)
		}
		return func() { _ = tx.Rollback(t.Context()) }
	}
	release := lock()
	defer release()
	if left, err := k.Sweep(t.Context()); left != 1 || err == nil {
		t.Errorf("%d left, %v", left, err)
	}
	if r, kept := y.again(next); r.KeptAt == nil || n(kept) != 2 {
		t.Errorf("the next: kept at %v, %d lines", r.KeptAt, n(kept))
	}
	if err := k.Guard(y.lines).Retain(t.Context(), now.Add(72*time.Hour)); err == nil {
		t.Error("the log drops what isn't kept")
	}
	release()
	if left, err := k.Sweep(t.Context()); left != 0 || err != nil {
		t.Errorf("%d left, %v", left, err)
	}
	if r, kept := y.again(slow); r.KeptAt == nil || n(kept) != 2 || r.Headline != "oops" {
		t.Errorf("kept at %v, %d lines, headline %q", r.KeptAt, n(kept), r.Headline)
	}
}

// TestAnEndThatIsRefusedStaysWithout: one that the database never takes, and one that it doesn't take for an hour.
func TestAnEndThatIsRefusedStaysWithout(t *testing.T) {
	y := newYard(t)
	never := y.run(y.bot, bot.EndCrashed, crash(1), "a line that can't be stored")
	late := y.run(y.bot, bot.EndCrashed, crash(1), "a line that takes too long")
	well := y.run(y.bot, bot.EndCrashed, crash(1), "oops")
	_, err := y.pool.Exec(t.Context(), `
		create function refuse() returns trigger language plpgsql as $$ begin
			if new.message like '%stored' then raise exception using errcode = '22021', message = 'no'; end if;
			if new.message like '%too long' then raise exception using errcode = '57014', message = 'slow'; end if;
			return new;
		end $$;
		create trigger refuse before insert on crash_lines for each row execute function refuse();`)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	k := y.hasty(func() time.Time { return now })
	if left, err := k.Sweep(t.Context()); left != 1 || err == nil {
		t.Errorf("%d left, %v", left, err)
	}
	if r, kept := y.again(never); r.KeptAt == nil || n(kept) != 0 || r.Fingerprint != "exit code 1" {
		t.Errorf("refused: kept at %v, %d lines, %q", r.KeptAt, n(kept), r.Fingerprint)
	}
	if r, kept := y.again(well); r.KeptAt == nil || n(kept) != 2 {
		t.Errorf("the next: kept at %v, %d lines", r.KeptAt, n(kept))
	}
	if r, _ := y.again(late); r.KeptAt != nil {
		t.Error("what takes too long was given up at once")
	}
	now = now.Add(2 * time.Hour)
	if err := k.Guard(y.lines).Retain(t.Context(), time.Now().Add(-72*time.Hour)); err != nil {
		t.Error(err)
	}
	if r, kept := y.again(late); r.KeptAt == nil || n(kept) != 0 {
		t.Errorf("after its time: kept at %v, %d lines", r.KeptAt, n(kept))
	}
}

// TestManyEndsAtOnce: more than are looked at together, and more that fell out of the newest than one
// statement drops.
func TestManyEndsAtOnce(t *testing.T) {
	y := newYard(t)
	const many = 4*runs.KeptEnds + 50
	_, err := y.pool.Exec(t.Context(), `insert into runs (id, bot_id, number, bot_version, cause, started_at, ended_at, exit_code, end_reason, outcome, kept_at)
		select gen_random_uuid(), $1, n, 1, 'crash', now(), now() - interval '1 day' + n * interval '1 second', 1, 'exit code 1', 'crashed', case when n > 20 and n <= 50 + $2 then now() end from generate_series(1, $3::integer) n`, y.bot, runs.KeptEnds, many)
	if err != nil {
		t.Fatal(err)
	}
	_, err = y.pool.Exec(t.Context(), `insert into crash_lines select id, 1, now(), 2, 5, false, 'oops' from runs`)
	if err != nil {
		t.Fatal(err)
	}
	y.run(y.bot, bot.EndCrashed, crash(1), "the last")
	if left, err := y.keeper.Sweep(t.Context()); left != 0 || err != nil {
		t.Fatalf("%d left, %v", left, err)
	}
	var unkept, with, oldest int
	err = y.pool.QueryRow(t.Context(), `select count(*) filter (where kept_at is null), count(distinct c.run_id), min(number) filter (where c.run_id is not null)
		from runs r left join crash_lines c on c.run_id = r.id`).Scan(&unkept, &with, &oldest)
	if err != nil || unkept != 0 || with != runs.KeptEnds || oldest != many+1-runs.KeptEnds+1 {
		t.Errorf("%d unkept, %d with lines, the oldest of them %d, %v", unkept, with, oldest, err)
	}
}
