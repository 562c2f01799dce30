package web

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/auth"
)

// probed is the real table with a probe for each handler: it counts who gets past the guard.
func probed(reached map[string]int) func(*Server) []route {
	return func(s *Server) []route {
		list := s.routes()
		for i, r := range list {
			list[i].handler = func(c echo.Context) error {
				reached[c.Request().Method+" "+r.path]++
				return c.NoContent(http.StatusNoContent)
			}
		}
		return list
	}
}

// addressOf makes an address of a route's pattern.
func addressOf(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		switch {
		case strings.HasPrefix(p, ":"):
			parts[i] = "0b8f8d0e-6a6e-4b7e-9a53-2f0c4d1e7a11"
		case p == "*":
			parts[i] = "some/thing"
		}
	}
	return strings.Join(parts, "/")
}

// answer is what somebody who may not gets to see.
type answer struct {
	status    int
	to        string // Location
	hxTo      string // HX-Redirect
	bodyKind  string // Content-Type, where there is a body
	challenge bool   // WWW-Authenticate
}

func (st *site) answer(method, path string, set ...func(*http.Request)) answer {
	st.t.Helper()
	var form url.Values
	if method == "POST" {
		form = url.Values{"name": {"x"}}
	}
	res := st.ask(method, addressOf(path), form, set...)
	wantSecure(st.t, method+" "+path, res)
	a := answer{status: res.StatusCode, to: res.Header.Get("Location"), hxTo: res.Header.Get("HX-Redirect"), challenge: res.Header.Get("WWW-Authenticate") != ""}
	if text(st.t, res) != "" {
		a.bodyKind, _, _ = strings.Cut(res.Header.Get("Content-Type"), ";")
	}
	return a
}

func wantSecure(t *testing.T, what string, res *http.Response) {
	t.Helper()
	h := res.Header
	csp := h.Get("Content-Security-Policy")
	if !strings.HasPrefix(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") || !strings.Contains(csp, "frame-ancestors 'none'") {
		t.Errorf("%s: policy %q", what, csp)
	}
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin", "X-Frame-Options": "DENY",
	} {
		if h.Get(name) != want {
			t.Errorf("%s: %s is %q, want %q", what, name, h.Get(name), want)
		}
	}
	if h.Get("X-Request-Id") == "" || h.Get("Permissions-Policy") == "" || h.Get("Cache-Control") == "" {
		t.Errorf("%s: headers are missing: %v", what, h)
	}
}

// TestEveryRouteWithoutSession walks the table: nobody gets past the guard without being known,
// and hears of it in the way that what asked can understand.
func TestEveryRouteWithoutSession(t *testing.T) {
	t.Parallel()
	reached := map[string]int{}
	st := newSite(t, probed(reached)).withUser()
	for _, key := range slices.Sorted(maps.Keys(st.table)) {
		r := st.table[key]
		method, path, _ := strings.Cut(key, " ")
		for name, set := range map[string][]func(*http.Request){
			"nothing":          nil,
			"made-up session":  {with(&http.Cookie{Name: "botswain_session", Value: strings.Repeat("A", 43)})},
			"made-up token":    {header("Authorization", "Bearer bsw_"+strings.Repeat("A", 43))},
			"htmx":             {header("HX-Request", "true"), header("HX-Current-URL", "http://example.com/bots/new?x=1")},
			"event stream":     {header("Accept", "text/event-stream")},
			"odd cookie":       {header("Cookie", "botswain_session=\"; botswain_session=")},
			"basic auth":       {header("Authorization", "Basic YWRtaW46YWRtaW4=")},
			"wants to be json": {header("Accept", "application/json")},
		} {
			clear(reached)
			got, want := st.answer(method, path, set...), refusal(r, method, path, name == "htmx")
			if r.access == public {
				if reached[key] != 1 {
					t.Errorf("%s, %s: public, but answered %+v", key, name, got)
				}
				continue
			}
			if got != want {
				t.Errorf("%s, %s: got %+v, want %+v", key, name, got, want)
			}
			if len(reached) > 0 {
				t.Errorf("%s, %s: the handler was reached", key, name)
			}
		}
	}
}

