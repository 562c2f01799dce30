package auth

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
)

const sessionRows = "select count(*) from user_sessions"

func TestSessionCookie(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ada := f.user("ada")
	for _, remember := range []bool{false, true} {
		for _, secure := range []bool{false, true} {
			ctx, err := f.Load(t.Context(), "", home)
			if err != nil {
				t.Fatal(err)
			}
			if err := f.SignIn(ctx, ada, SignIn{Remember: remember}); err != nil {
				t.Fatal(err)
			}
			rec := httptest.NewRecorder()
			f.Save(ctx, rec, secure)
			k := rec.Result().Cookies()[0]
			if k.Name != "botswain_session" || !k.HttpOnly || k.SameSite != http.SameSiteLaxMode || k.Path != "/" || k.Domain != "" {
				t.Errorf("cookie without its flags: %s=…; HttpOnly=%v SameSite=%v Path=%s", k.Name, k.HttpOnly, k.SameSite, k.Path)
			}
			if k.Secure != secure {
				t.Errorf("Secure is %v for a request whose security is %v", k.Secure, secure)
			}
			if kept := k.MaxAge > 29*24*3600; kept != remember || !remember && (k.MaxAge != 0 || !k.Expires.IsZero()) {
				t.Errorf("remember %v: MaxAge %d, Expires %s", remember, k.MaxAge, k.Expires)
			}
		}
	}
}

// TestVisitorsLeaveNothing: looking at a page without signing in makes neither row nor cookie.
func TestVisitorsLeaveNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, cookie := range []string{"", "made-up", strings.Repeat("x", 5000), "\x00\xff"} {
		_, set := f.request(cookie, func(ctx context.Context) { f.Sessions().Put(ctx, "flash", "hello") })
		if set != nil {
			t.Error("a visitor got a cookie")
		}
	}
	if n := f.count(sessionRows); n != 0 {
		t.Errorf("visitors made %d sessions", n)
	}
}

func TestSignInChangesTheToken(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ada := f.user("ada")
	planted, _ := f.request("planted-by-somebody-else", func(ctx context.Context) {
		if err := f.SignIn(ctx, ada, SignIn{}); err != nil {
			t.Fatal(err)
		}
	})
	if planted == "planted-by-somebody-else" || f.who("planted-by-somebody-else") != "" {
		t.Error("a planted id became a session")
	}
	second, _ := f.request(planted, func(ctx context.Context) {
		f.Sessions().Put(ctx, "secret of the first", "x")
		if err := f.SignIn(ctx, ada, SignIn{}); err != nil {
			t.Fatal(err)
		}
	})
	if second == planted || f.who(planted) != "" || f.who(second) != "ada" {
		t.Error("a second sign-in keeps the first token")
	}
	f.request(second, func(ctx context.Context) {
		if f.Sessions().Exists(ctx, "secret of the first") {
			t.Error("values of the session before went over")
		}
	})
	if n := f.count(sessionRows); n != 1 {
		t.Errorf("%d sessions, want 1", n)
	}
	if n := f.count("select count(*) from user_sessions where encode(token_hash, 'escape') like '%" + second + "%' or encode(data, 'escape') like '%" + second + "%'"); n != 0 {
		t.Error("the token itself is stored")
	}
}

func TestSignOut(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	cookie := f.signIn(f.user("ada"), SignIn{})
	other := f.signIn(User{ID: f.mustUser("ada").ID, Username: "ada"}, SignIn{})
	_, set := f.request(cookie, func(ctx context.Context) {
		if err := f.SignOut(ctx); err != nil {
			t.Fatal(err)
		}
	})
	if set == nil || set.MaxAge >= 0 {
		t.Error("the cookie isn't taken back")
	}
	if f.who(cookie) != "" || f.who(other) != "ada" {
		t.Error("signing out ended the wrong sessions")
	}
	_, err := f.UserBySession(t.Context(), cookie)
	wantCode(t, err, fault.Unauthorized)
	if !slices.Contains(f.heard.kinds(), event.UserLogout) {
		t.Error("not recorded")
	}
	f.request("", func(ctx context.Context) {
		if err := f.SignOut(ctx); err != nil {
			t.Errorf("without a session: %v", err)
		}
	})
}

func (f *fixture) mustUser(name string) User {
	f.t.Helper()
	u, err := f.UserByName(f.t.Context(), name)
	if err != nil {
		f.t.Fatal(err)
	}
	return u
}

// TestEndedSessionStaysEnded: a request that was under way when its session was ended, and that
// changed something in it, doesn't bring it back.
func TestEndedSessionStaysEnded(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	cookie := f.signIn(f.user("ada"), SignIn{})
	f.request(cookie, func(ctx context.Context) {
		f.request(cookie, func(inner context.Context) { _ = f.SignOut(inner) })
		f.Sessions().Put(ctx, "flash", "saved")
	})
	if f.who(cookie) != "" || f.count(sessionRows) != 0 {
		t.Error("the session is back")
	}
}

