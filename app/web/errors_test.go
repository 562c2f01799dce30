package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/views/ui"
)

func TestDescribe(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err    error
		status int
		says   string
	}{
		"invalid":       {fault.New(fault.Invalid, "No good."), 422, "No good."},
		"forbidden":     {fault.New(fault.Forbidden, "Not you."), 403, "Not you."},
		"not found":     {fmt.Errorf("find: %w", fault.New(fault.NotFound, "No such bot.")), 404, "No such bot."},
		"conflict":      {fault.New(fault.Conflict, "It is stopped."), 409, "It is stopped."},
		"too many":      {&fault.Error{Code: fault.TooMany, Message: "Wait.", RetryAfter: time.Minute}, 429, "Wait."},
		"unavailable":   {fault.New(fault.Unavailable, ""), 503, "Not available"},
		"bug":           {errors.New("password=hunter2 leaked"), 500, oops},
		"connect":       {fmt.Errorf("list: %w", &pgconn.ConnectError{}), 503, databaseAway},
		"shutting down": {fmt.Errorf("list: %w", &pgconn.PgError{Code: "57P01"}), 503, databaseAway},
		"bad query":     {fmt.Errorf("list: %w", &pgconn.PgError{Code: "42601"}), 500, oops},
		"cut off":       {fmt.Errorf("list: %w", io.ErrUnexpectedEOF), 503, databaseAway},
		"too slow":      {fmt.Errorf("list: %w", context.DeadlineExceeded), 503, databaseAway},
		"a file":        {fault.Wrap(&fs.PathError{Op: "mkdir", Path: "/x", Err: syscall.EIO}, fault.Unavailable, "Not written."), 503, "Not written."},
		"lost":          {fmt.Errorf("list: %w", &net.OpError{Op: "read", Err: syscall.ECONNRESET}), 503, databaseAway},
		"too large":     {fmt.Errorf("form: %w", &http.MaxBytesError{Limit: 1}), 413, "more than"},
		"echo's 404":    {echo.ErrNotFound, 404, "nothing at this address"},
		"echo's 500":    {echo.NewHTTPError(500, "secret detail"), 500, oops},
		"echo's text":   {echo.NewHTTPError(400, "secret detail"), 400, "Something went wrong."},
	} {
		p := describe(c.err)
		if p.status != c.status || !strings.Contains(p.message, c.says) || p.title == "" {
			t.Errorf("%s: got %d %q, want %d %q", name, p.status, p.message, c.status, c.says)
		}
		if c.status == 503 && p.retry == 0 {
			t.Errorf("%s: an outage without another try", name)
		}
	}
}

// failing has a route of each kind that answers with an error.
func failing(err error) func(*Server) []route {
	h := func(c echo.Context) error {
		if err == nil {
			panic("a bug with secret detail")
		}
		return err
	}
	return func(s *Server) []route {
		return append(s.authOnly(),
			route{"GET", "/page", "page", h, public, asPage},
			route{"POST", "/page", "page.do", h, public, asPage},
			route{"GET", "/program", "program", h, public, asProgram},
			route{"GET", "/plain", "plain", h, public, asPlain},
		)
	}
}

// authOnly is the table without what needs services.
func (s *Server) authOnly() (list []route) {
	for _, r := range s.routes() {
		if strings.HasPrefix(r.name, "login") || strings.HasPrefix(r.name, "setup") || strings.HasSuffix(r.name, "z") {
			list = append(list, r)
		}
	}
	return list
}

// TestErrorsByKind: the same error, told as each asker can understand it, never with its text.
func TestErrorsByKind(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{"panic": nil, "bug": errors.New("a bug with secret detail")} {
		st := newSite(t, failing(err))
		for path, kind := range map[string]string{"/page": "text/html", "/program": "application/problem+json", "/plain": "text/plain"} {
			res := st.ask("GET", path, nil)
			body := text(t, res)
			if got := res.Header.Get("Content-Type"); res.StatusCode != 500 || !strings.HasPrefix(got, kind) {
				t.Errorf("%s, %s: %d %s", name, path, res.StatusCode, got)
			}
			if strings.Contains(body, "secret detail") {
				t.Errorf("%s, %s: tells the error's text", name, path)
			}
			id := res.Header.Get("X-Request-Id")
			if path == "/page" && !strings.Contains(body, id) || !strings.Contains(st.out.String(), id) {
				t.Errorf("%s, %s: the reference isn't on the page and in the log", name, path)
			}
			wantSecure(t, path, res)
		}
		if !strings.Contains(st.out.String(), "secret detail") {
			t.Errorf("%s: the cause isn't in the log", name)
		}
	}
}

func TestErrorsToHTMX(t *testing.T) {
	t.Parallel()
	st := newSite(t, failing(fault.New(fault.Conflict, "The bot is <stopped>.")))
	res := st.ask("POST", "/page", url.Values{}, header("HX-Request", "true"))
	body := text(t, res)
	if res.StatusCode != 409 || res.Header.Get("HX-Reswap") != "none" {
		t.Errorf("%s, HX-Reswap %q", res.Status, res.Header.Get("HX-Reswap"))
	}
	if !strings.HasPrefix(body, "<hx-partial") || !strings.Contains(body, "The bot is &lt;stopped&gt;.") || strings.Contains(body, "<html") {
		t.Errorf("no toast: %s", body)
	}
	boosted := st.ask("GET", "/page", nil, header("HX-Request", "true"), header("HX-Boosted", "true"))
	if body := text(t, boosted); !strings.Contains(body, "<html") {
		t.Error("a whole page was asked for")
	}
}