// refusal is what the contract wants for somebody unknown.
func refusal(r route, method, path string, htmx bool) answer {
	switch {
	case r.access == withToken, r.access == withRunToken:
		return answer{status: 401, bodyKind: "application/problem+json", challenge: true}
	case r.kind == asLive:
		return answer{status: 401, bodyKind: "text/plain"}
	case r.access == onlySetup && htmx:
		return answer{status: 204, hxTo: "/"}
	case r.access == onlySetup:
		return answer{status: 303, to: "/"}
	case htmx:
		return answer{status: 401, hxTo: "/login?next=%2Fbots%2Fnew%3Fx%3D1"}
	case method == "GET" || method == "HEAD":
		return answer{status: 303, to: loginURL(addressOf(path))}
	}
	return answer{status: 303, to: "/login"}
}

// TestEveryRouteWithSession: a session opens what is for people, and nothing that is for programs.
func TestEveryRouteWithSession(t *testing.T) {
	t.Parallel()
	reached := map[string]int{}
	st := newSite(t, probed(reached)).withUser()
	user, err := st.auth.UserByName(t.Context(), testUser)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := st.auth.CreateToken(t.Context(), user.ID, "test", 0)
	if err != nil {
		t.Fatal(err)
	}
	cookie := st.session()
	for _, key := range slices.Sorted(maps.Keys(st.table)) {
		r := st.table[key]
		method, path, _ := strings.Cut(key, " ")
		clear(reached)
		st.answer(method, path, with(cookie))
		if want := r.access == public || r.access == signedIn; (reached[key] == 1) != want {
			t.Errorf("%s with a session: reached %v, want %v", key, !want, want)
		}
		clear(reached)
		st.answer(method, path, header("Authorization", "Bearer "+raw))
		if want := r.access == public || r.access == withToken; (reached[key] == 1) != want {
			t.Errorf("%s with a token: reached %v, want %v", key, !want, want)
		}
		clear(reached)
		st.answer(method, path, header("Authorization", "Bearer "+testRunToken))
		if want := r.access == public || r.access == withRunToken; (reached[key] == 1) != want {
			t.Errorf("%s with the token of a run: reached %v, want %v", key, !want, want)
		}
	}
}

// session signs in past the form, which the probes replace.
func (st *site) session() *http.Cookie {
	st.t.Helper()
	ctx, err := st.auth.Load(st.t.Context(), "", "192.0.2.1")
	if err != nil {
		st.t.Fatal(err)
	}
	user, err := st.auth.UserByName(ctx, testUser)
	if err != nil {
		st.t.Fatal(err)
	}
	if err := st.auth.SignIn(ctx, user, auth.SignIn{}); err != nil {
		st.t.Fatal(err)
	}
	rec := httptest.NewRecorder()
	st.auth.Save(ctx, rec, false)
	return cookieOf(rec.Result())
}

// TestEveryRouteCrossSite: what another site makes a browser send changes nothing, with or without
// a session, whatever way the browser tells where it comes from.
func TestEveryRouteCrossSite(t *testing.T) {
	t.Parallel()
	reached := map[string]int{}
	st := newSite(t, probed(reached)).withUser()
	cookie := st.session()
	for _, key := range slices.Sorted(maps.Keys(st.table)) {
		method, path, _ := strings.Cut(key, " ")
		safe := method == "GET" || method == "HEAD" || method == "OPTIONS"
		for name, set := range map[string]func(*http.Request){
			"cross-site":   header("Sec-Fetch-Site", "cross-site"),
			"same-site":    header("Sec-Fetch-Site", "same-site"),
			"other origin": header("Origin", "https://evil.example"),
			"null origin":  header("Origin", "null"),
		} {
			clear(reached)
			got := st.answer(method, path, with(cookie), set)
			if !safe && (got.status != http.StatusForbidden || len(reached) > 0) {
				t.Errorf("%s, %s: got %+v, reached %v", key, name, got, reached)
			}
		}
		clear(reached)
		r := st.table[key]
		st.answer(method, path, with(cookie), header("Sec-Fetch-Site", "same-origin"), header("Origin", "http://example.com"))
		if want := r.access == public || r.access == signedIn; (reached[key] == 1) != want {
			t.Errorf("%s from our own pages: reached %v, want %v", key, !want, want)
		}
	}
}

// TestEveryRouteBeforeSetup: without any user everything for people leads to the set-up page.
func TestEveryRouteBeforeSetup(t *testing.T) {
	t.Parallel()
	reached := map[string]int{}
	st := newSite(t, probed(reached))
	for _, key := range slices.Sorted(maps.Keys(st.table)) {
		r := st.table[key]
		method, path, _ := strings.Cut(key, " ")
		clear(reached)
		got := st.answer(method, path)
		switch {
		case r.access == public, r.access == onlySetup:
			if reached[key] != 1 {
				t.Errorf("%s: got %+v", key, got)
			}
		case r.access == signedIn && r.kind == asPage:
			if got.status != 303 || got.to != "/setup" {
				t.Errorf("%s: got %+v, want /setup", key, got)
			}
		default:
			if got.status != 401 {
				t.Errorf("%s: got %+v, want 401", key, got)
			}
		}
	}
}