func TestSessionKeepsValues(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	cookie := f.signIn(f.user("ada"), SignIn{Remember: true})
	_, set := f.request(cookie, func(ctx context.Context) { f.Sessions().Put(ctx, "flash", "saved") })
	if set == nil || set.Value != cookie || set.MaxAge <= 0 {
		t.Error("a change of values loses the kept cookie")
	}
	f.request(cookie, func(ctx context.Context) {
		if got := f.Sessions().PopString(ctx, "flash"); got != "saved" {
			t.Errorf("got %q", got)
		}
	})
	f.request(cookie, func(ctx context.Context) {
		if f.Sessions().Exists(ctx, "flash") {
			t.Error("a value that was taken is still there")
		}
	})
}

func TestSessionEndsByItself(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ada := f.user("ada")
	short, kept := f.signIn(ada, SignIn{}), f.signIn(ada, SignIn{Remember: true})
	f.clock.add(11 * time.Hour)
	if f.who(short) != "ada" {
		t.Fatal("ended early")
	}
	f.clock.add(11 * time.Hour) // used in between, so still not idle for long enough
	if _, err := f.UserBySession(t.Context(), short); err != nil {
		t.Fatal("use doesn't move the end on")
	}
	f.clock.add(time.Hour) // streams don't count as use
	if _, err := f.UserBySession(t.Context(), short); fault.CodeOf(err) != fault.Unauthorized || f.who(short) != "" {
		t.Errorf("idle for 12 h and still there: %v", err)
	}
	if f.who(kept) != "ada" {
		t.Error("the kept one ended too")
	}
	f.clock.add(29*24*time.Hour + 2*time.Hour)
	if f.who(kept) != "" {
		t.Error("a kept session outlives 30 days")
	}
	f.signIn(ada, SignIn{})
	if n := f.count(sessionRows); n != 1 {
		t.Errorf("%d rows: ended ones aren't cleaned up", n)
	}
}

// TestUsedSessionEndsAfterLifetime: use doesn't move the end past 30 days.
func TestUsedSessionEndsAfterLifetime(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	cookie := f.signIn(f.user("ada"), SignIn{})
	for range 29 * 3 {
		f.clock.add(8 * time.Hour)
		if f.who(cookie) != "ada" {
			t.Fatal("ended early")
		}
	}
	for range 4 {
		f.clock.add(8 * time.Hour)
		f.who(cookie)
	}
	if f.who(cookie) != "" {
		t.Error("still there after 30 days")
	}
}

func TestLastSeenOnceAMinute(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	cookie := f.signIn(f.user("ada"), SignIn{UserAgent: "Browser\x00 " + strings.Repeat("x", 999), IP: home})
	seen := func() (at time.Time) {
		if err := f.pool.QueryRow(t.Context(), "select last_seen_at from user_sessions").Scan(&at); err != nil {
			t.Fatal(err)
		}
		return at
	}
	start := seen()
	f.clock.add(59 * time.Second)
	f.who(cookie)
	if !seen().Equal(start) {
		t.Error("written within the minute")
	}
	f.clock.add(time.Second)
	f.who(cookie)
	if !seen().Equal(f.clock.Now()) {
		t.Error("not written after a minute")
	}
}

// TestGrace: while the database is away, who was there a moment ago still is; others can't be told.
func TestGrace(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ada := f.user("ada")
	known, unseen, ended := f.signIn(ada, SignIn{}), f.signIn(ada, SignIn{}), f.signIn(ada, SignIn{})
	f.who(known)
	f.who(ended)
	f.request(ended, func(ctx context.Context) { _ = f.SignOut(ctx) })
	f.pool.Close()

	f.clock.add(graceTime - time.Second)
	if _, set := f.request(known, func(ctx context.Context) { f.Sessions().Put(ctx, "flash", "lost") }); set == nil {
		t.Error("a change that can't be stored fails the request")
	}
	if f.who(known) != "ada" {
		t.Error("not known any more")
	}
	if u, err := f.UserBySession(t.Context(), known); err != nil || u.Username != "ada" {
		t.Errorf("stream: %v", err)
	}
	for name, cookie := range map[string]string{"unseen": unseen, "ended": ended, "made up": "x"} {
		_, err := f.Load(t.Context(), cookie, home)
		wantCode(t, err, fault.Unavailable)
		if _, err := f.UserBySession(t.Context(), cookie); fault.CodeOf(err) != fault.Unavailable {
			t.Errorf("%s: %v", name, err)
		}
	}
	if f.who("") != "" {
		t.Error("without a cookie somebody is known")
	}
	f.clock.add(time.Second)
	_, err := f.Load(t.Context(), known, home)
	wantCode(t, err, fault.Unavailable)
}

func TestNoSessionIDInLog(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	cookie := f.signIn(f.user("ada"), SignIn{})
	f.who(cookie)
	f.pool.Close()
	f.clock.add(2 * time.Minute)
	f.request(cookie, func(ctx context.Context) { f.Sessions().Put(ctx, "flash", "x") })
	if out := f.out.String(); strings.Contains(out, cookie) || !strings.Contains(out, "session not updated") {
		t.Errorf("the log:\n%s", strings.ReplaceAll(out, cookie, "<SESSION ID>"))
	}
}
