package web

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
)

// withHome adds a page for people, so that these tests need no services.
func withHome(s *Server) []route {
	list := []route{
		{"GET", "/test/home", "test.home", func(c echo.Context) error {
			for _, toast := range s.takeToasts(c) {
				fmt.Fprintf(c.Response(), "toast: %s\n", toast.Text)
			}
			return c.String(http.StatusOK, "hello "+userOf(c).Username)
		}, signedIn, asPage},
		{"GET", "/test/stream", "test.stream", func(c echo.Context) error { return c.String(http.StatusOK, userOf(c).Username) }, signedIn, asLive},
	}
	for _, r := range s.routes() {
		if r.path != "/test/home" && r.path != "/test/stream" {
			list = append(list, r)
		}
	}
	return list
}

func credentials(name, password string) url.Values {
	return url.Values{"username": {name}, "password": {password}}
}

func TestLoginPage(t *testing.T) {
	t.Parallel()
	st := newSite(t, withHome).withUser()
	res := st.ask("GET", "/login?next=/test/home", nil)
	page := text(t, res)
	if res.StatusCode != 200 || !strings.Contains(page, `name="password"`) || !strings.Contains(page, `value="/test/home"`) {
		t.Errorf("%s\n%s", res.Status, page)
	}
	if cookieOf(res) != nil || len(res.Cookies()) > 0 {
		t.Error("looking at the page sets a cookie")
	}
	if page := text(t, st.ask("GET", "/login?next=//evil.example", nil)); strings.Contains(page, "evil.example") {
		t.Error("the page leads to another site")
	}
	if strings.Contains(page, "<style") || strings.Contains(page, " style=") || strings.Contains(page, "onclick") {
		t.Error("the page has something inline, which the policy forbids")
	}
}

func TestLoginAndLogout(t *testing.T) {
	t.Parallel()
	st := newSite(t, withHome).withUser()
	form := credentials(testUser, testPassword)
	form.Set("next", "/test/home")
	res := st.ask("POST", "/login", form)
	cookie := cookieOf(res)
	if res.StatusCode != 303 || res.Header.Get("Location") != "/test/home" || cookie == nil {
		t.Fatalf("%s to %q", res.Status, res.Header.Get("Location"))
	}
	if got := res.Header.Values("Cache-Control"); len(got) != 1 || got[0] != "no-store" {
		t.Errorf("Cache-Control %q", got)
	}
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Secure || cookie.MaxAge != 0 || !cookie.Expires.IsZero() {
		t.Errorf("cookie flags: %+v", *cookie)
	}
	if res := st.ask("GET", "/test/home", nil, with(cookie)); res.StatusCode != 200 || text(t, res) != "hello admin" {
		t.Error("not let in")
	}
	if res := st.ask("GET", "/test/stream", nil, with(cookie)); res.StatusCode != 200 || text(t, res) != "admin" || len(res.Cookies()) > 0 {
		t.Error("streams: not let in")
	}
	if res := st.ask("GET", "/login", nil, with(cookie)); res.StatusCode != 303 || res.Header.Get("Location") != "/" {
		t.Error("who is signed in sees the sign-in page")
	}
	if res := st.ask("GET", "/logout", nil, with(cookie)); res.StatusCode != 405 {
		t.Errorf("a link signs people out: %s", res.Status)
	}
	res = st.ask("POST", "/logout", url.Values{}, with(cookie))
	if gone := cookieOf(res); res.StatusCode != 303 || gone == nil || gone.MaxAge >= 0 || gone.Value != "" {
		t.Errorf("logout: %s", res.Status)
	}
	if res := st.ask("GET", "/test/home", nil, with(cookie)); res.StatusCode != 303 || res.Header.Get("Location") != "/login?next=%2Ftest%2Fhome" {
		t.Error("the session outlives the logout")
	}
	if res := st.ask("GET", "/test/stream", nil, with(cookie)); res.StatusCode != 401 || res.Header.Get("Location") != "" {
		t.Error("the session outlives the logout, for streams")
	}
	if res := st.ask("POST", "/logout", url.Values{}); res.StatusCode != 303 {
		t.Errorf("logout without a session: %s", res.Status)
	}
}

