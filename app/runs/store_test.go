package runs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/logs"
	"github.com/botswain/botswain/app/runs"
	"github.com/botswain/botswain/app/supervisor"
	"github.com/botswain/botswain/db/dbtest"
)

// yard is a database with a bot, and what Botswain stores about it.
type yard struct {
	t      *testing.T
	pool   *pgxpool.Pool
	hub    *event.Hub
	past   *supervisor.Store
	lines  *logs.Postgres
	store  *runs.Store
	spool  string
	keeper *runs.Keeper
	bot    bot.ID
	seq    int64
	began  time.Time
}

func newYard(t *testing.T) *yard {
	pool := dbtest.New(t)
	hub := event.NewHub()
	y := &yard{t: t, pool: pool, hub: hub, past: supervisor.NewStore(pool, hub), lines: logs.NewPostgres(pool), store: runs.NewStore(pool, nil),
		spool: t.TempDir(), began: time.Now().Add(-time.Minute).Truncate(time.Microsecond)}
	y.keeper = runs.NewKeeper(runs.Options{Store: y.store, SpoolRoot: y.spool, Hub: hub, Log: slog.New(slog.DiscardHandler)})
	y.bot = y.newBot("Clock")
	return y
}

func (y *yard) newBot(name string) bot.ID {
	y.t.Helper()
	id := bot.NewID()
	_, err := y.pool.Exec(y.t.Context(), `insert into bots (id, name, type, command, dir, env, tags, autostart, restart, stop, limits, start_seconds)
		values ($1, $2, 'generic', '{true}', '', '{}', '{}', false, '{}', '{}', '{}', 1)`, id, name)
	if err != nil {
		y.t.Fatal(err)
	}
	return id
}

// run stores a run that ended, with what it printed.
func (y *yard) run(id bot.ID, o bot.Outcome, exit bot.Exit, printed ...string) event.Run {
	y.t.Helper()
	run := bot.NewID()
	y.print(id, run, logs.Stderr, printed...)
	y.print(id, run, logs.System, "Ended: "+exit.Reason+".")
	exit.At = y.began.Add(time.Duration(y.seq) * time.Millisecond)
	err := y.past.Apply(y.t.Context(), []supervisor.Change{
		{Bot: id, Run: &supervisor.RunStart{ID: run, Version: 1, Cause: "manual", Actor: "anna", At: y.began}},
		{Bot: id, End: &supervisor.RunEnd{ID: run, Exit: exit, Outcome: o}},
	}, nil)
	if err != nil {
		y.t.Fatal(err)
	}
	r, err := y.store.Get(y.t.Context(), id, run)
	if err != nil {
		y.t.Fatal(err)
	}
	return r
}

func (y *yard) print(id bot.ID, run bot.RunID, from logs.Stream, printed ...string) {
	y.t.Helper()
	if len(printed) == 0 {
		return
	}
	var part logs.Part
	part.Bot = id
	st, err := y.lines.Load(y.t.Context())
	if err != nil {
		y.t.Fatal(err)
	}
	head := st.Heads[id]
	seq := head
	for _, text := range printed {
		seq++
		y.seq++
		part.Lines = append(part.Lines, logs.Line{Seq: seq, HeadSeq: seq, At: y.began, Run: run, Stream: from, Level: logs.Info, Message: text})
	}
	if err := y.lines.Append(y.t.Context(), logs.Batch{Parts: []logs.Part{part}, Heads: []logs.Head{{Bot: id, Prev: head, Last: seq}}}); err != nil {
		y.t.Fatal(err)
	}
}

// keeping runs the keeper until ok answers true.
func (y *yard) keeping(what string, ok func() bool) {
	y.t.Helper()
	ctx, cancel := context.WithTimeout(y.t.Context(), time.Minute)
	done := make(chan struct{})
	go func() {
		defer close(done)
		y.keeper.Run(ctx)
	}()
	defer func() { cancel(); <-done }()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-ctx.Done():
			y.t.Fatal("not kept: " + what)
		case <-tick.C:
		}
	}
}

func (y *yard) again(r event.Run) (event.Run, runs.Kept) {
	y.t.Helper()
	r, err := y.store.Get(context.Background(), r.Bot, r.ID)
	if err != nil {
		y.t.Fatal(err)
	}
	k, err := y.store.Kept(context.Background(), r)
	if err != nil {
		y.t.Fatal(err)
	}
	return r, k
}

func crash(code int) bot.Exit {
	return bot.Exit{Code: &code, Reason: fmt.Sprintf("exit code %d", code)}
}

func numbered(n int, last ...string) []string {
	var list []string
	for i := range n - len(last) {
		list = append(list, fmt.Sprintf("line %d", i+1))
	}
	return append(list, last...)
}