// TestDatabaseAway: the sign-in page still shows, what needs the database says so and when to come
// again, and who was there a moment ago is told on their page instead of being signed out.
func TestDatabaseAway(t *testing.T) {
	t.Parallel()
	st := newSite(t, withHome, func(d *Deps) { d.Ready = notReady }).withUser()
	k := st.login()
	if res := st.ask("GET", "/test/home", nil, with(k)); res.StatusCode != 200 {
		t.Fatal(res.Status)
	}
	st.pool.Close()
	if res := st.ask("GET", "/healthz", nil); res.StatusCode != 200 {
		t.Errorf("healthz: %s", res.Status)
	}
	if res := st.ask("GET", "/readyz", nil); res.StatusCode != 503 {
		t.Errorf("readyz: %s", res.Status)
	}
	if res := st.ask("GET", "/test/home", nil, with(k)); res.StatusCode != 200 || text(t, res) != "hello admin" {
		t.Errorf("known a moment ago: %s", res.Status)
	}
	if res := st.ask("GET", "/test/stream", nil, with(k)); res.StatusCode != 200 {
		t.Errorf("known a moment ago, stream: %s", res.Status)
	}
	if res := st.ask("GET", "/login", nil); res.StatusCode != 200 {
		t.Errorf("sign-in page: %s", res.Status)
	}
	res := st.ask("POST", "/login", credentials(testUser, testPassword))
	if body := text(t, res); res.StatusCode != 503 || res.Header.Get("Retry-After") == "" || !strings.Contains(body, "database is away") {
		t.Errorf("sign-in: %s", res.Status)
	}
	stranger := with(&http.Cookie{Name: k.Name, Value: strings.Repeat("S", 43)})
	res = st.ask("GET", "/test/home", nil, stranger)
	if body := text(t, res); res.StatusCode != 503 || !strings.Contains(body, `http-equiv="refresh"`) || !strings.Contains(body, "database is away") {
		t.Errorf("not known: %s", res.Status)
	}
	if res := st.ask("GET", "/test/stream", nil, stranger); res.StatusCode != 503 || res.Header.Get("Location") != "" {
		t.Errorf("not known, stream: %s", res.Status)
	}
	st.clock.add(6 * time.Minute)
	if res := st.ask("GET", "/test/home", nil, with(k)); res.StatusCode != 503 {
		t.Errorf("known long ago: %s", res.Status)
	}
	if strings.Contains(st.out.String(), k.Value) {
		t.Error("the log holds a session id")
	}
}

func TestLargeBody(t *testing.T) {
	t.Parallel()
	st := newSite(t, withHome).withUser()
	if res := st.ask("POST", "/login", credentials("x", strings.Repeat("x", 2<<20))); res.StatusCode != 413 {
		t.Errorf("2 MiB: %s", res.Status)
	}
	if res := st.ask("POST", "/login", nil, header("Content-Type", "application/x-www-form-urlencoded; =")); res.StatusCode >= 500 {
		t.Errorf("nonsense: %s", res.Status)
	}
}

// TestLogHoldsNoQuery: what people search for, and where they go next, is theirs.
func TestLogHoldsNoQuery(t *testing.T) {
	t.Parallel()
	st := newSite(t, withHome).withUser()
	k := st.login()
	st.ask("GET", "/test/home?q=query-of-mine", nil, with(k), header("Authorization", "Bearer bsw_secret-token"), header("Referer", "http://example.com/?r=referer-of-mine"))
	out := st.out.String()
	for _, secret := range []string{"query-of-mine", "referer-of-mine", "secret-token", k.Value, testPassword} {
		if strings.Contains(out, secret) {
			t.Errorf("the log holds %.10s…", secret)
		}
	}
	if !strings.Contains(out, "path=/test/home") || !strings.Contains(out, "user=admin") {
		t.Errorf("no request log:\n%s", out)
	}
}

func TestPagesAreCompressed(t *testing.T) {
	t.Parallel()
	st := newSite(t, withHome).withUser()
	res := st.ask("GET", "/login", nil, header("Accept-Encoding", "gzip"))
	if res.Header.Get("Content-Encoding") != "gzip" || !strings.Contains(res.Header.Get("Vary"), "Accept-Encoding") {
		t.Errorf("headers %v", res.Header)
	}
	if res := st.ask("GET", "/test/stream", nil, with(st.login()), header("Accept-Encoding", "gzip")); res.Header.Get("Content-Encoding") != "" {
		t.Error("streams are held up by compression")
	}
}

// TestToasts: to htmx they go along; a plain form's wait for the next page.
func TestToasts(t *testing.T) {
	t.Parallel()
	st := newSite(t, func(s *Server) []route {
		return append(withHome(s), route{"POST", "/test/act", "test.act", func(c echo.Context) error {
			s.toast(c, ui.Toast{State: "ok", Text: "Started"})
			if c.QueryParam("redirect") == "" && isHTMX(c) {
				return s.render(c, http.StatusOK, ui.Toasts(nil))
			}
			return s.seeOther(c, "/test/home")
		}, signedIn, asPage})
	}).withUser()
	k := st.login()
	if body := text(t, st.ask("POST", "/test/act", url.Values{}, with(k), header("HX-Request", "true"))); !strings.Contains(body, "<hx-partial") || !strings.Contains(body, "Started") {
		t.Errorf("htmx: %s", body)
	}
	if body := text(t, st.ask("GET", "/test/home", nil, with(k))); body != "hello admin" {
		t.Errorf("it comes again: %s", body)
	}
	for _, set := range []func(*http.Request){header("Accept", "text/html"), header("HX-Request", "true")} {
		st.ask("POST", "/test/act?redirect=1", url.Values{}, with(k), set)
		if body := text(t, st.ask("GET", "/test/home", nil, with(k))); body != "toast: Started\nhello admin" {
			t.Errorf("after a redirect: %s", body)
		}
	}
}