func TestLoginByHTMX(t *testing.T) {
	t.Parallel()
	st := newSite(t, withHome).withUser()
	res := st.ask("POST", "/login", credentials(testUser, testPassword), header("HX-Request", "true"))
	if res.StatusCode != 204 || res.Header.Get("HX-Redirect") != "/" || cookieOf(res) == nil {
		t.Errorf("%s to %q", res.Status, res.Header.Get("HX-Redirect"))
	}
}

func TestKeepMeSignedIn(t *testing.T) {
	t.Parallel()
	st := newSite(t, withHome, func(d *Deps) { d.PublicURL = "https://bots.example" }).withUser()
	form := credentials(testUser, testPassword)
	form.Set("remember", "1")
	res := st.ask("POST", "/login", form)
	k := cookieOf(res)
	if k == nil || !k.Secure || k.MaxAge < 29*24*3600 {
		t.Errorf("cookie %+v", k)
	}
	if res.Header.Get("Strict-Transport-Security") == "" {
		t.Error("https without Strict-Transport-Security")
	}
	st.clock.add(20 * 24 * time.Hour)
	if res := st.ask("GET", "/test/home", nil, with(k)); res.StatusCode != 200 {
		t.Error("ended early")
	}
	if res := st.ask("POST", "/logout", url.Values{}, with(k), header("Origin", "https://bots.example")); res.StatusCode != 303 {
		t.Errorf("our own origin is refused behind a proxy: %s", res.Status)
	}
}

// TestSessionFixation: an id that somebody planted in the browser never becomes a session, and the
// id of a session that was there before the login ends.
func TestSessionFixation(t *testing.T) {
	t.Parallel()
	st := newSite(t, withHome).withUser()
	first := st.login()
	for _, before := range []*http.Cookie{{Name: first.Name, Value: strings.Repeat("P", 43)}, first} {
		after := cookieOf(st.ask("POST", "/login", credentials(testUser, testPassword), with(before)))
		if after == nil || after.Value == before.Value {
			t.Fatal("the id stays the same at login")
		}
		if res := st.ask("GET", "/test/home", nil, with(before)); res.StatusCode != 303 {
			t.Error("the id from before the login is good")
		}
	}
}

func TestSessionEnds(t *testing.T) {
	t.Parallel()
	st := newSite(t, withHome).withUser()
	k := st.login()
	st.clock.add(12*time.Hour + time.Second)
	if res := st.ask("GET", "/test/home", nil, with(k)); res.StatusCode != 303 {
		t.Errorf("idle for 12 h: %s", res.Status)
	}
	if res := st.ask("GET", "/test/stream", nil, with(k)); res.StatusCode != 401 {
		t.Errorf("idle for 12 h, stream: %s", res.Status)
	}
}

// TestWrongLogin: the answer doesn't tell whether the user exists, and the pause names its length.
func TestWrongLogin(t *testing.T) {
	t.Parallel()
	st := newSite(t, withHome).withUser()
	shape := func(name, password string) string {
		res := st.ask("POST", "/login", credentials(name, password))
		page := strings.ReplaceAll(text(t, res), `value="`+name+`"`, "NAME")
		page = regexp.MustCompile(`<meta name="now"[^>]*>`).ReplaceAllString(page, "")
		if cookieOf(res) != nil {
			t.Error("a wrong login sets a cookie")
		}
		if strings.Contains(page, password) {
			t.Error("the page gives the password back")
		}
		return res.Status + page
	}
	const wrong = "wrong-password-typed"
	for i := range 5 {
		if known, unknown := shape(testUser, wrong), shape("nobody", wrong); known != unknown || !strings.HasPrefix(known, "401") {
			t.Errorf("try %d: the answers differ:\n%s\n%s", i+1, known, unknown)
		}
	}
	for _, name := range []string{testUser, "nobody"} {
		res := st.ask("POST", "/login", credentials(name, testPassword))
		if res.StatusCode != 429 || res.Header.Get("Retry-After") != "30" {
			t.Errorf("%s: %s, Retry-After %q", name, res.Status, res.Header.Get("Retry-After"))
		}
	}
	st.clock.add(30 * time.Second)
	st.login()
	if out := st.out.String(); strings.Contains(out, wrong) || strings.Contains(out, testPassword) {
		t.Error("the log holds a password")
	}
}

