package writer_test

import (
	"context"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/writer"
	"github.com/botswain/botswain/db/dbtest"
)

func options(t *testing.T, url string) writer.Options {
	t.Helper()
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	return writer.Options{Config: cfg, Patience: 50 * time.Millisecond, Log: slog.New(slog.DiscardHandler)}
}

func take(t *testing.T, o writer.Options) *writer.Lock {
	t.Helper()
	l, err := writer.Take(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestSecondIsRefusedAndToldByWhom(t *testing.T) {
	url := dbtest.NewEmptyURL(t)
	first := take(t, options(t, url))
	_, err := writer.Take(t.Context(), options(t, url))
	if fault.CodeOf(err) != fault.Conflict || !strings.Contains(err.Error(), "pid "+strconv.Itoa(os.Getpid())) {
		t.Errorf("got %v", err)
	}
	take(t, options(t, dbtest.NewEmptyURL(t))).Close() // another database is another installation

	// A lock that becomes free in time is waited for.
	o := options(t, url)
	o.Patience = time.Minute
	got := make(chan *writer.Lock, 1)
	go func() {
		l, err := writer.Take(t.Context(), o)
		if err != nil {
			t.Error(err)
		}
		got <- l
	}()
	first.Close()
	if l := <-got; l != nil {
		l.Close()
	}
}

// TestLostLock: the connection is cut. Without a rival the lock is taken again; a rival that was
// quicker is left alone, and starts wait until it has gone.
func TestLostLock(t *testing.T) {
	url := dbtest.NewEmptyURL(t)
	admin, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(t.Context())
	contended := make(chan string, 10)
	o := options(t, url)
	o.Contended = func(by string) { contended <- by }
	l := take(t, o)
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan error, 1)
	go func() { over <- l.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-over; err != nil {
			t.Error(err)
		}
		l.Close()
	}()
	const cut = "select count(pg_terminate_backend(pid)) from pg_locks where locktype = 'advisory' and pid <> pg_backend_pid() and database = (select oid from pg_database where datname = current_database())"
	run := func(sql string) {
		t.Helper()
		if _, err := admin.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	until := func(what string, fits func() bool) {
		t.Helper()
		for limit := time.Now().Add(time.Minute); !fits(); time.Sleep(time.Millisecond) {
			if time.Now().After(limit) {
				t.Fatalf("never came: %s", what)
			}
		}
	}
	holder := func() (pid int) {
		err := admin.QueryRow(t.Context(), "select coalesce(max(pid), 0) from pg_locks where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())").Scan(&pid)
		if err != nil {
			t.Fatal(err)
		}
		return pid
	}
	before := holder()
	run(cut)
	until("another connection to have the lock", func() bool { now := holder(); return now != 0 && now != before })
	if err := l.MayStart(); err != nil {
		t.Errorf("nobody else has it, and starts are refused: %v", err)
	}
	until("the lock", func() bool { return l.MayStore() == nil })

	// Somebody else waits in the server's queue, and so is the first to get it.
	rival, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	waiting := make(chan error, 1)
	go func() {
		_, err := rival.Exec(t.Context(), "select pg_advisory_lock(1651470199, 3)")
		waiting <- err
	}()
	until("the rival to wait", func() bool {
		var n int
		err := admin.QueryRow(t.Context(), "select count(*) from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())").Scan(&n)
		return err == nil && n == 1
	})
	run(strings.Replace(cut, "where", "where granted and", 1))
	if err := <-waiting; err != nil {
		t.Fatal(err)
	}
	until("it to see the rival", func() bool { return l.MayStore() != nil && fault.CodeOf(l.MayStart()) == fault.Conflict })
	if by := <-contended; by == "" {
		t.Error("nobody is named")
	}
	ended, stop := context.WithCancel(t.Context())
	stop()
	if err := l.AwaitStart(ended); err == nil {
		t.Error("a start was let through")
	}
	rival.Close(t.Context())
	if err := l.AwaitStart(t.Context()); err != nil {
		t.Error(err)
	}
	until("the lock", func() bool { return l.MayStore() == nil })
	if by := <-contended; by != "" {
		t.Errorf("still contended by %s", by)
	}
}
