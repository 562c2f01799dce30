package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/botswain/botswain/app/auth"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/db/dbtest"
)

const (
	testUser     = "admin"
	testPassword = "correct horse battery"
	testRunToken = "bsr_of-a-run-that-lives"
)

// safeBuffer lets a test read a log that requests write.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// hand is a clock that is moved by hand.
type hand struct {
	mu  sync.Mutex
	now time.Time
}

func (h *hand) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *hand) add(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

// site is a Server over real sign-in and a real database, without the services behind the pages.
type site struct {
	*Server
	t     *testing.T
	pool  *pgxpool.Pool
	auth  *auth.Service
	clock *hand
	out   *safeBuffer
	http  http.Handler
}

// newSite has no user yet. change may adapt what New gets; table stands in for the route table.
func newSite(t *testing.T, table func(*Server) []route, change ...func(*Deps)) *site {
	t.Helper()
	pool := dbtest.New(t)
	st := &site{t: t, pool: pool, out: &safeBuffer{}, clock: &hand{now: time.Now()}}
	log := slog.New(slog.NewTextHandler(st.out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	st.auth = auth.New(auth.Options{Pool: pool, Events: event.NewStore(pool, event.NewHub()), Log: log, Clock: st.clock.Now})
	d := Deps{Auth: st.auth, Ready: pool.Ping, Log: log, Version: "test", Bots: &BotDeps{Hub: event.NewHub()}, API: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	})}
	d.RunToken = func(raw string) error {
		if raw != testRunToken {
			return fault.New(fault.Unauthorized, "no such run")
		}
		return nil
	}
	for _, c := range change {
		c(&d)
	}
	s, err := newServer(d, table)
	if err != nil {
		t.Fatal(err)
	}
	st.Server, st.http = s, s.Handler()
	return st
}

// withUser makes the administrator.
func (st *site) withUser() *site {
	st.t.Helper()
	if err := st.auth.EnsureAdmin(st.t.Context(), testUser, testPassword); err != nil {
		st.t.Fatal(err)
	}
	return st
}

// ask is one request; set changes it before it goes out.
func (st *site) ask(method, target string, form url.Values, set ...func(*http.Request)) *http.Response {
	st.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequestWithContext(st.t.Context(), method, target, body)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, f := range set {
		f(r)
	}
	rec := httptest.NewRecorder()
	st.http.ServeHTTP(rec, r)
	return rec.Result()
}

// login gives the cookie of a new session.
func (st *site) login() *http.Cookie {
	st.t.Helper()
	res := st.ask("POST", "/login", url.Values{"username": {testUser}, "password": {testPassword}})
	k := cookieOf(res)
	if res.StatusCode != http.StatusSeeOther || k == nil {
		st.t.Fatalf("login: %s", res.Status)
	}
	return k
}

func cookieOf(res *http.Response) *http.Cookie {
	for _, k := range res.Cookies() {
		if k.Name == auth.CookieName {
			return k
		}
	}
	return nil
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func with(k *http.Cookie) func(*http.Request) {
	return func(r *http.Request) { r.AddCookie(&http.Cookie{Name: k.Name, Value: k.Value}) }
}

func text(t testing.TB, res *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func notReady(context.Context) error { return errors.New("no database") }
