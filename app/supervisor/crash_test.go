package supervisor

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sys/unix"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/db"
	"github.com/botswain/botswain/db/pgserver"
)

// frailServer is a Postgres that really flushes, and crashes when it is told to.
type frailServer struct {
	t   *testing.T
	pg  *pgserver.Server
	url string
}

func newFrailServer(t *testing.T) *frailServer {
	t.Helper()
	dir, err := os.MkdirTemp("", "bwc") // short: the socket is inside
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil { // for root's Postgres, which isn't root
		t.Fatal(err)
	}
	pg, err := pgserver.Start(t.Context(), pgserver.Options{Dir: filepath.Join(dir, "pg"), Database: "botswain", Settings: map[string]string{
		"autovacuum": "off", "max_connections": "20", "shared_buffers": "16MB", "checkpoint_timeout": "1h",
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := pg.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	if err := db.Migrate(t.Context(), pg.URL(), slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	return &frailServer{t: t, pg: pg, url: pg.URL()}
}

// writer is the process that flushes what nobody waits for.
func (f *frailServer) writer() (pid int, err error) {
	conn, err := pgx.Connect(f.t.Context(), f.url)
	if err != nil {
		return 0, err
	}
	defer conn.Close(f.t.Context())
	err = conn.QueryRow(f.t.Context(), "select pid from pg_stat_activity where backend_type = 'walwriter'").Scan(&pid)
	return pid, err
}

// freeze stops that process, so that what isn't flushed stays so.
func (f *frailServer) freeze() (pid int) {
	f.t.Helper()
	pid, err := f.writer()
	if err != nil {
		f.t.Fatal(err)
	}
	if err := unix.Kill(pid, unix.SIGSTOP); err != nil {
		f.t.Fatal(err)
	}
	return pid
}

// crash kills it, whereupon the server drops all that it has in memory, cuts all connections, and
// recovers from its disk. It returns when the server answers again.
func (f *frailServer) crash(pid int) {
	if err := unix.Kill(pid, unix.SIGKILL); err != nil {
		f.t.Error(err)
		return
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for f.t.Context().Err() == nil {
		if now, err := f.writer(); err == nil && now != pid {
			return
		}
		<-tick.C
	}
}

// crashingStore has its server crash once between the moment when changes can be seen and their flush.
type crashingStore struct {
	*Store
	once  sync.Once
	crash func()
}

func (c *crashingStore) Apply(ctx context.Context, changes []Change, visible func()) error {
	return c.Store.Apply(ctx, changes, func() {
		visible()
		c.once.Do(c.crash)
	})
}

// TestServerThatCrashesBeforeItFlushes: a run that was seen and then lost is stored again, although
// the server is back before anybody has asked for the flush.
func TestServerThatCrashesBeforeItFlushes(t *testing.T) {
	f := newFrailServer(t)
	pool, err := pgxpool.New(t.Context(), f.url)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	hub := event.NewHub()
	b, err := crew.NewStore(pool, hub).Create(t.Context(), someBot(nil), event.Event{Kind: event.BotCreated, Message: "Created"})
	if err != nil {
		t.Fatal(err)
	}
	id := b.ID
	runs := func() (n int) {
		t.Helper()
		conn, err := pgx.Connect(t.Context(), f.url)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(t.Context())
		if err := conn.QueryRow(t.Context(), "select count(*) from runs where bot_id = $1", id).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	store := &crashingStore{Store: NewStore(pool, hub)}
	writer := f.freeze()
	var seen, after int
	store.crash = func() {
		seen = runs()
		f.crash(writer)
		after = runs()
	}
	j := newJournal(store, sole{}, "", slog.New(slog.DiscardHandler))
	go j.run()
	at := now()
	r := j.put(Change{Bot: id, Run: &RunStart{ID: bot.NewID(), Cause: "manual", At: at}, State: &StoredState{State: bot.Stopped, At: at}})
	<-r.seen
	<-r.stored
	if seen != 1 || after != 0 {
		t.Errorf("%d runs were seen before the crash and %d after it; the test needs 1 and 0", seen, after)
	}
	if n := runs(); n != 1 {
		t.Errorf("%d runs when it is stored, want 1", n)
	}
	f.crash(f.freeze())
	if n := runs(); n != 1 {
		t.Errorf("%d runs after one more crash, want 1", n)
	}
	j.close(t.Context())
}
