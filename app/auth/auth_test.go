package auth

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/db/dbtest"
)

const (
	goodPassword = "correct horse battery"
	home         = "192.0.2.7"
)

// clock is moved by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Now().Truncate(time.Microsecond)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// journal keeps what was recorded.
type journal struct {
	mu   sync.Mutex
	list []event.Event
}

func (j *journal) Append(_ context.Context, e event.Event) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.list = append(j.list, e)
	return nil
}

func (j *journal) kinds() (kinds []event.Kind) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, e := range j.list {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

// syncBuffer lets tests read a log that other goroutines write.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

type fixture struct {
	*Service
	t     *testing.T
	pool  *pgxpool.Pool
	clock *clock
	heard *journal
	out   *syncBuffer
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{t: t, pool: dbtest.New(t), clock: newClock(), heard: &journal{}, out: &syncBuffer{}}
	f.Service = New(Options{
		Pool: f.pool, Events: f.heard, Clock: f.clock.Now,
		Log: slog.New(slog.NewTextHandler(f.out, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	return f
}

func (f *fixture) user(name string) User {
	f.t.Helper()
	u, err := f.AddUser(f.t.Context(), "", name, goodPassword)
	if err != nil {
		f.t.Fatal(err)
	}
	return u
}

// request does what web does around a handler, and gives the cookie that the browser then has.
func (f *fixture) request(cookie string, handle func(ctx context.Context)) (after string, set *http.Cookie) {
	f.t.Helper()
	ctx, err := f.Load(f.t.Context(), cookie, home)
	if err != nil {
		f.t.Fatal(err)
	}
	if handle != nil {
		handle(ctx)
	}
	rec := httptest.NewRecorder()
	f.Save(ctx, rec, false)
	for _, k := range rec.Result().Cookies() {
		if k.Name == CookieName {
			return k.Value, k
		}
	}
	return cookie, nil
}

func (f *fixture) signIn(u User, how SignIn) string {
	f.t.Helper()
	cookie, _ := f.request("", func(ctx context.Context) {
		if err := f.SignIn(ctx, u, how); err != nil {
			f.t.Fatal(err)
		}
	})
	return cookie
}

// who is the user that a request with this cookie runs as, "" nobody.
func (f *fixture) who(cookie string) (name string) {
	f.t.Helper()
	f.request(cookie, func(ctx context.Context) {
		u, _ := UserFrom(ctx)
		name = u.Username
	})
	return name
}

func (f *fixture) count(query string) (n int) {
	f.t.Helper()
	if err := f.pool.QueryRow(f.t.Context(), query).Scan(&n); err != nil {
		f.t.Fatal(err)
	}
	return n
}

func wantCode(t *testing.T, err error, code fault.Code) *fault.Error {
	t.Helper()
	f, ok := fault.As(err)
	if !ok || f.Code != code {
		t.Fatalf("got error %v, want %s", err, code)
	}
	return f
}

func wantFields(t *testing.T, err error, names ...string) {
	t.Helper()
	f := wantCode(t, err, fault.Invalid)
	if len(f.Fields) != len(names) {
		t.Fatalf("got fields %v, want %v", f.Fields, names)
	}
	for _, n := range names {
		if f.Fields[n] == "" {
			t.Fatalf("got fields %v, want %v", f.Fields, names)
		}
	}
}

// TestTranslate: a server that can't be reached is an outage, a query that is wrong is a bug.
func TestTranslate(t *testing.T) {
	t.Parallel()
	pool, err := pgxpool.New(t.Context(), "postgres://u:secret-in-url@127.0.0.1:1/x?connect_timeout=2")
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	_, err = newStore(pool).anyUser(t.Context())
	if f := wantCode(t, err, fault.Unavailable); f.RetryAfter == 0 {
		t.Error("an outage says nothing about another try")
	}
	if bytes.Contains([]byte(err.Error()), []byte("secret-in-url")) {
		t.Error("the error holds the database's password")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err = newStore(pool).anyUser(ctx); !errors.Is(err, context.Canceled) || fault.CodeOf(err) != "" {
		t.Errorf("a request that was given up gives %v", err)
	}
}