func TestLastLinesOutliveTheLog(t *testing.T) {
	y := newYard(t)
	long := strings.Repeat("é", 5000)
	r := y.run(y.bot, bot.EndCrashed, crash(1), numbered(120, long, "Traceback (most recent call last):", `  File "bot.py", line 3`, "KeyError: 'SHOP_ID'")...)
	well := y.run(y.bot, bot.EndExited, crash(0), "bye")
	y.keeping("a crash", func() bool { r, _ := y.again(r); return r.KeptAt != nil })

	var dropped int
	if err := y.keeper.Guard(y.lines).Retain(t.Context(), time.Now().Add(72*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := y.pool.QueryRow(t.Context(), "select count(*) from log_lines").Scan(&dropped); err != nil || dropped != 0 {
		t.Fatalf("the log still has %d lines, %v", dropped, err)
	}
	r, k := y.again(r)
	if n := len(k.Lines); n != runs.KeptLines+1 { // and Botswain's word
		t.Fatalf("kept %d lines", n)
	}
	if first, last := k.Lines[0], k.Lines[n(k)-2]; first.Seq != 71 || first.Message != "line 71" || last.Message != "KeyError: 'SHOP_ID'" || last.Stream != logs.Stderr {
		t.Errorf("kept from %+v to %+v", first, last)
	}
	if cut := k.Lines[n(k)-5]; !cut.Cut || len([]rune(cut.Message)) != 4096 {
		t.Errorf("a long line: cut %v at %d", cut.Cut, len([]rune(cut.Message)))
	}
	if r.Headline != "KeyError: 'SHOP_ID'" || r.Fingerprint != "exit code 1: KeyError: 'SHOP_ID'" {
		t.Errorf("headline %q, fingerprint %q", r.Headline, r.Fingerprint)
	}
	if w, k := y.again(well); w.KeptAt != nil || len(k.Lines) > 0 {
		t.Errorf("a run that ended well: %+v", k)
	}
}

func n(k runs.Kept) int { return len(k.Lines) }

// TestNothingIsDroppedBeforeItIsKept: not even by a Botswain that was away for weeks.
func TestNothingIsDroppedBeforeItIsKept(t *testing.T) {
	y := newYard(t)
	r := y.run(y.bot, bot.EndUnseen, bot.Exit{Reason: "ended while Botswain was away"}, "old 1", "old 2")
	folder := filepath.Join(y.spool, y.bot.String(), r.ID.String())
	if err := os.MkdirAll(folder, 0o700); err != nil { // the rest of its output isn't stored yet
		t.Fatal(err)
	}
	if err := y.keeper.Guard(y.lines).Retain(t.Context(), time.Now().Add(72*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if r, k := y.again(r); r.KeptAt != nil || n(k) != 3 {
		t.Fatalf("while it is spooled: kept at %v, %d lines", r.KeptAt, n(k))
	}
	y.print(y.bot, r.ID, logs.Stdout, numbered(49)...)
	if err := os.Remove(folder); err != nil {
		t.Fatal(err)
	}
	y.keeping("the rest", func() bool { r, _ := y.again(r); return r.KeptAt != nil })
	_, k := y.again(r)
	if n(k) != runs.KeptLines+1 || k.Lines[0].Message != "old 2" || k.Lines[n(k)-1].Message != "line 49" {
		t.Errorf("%d lines, from %q to %q", n(k), k.Lines[0].Message, k.Lines[n(k)-1].Message)
	}
}

func TestOnlyTheNewestEndsKeepTheirLines(t *testing.T) {
	y := newYard(t)
	first := y.run(y.bot, bot.EndCrashed, crash(1), "the first")
	_, err := y.pool.Exec(t.Context(), `insert into runs (id, bot_id, number, bot_version, cause, started_at, ended_at, exit_code, end_reason, outcome)
		select gen_random_uuid(), $1, n, 1, 'crash', now(), now(), 1, 'exit code 1', 'crashed' from generate_series(2, $2::integer) n`, y.bot, runs.KeptEnds)
	if err != nil {
		t.Fatal(err)
	}
	all := func(of int) func() bool {
		return func() bool {
			var kept int
			err := y.pool.QueryRow(t.Context(), "select count(*) from runs where kept_at is not null").Scan(&kept)
			return err == nil && kept == of
		}
	}
	y.keeping("all", all(runs.KeptEnds))
	if _, k := y.again(first); n(k) != 2 {
		t.Fatalf("the oldest that may keep its lines has %d", n(k))
	}
	y.run(y.bot, bot.EndCrashed, crash(1), "the last")
	y.keeping("one more", all(runs.KeptEnds+1))
	if r, k := y.again(first); n(k) != 0 || r.Headline != "the first" {
		t.Errorf("the oldest has %d lines, headline %q", n(k), r.Headline)
	}
}

func TestEndsAreGroupedByWhatTheyHaveInCommon(t *testing.T) {
	y := newYard(t)
	token := crash(1)
	token.Cause = &bot.Cause{ID: "discord-invalid-token", Title: "Discord refused the token"}
	y.run(y.bot, bot.EndCrashed, crash(1), "ValueError: 12 is too much")
	y.run(y.bot, bot.EndCrashed, token, "LoginFailure: improper token")
	y.run(y.bot, bot.EndStopped, bot.Exit{Signal: "SIGTERM", Reason: "stopped by anna"})
	last := y.run(y.bot, bot.EndCrashed, crash(1), "ValueError: 4711 is too much")
	y.run(y.newBot("Other"), bot.EndCrashed, crash(1), "ValueError: 1 is too much")
	y.keeping("all", func() bool {
		var left int
		err := y.pool.QueryRow(t.Context(), "select count(*) from runs where kept_at is null and outcome = 'crashed'").Scan(&left)
		return err == nil && left == 0
	})
	groups, err := y.store.Groups(t.Context(), y.bot, "", 10)
	if err != nil || len(groups) != 2 {
		t.Fatalf("%+v, %v", groups, err)
	}
	if g := groups[0]; g.Key != "exit code 1: ValueError: # is too much" || g.Times != 2 || g.Newest.Number != 4 || g.Newest.ID != last.ID || !g.LastAt.After(g.FirstAt) {
		t.Errorf("%+v", g)
	}
	if g := groups[1]; g.Key != "discord-invalid-token" || g.Times != 1 || g.Newest.Number != 2 || g.Newest.Exit.Cause == nil {
		t.Errorf("%+v", g)
	}
	one, err := y.store.Groups(t.Context(), y.bot, groups[1].Key, 10)
	if err != nil || len(one) != 1 || one[0].Key != groups[1].Key || one[0].Newest.ID != groups[1].Newest.ID {
		t.Errorf("one kind: %+v, %v", one, err)
	}
	kept, err := y.store.KeptOf(t.Context(), []event.Run{groups[1].Newest, groups[0].Newest})
	if err != nil || len(kept) != 2 || kept[0].Lines[0].Message != "LoginFailure: improper token" || kept[1].Lines[0].Message != "ValueError: 4711 is too much" || kept[1].At.IsZero() {
		t.Errorf("kept: %+v, %v", kept, err)
	}
	ends, err := y.store.Ends(t.Context(), y.bot, groups[0].Key, 4, 10)
	if err != nil || len(ends) != 1 || ends[0].Number != 1 || runs.KeyOf(ends[0]) != groups[0].Key {
		t.Errorf("before the newest: %+v, %v", ends, err)
	}
	times, err := y.store.Times(t.Context(), y.bot, groups[0].Key, y.began)
	if err != nil || len(times) != 2 {
		t.Errorf("times %v, %v", times, err)
	}
	crashes, err := y.store.Crashes(t.Context(), y.began)
	sum := 0
	for quarter, n := range crashes {
		if sum += n; quarter%900 != 0 {
			t.Errorf("%d begins no quarter", quarter)
		}
	}
	if err != nil || sum != 4 { // of all bots
		t.Errorf("crashes %v, %v", crashes, err)
	}
	counts, err := y.store.Outcomes(t.Context(), y.bot)
	if err != nil || counts[bot.EndCrashed] != 3 || counts[bot.EndStopped] != 1 {
		t.Errorf("outcomes %v, %v", counts, err)
	}
	only, err := y.store.List(t.Context(), y.bot, bot.EndStopped, 0, 10)
	if err != nil || len(only) != 1 || only[0].Number != 3 {
		t.Errorf("stopped: %+v, %v", only, err)
	}
	if _, err := y.store.Get(t.Context(), bot.NewID(), last.ID); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("a run of another bot: %v", err)
	}
}

// TestAKeeperThatMayNotStoreKeepsNothing: another Botswain has the database.
func TestAKeeperThatMayNotStoreKeepsNothing(t *testing.T) {
	y := newYard(t)
	r := y.run(y.bot, bot.EndCrashed, crash(1), "oops")
	asked := make(chan struct{}, 1)
	k := runs.NewKeeper(runs.Options{Store: y.store, SpoolRoot: y.spool, Hub: y.hub, Log: slog.New(slog.DiscardHandler), MayStore: func() error {
		select {
		case asked <- struct{}{}:
		default:
		}
		return errors.New("not now")
	}})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- k.Run(ctx) }()
	<-asked
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if r, _ := y.again(r); r.KeptAt != nil {
		t.Error("it was kept")
	}
}