// TestForwardedForIsNotBelieved: a header can't give every try a new address.
func TestForwardedForIsNotBelieved(t *testing.T) {
	t.Parallel()
	st := newSite(t, withHome).withUser()
	status := 0
	for i := range 21 {
		address := fmt.Sprintf("198.51.100.%d", i)
		res := st.ask("POST", "/login", credentials(fmt.Sprintf("name%d", i), "wrong password"),
			header("X-Forwarded-For", address), header("X-Real-Ip", address))
		status = res.StatusCode
	}
	if status != 429 {
		t.Errorf("after 21 tries from one address: %d", status)
	}
}

func TestSetup(t *testing.T) {
	t.Parallel()
	st := newSite(t, withHome)
	for path, want := range map[string]string{"/login": "/setup", "/test/home": "/setup"} {
		if res := st.ask("GET", path, nil); res.StatusCode != 303 || res.Header.Get("Location") != want {
			t.Errorf("%s: %s to %q", path, res.Status, res.Header.Get("Location"))
		}
	}
	code := st.auth.SetupCode()
	if page := text(t, st.ask("GET", "/setup", nil)); !strings.Contains(page, `name="code"`) || strings.Contains(page, code) {
		t.Error("no form, or it gives the code away")
	}
	form := url.Values{"code": {"0000-0000-0000"}, "username": {"ad min"}, "password": {"short"}, "password_again": {"short"}}
	res := st.ask("POST", "/setup", form)
	page := text(t, res)
	if res.StatusCode != 422 || !strings.Contains(page, "This isn&#39;t the code") || !strings.Contains(page, "Use at least 8 characters.") || !strings.Contains(page, "Use only letters") {
		t.Errorf("%s: the errors aren't at their fields\n%s", res.Status, page)
	}
	if strings.Contains(page, "short") {
		t.Error("the page gives the password back")
	}
	form = url.Values{"code": {code}, "username": {testUser}, "password": {testPassword}, "password_again": {"another one"}}
	if res := st.ask("POST", "/setup", form); res.StatusCode != 422 || !strings.Contains(text(t, res), "The two passwords differ.") {
		t.Errorf("different passwords: %s", res.Status)
	}
	form.Set("password_again", testPassword)
	res = st.ask("POST", "/setup", form)
	k := cookieOf(res)
	if res.StatusCode != 303 || res.Header.Get("Location") != "/" || k == nil {
		t.Fatalf("%s to %q", res.Status, res.Header.Get("Location"))
	}
	if got := text(t, st.ask("GET", "/test/home", nil, with(k))); got != "toast: Welcome aboard, admin\nhello admin" {
		t.Errorf("after set-up: %q", got)
	}
	if got := text(t, st.ask("GET", "/test/home", nil, with(k))); got != "hello admin" {
		t.Errorf("the toast comes twice: %q", got)
	}
	if res := st.ask("POST", "/setup", form); res.StatusCode != 303 || res.Header.Get("Location") != "/" {
		t.Errorf("a second set-up: %s", res.Status)
	}
	if out := st.out.String(); strings.Contains(out, code) || strings.Contains(out, testPassword) || strings.Contains(out, k.Value) {
		t.Error("the log holds a secret")
	}
}

// TestSetupAtOnce: many people with the code at the same moment make one administrator.
func TestSetupAtOnce(t *testing.T) {
	t.Parallel()
	st := newSite(t, withHome)
	code := st.auth.SetupCode()
	var wg sync.WaitGroup
	var mu sync.Mutex
	in := 0
	for i := range 5 {
		wg.Go(func() {
			res := st.ask("POST", "/setup", url.Values{"code": {code}, "username": {fmt.Sprintf("admin%d", i)}, "password": {testPassword}})
			mu.Lock()
			defer mu.Unlock()
			if cookieOf(res) != nil {
				in++
			}
			if res.StatusCode >= 500 {
				t.Errorf("%s", res.Status)
			}
		})
	}
	wg.Wait()
	users, err := st.auth.ListUsers(t.Context())
	if err != nil || len(users) != 1 || in != 1 {
		t.Errorf("%d users, %d let in, %v", len(users), in, err)
	}
}