// TestTableIsComplete: a route that doesn't say who may call it, or that reached Echo past the
// table, stops the server from being built.
func TestTableIsComplete(t *testing.T) {
	t.Parallel()
	ok := func(c echo.Context) error { return nil }
	for name, bad := range map[string][]route{
		"no access":           {{"GET", "/x", "x", ok, 0, asPage}},
		"unknown access":      {{"GET", "/x", "x", ok, 99, asPage}},
		"no handler":          {{"GET", "/x", "x", nil, signedIn, asPage}},
		"no name":             {{"GET", "/x", "", ok, signedIn, asPage}},
		"twice":               {{"GET", "/x", "x", ok, signedIn, asPage}, {"GET", "/x", "y", ok, public, asPage}},
		"session for program": {{"GET", "/x", "x", ok, signedIn, asProgram}},
		"run for page":        {{"GET", "/x", "x", ok, withRunToken, asPage}},
		"token for page":      {{"GET", "/x", "x", ok, withToken, asPage}},
	} {
		if _, err := newServer(Deps{}, func(*Server) []route { return bad }); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	_, err := newServer(Deps{}, func(s *Server) []route {
		s.echo.GET("/secret", ok)
		return nil
	})
	if err == nil {
		t.Error("a route past the table is accepted")
	}
}

// TestNames: names are for links and logs, so one name is one route.
func TestNames(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, r := range (&Server{}).routes() {
		if other, twice := seen[r.name]; twice {
			t.Errorf("%s %s has the name of %s", r.method, r.path, other)
		}
		seen[r.name] = r.method + " " + r.path
	}
}

func TestNoRoute(t *testing.T) {
	t.Parallel()
	st := newSite(t, (*Server).routes).withUser()
	for _, c := range []struct {
		method, path, kind string
		status             int
	}{
		{"GET", "/nowhere", "text/html", 404},
		{"GET", "/healthz/more", "text/html", 404},
		{"GET", "/api", "application/problem+json", 404},
		{"POST", "/healthz", "text/plain", 405},
		{"POST", "/api/openapi.json", "application/problem+json", 405},
		{"PUT", "/login", "text/html", 405},
		{"TRACE", "/login", "text/html", 405},
		{"GET", "/api/v1/report", "application/problem+json", 401}, // as any other path there
		{"GET", "/api/v2/bots", "application/problem+json", 404},
		{"GET", "/static/no-such-file.js", "text/plain", 404},
	} {
		res := st.ask(c.method, c.path, nil)
		if kind, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";"); res.StatusCode != c.status || kind != c.kind {
			t.Errorf("%s %s: %d %s, want %d %s", c.method, c.path, res.StatusCode, kind, c.status, c.kind)
		}
		if allow := res.Header.Get("Allow"); c.status == 405 && !strings.HasPrefix(allow, "GET, HEAD") {
			t.Errorf("%s %s: Allow is %q", c.method, c.path, allow)
		}
		wantSecure(t, c.path, res)
	}
	session := with(st.login())
	for method, path := range map[string]string{"GET": "/nowhere", "PUT": "/login"} {
		if page := text(t, st.ask(method, path, nil, session)); !strings.Contains(page, "To the dashboard") || strings.Contains(page, "To the sign-in") {
			t.Errorf("%s %s doesn't lead a person who is signed in to the dashboard", method, path)
		}
	}
}

func TestSafeNext(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"/bots/new?x=1": "/bots/new?x=1", "/": "/", "": "", "bots": "", "https://evil.example/": "", "//evil.example/": "",
		"/\\evil.example": "", "\\\\evil.example": "", "/\t/evil.example": "", "/%zz": "", "javascript:alert(1)": "", "/login?next=/x": "", "/logout": "",
		"/a\r\nSet-Cookie: x=y": "", "/" + strings.Repeat("x", 3000): "", "/..//evil.example": "",
	} {
		if got := safeNext(in); got != want {
			t.Errorf("safeNext(%q) = %q, want %q", in, got, want)
		}
	}
}
