package web

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/views/i18n"
)

func languageIn(t *testing.T, res *http.Response) string {
	t.Helper()
	_, rest, _ := strings.Cut(text(t, res), `<html lang="`)
	tag, _, _ := strings.Cut(rest, `"`)
	if tag != res.Header.Get("Content-Language") {
		t.Errorf("the page is in %q and Content-Language says %q", tag, res.Header.Get("Content-Language"))
	}
	return tag
}

func choice(tag string) *http.Cookie { return &http.Cookie{Name: languageCookie, Value: tag} }

// TestLanguageOfBrowser: without an account it is the cookie's, then the browser's, then English.
func TestLanguageOfBrowser(t *testing.T) {
	t.Parallel()
	st := newSite(t, withHome).withUser()
	german := header("Accept-Language", "de-DE,de;q=0.9,en;q=0.8")
	for _, tt := range []struct {
		what, want string
		set        []func(*http.Request)
	}{
		{"nothing said", "en", nil},
		{"German browser", "de", []func(*http.Request){german}},
		{"French browser", "en", []func(*http.Request){header("Accept-Language", "fr")}},
		{"broken header", "en", []func(*http.Request){header("Accept-Language", ";;q=,")}},
		{"chosen English", "en", []func(*http.Request){german, with(choice("en"))}},
		{"chosen German", "de", []func(*http.Request){with(choice("de"))}},
		{"invented choice", "de", []func(*http.Request){german, with(choice("tlh"))}},
	} {
		res := st.ask("GET", "/login", nil, tt.set...)
		if vary := strings.Join(res.Header.Values("Vary"), ", "); !strings.Contains(vary, "Accept-Language") || !strings.Contains(vary, "Cookie") {
			t.Errorf("%s: Vary %q", tt.what, vary)
		}
		if got := languageIn(t, res); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.what, got, tt.want)
		}
	}
	// Errors speak it too, wherever they come from.
	if page := text(t, st.ask("GET", "/nowhere", nil, german)); !strings.Contains(page, "Seite nicht gefunden") {
		t.Errorf("not found: %s", page)
	}
	if page := text(t, st.ask("POST", "/login", credentials("x", "y"), german, header("Sec-Fetch-Site", "cross-site"))); !strings.Contains(page, "andere") {
		t.Errorf("cross-site: %s", page)
	}
	if page := text(t, st.ask("POST", "/login", credentials("x", "y"), german)); !strings.Contains(page, "Benutzername oder Passwort ist falsch.") {
		t.Errorf("wrong password: %s", page)
	}
	// Programs are answered in English.
	if body := text(t, st.ask("GET", "/api/v1/nothing", nil, german)); !strings.Contains(body, "API token") {
		t.Errorf("API: %s", body)
	}
}

// TestLanguageIsChosen: on the sign-in page by a cookie, and for who is signed in with the account.
func TestLanguageIsChosen(t *testing.T) {
	t.Parallel()
	st := newSite(t, withHome).withUser()
	form := func(tag string) url.Values { return url.Values{"language": {tag}} }
	from := header("Referer", "http://example.com/login?next=%2Ftest%2Fhome")
	res := st.ask("POST", "/language", form("de"), from)
	if res.StatusCode != 303 || res.Header.Get("Location") != "/login?next=%2Ftest%2Fhome" || len(res.Cookies()) != 1 {
		t.Fatalf("%s to %q with %v", res.Status, res.Header.Get("Location"), res.Cookies())
	}
	if k := res.Cookies()[0]; k.Name != languageCookie || k.Value != "de" || !k.HttpOnly || k.SameSite != http.SameSiteLaxMode || k.Path != "/" || k.MaxAge < 86400 {
		t.Errorf("cookie %+v", *k)
	}
	for _, referer := range []string{"", "http://evil.example/test/home", "http://example.com/nowhere", "http://example.com/bots/new/look", "http://example.com/logout", "%"} {
		if to := st.ask("POST", "/language", form("de"), header("Referer", referer)).Header.Get("Location"); to != "/" {
			t.Errorf("from %q to %q", referer, to)
		}
	}

	session := st.login()
	stored := func() string {
		u, err := st.auth.UserByName(t.Context(), testUser)
		if err != nil {
			t.Fatal(err)
		}
		return u.Language
	}
	if res := st.ask("POST", "/language", form("de"), with(session), header("Referer", "http://example.com/test/home")); res.Header.Get("Location") != "/test/home" || stored() != "de" {
		t.Errorf("to %q, stored %q", res.Header.Get("Location"), stored())
	}
	// Another browser of the same person speaks it too; the account's choice goes before the cookie's.
	other := st.login()
	if got := languageIn(t, st.ask("GET", "/bots/not-a-bot", nil, with(other), with(choice("en")), header("Accept-Language", "en"))); got != "de" {
		t.Errorf("another browser gets %s", got)
	}
	for _, invented := range []string{"", "tlh", "de; Path=/", strings.Repeat("x", 5000)} {
		res := st.ask("POST", "/language", form(invented), with(session))
		if res.StatusCode != 303 || stored() != "" || len(res.Cookies()) == 0 || res.Cookies()[0].MaxAge >= 0 {
			t.Errorf("%.20q: %s, stored %q, %v", invented, res.Status, stored(), res.Cookies())
		}
	}
	if got := languageIn(t, st.ask("GET", "/bots/not-a-bot", nil, with(other), header("Accept-Language", "de"))); got != "de" {
		t.Errorf("without a choice the browser's: %s", got)
	}
}

// TestDrawnOnceForEachLanguage: browsers of one language share a drawing, those of another get theirs.
func TestDrawnOnceForEachLanguage(t *testing.T) {
	t.Parallel()
	cache := newFragments()
	var drawn atomic.Int64
	word := templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		drawn.Add(1)
		_, err := io.WriteString(w, i18n.T(ctx, "state.running"))
		return err
	})
	p := part{target: "state", rev: "1", key: "state", draw: just(word)}
	var all sync.WaitGroup
	for n := range 40 {
		l := i18n.Languages()[n%2]
		all.Go(func() {
			var out strings.Builder
			if err := newSender(cache).write(i18n.With(t.Context(), l), &out, []part{p}); err != nil {
				t.Error(err)
			}
			if want := ">" + l.T("state.running") + "<"; !strings.Contains(out.String(), want) {
				t.Errorf("%s gets %s", l.Tag(), out.String())
			}
		})
	}
	all.Wait()
	if drawn.Load() != 2 {
		t.Errorf("drawn %d times for two languages", drawn.Load())
	}
}

// TestPartsKeepTheLanguageOfTheirPage: what a page's stream sends is in the language of the page,
// whatever the browser or its cookie says by then.
func TestPartsKeepTheLanguageOfTheirPage(t *testing.T) {
	t.Parallel()
	st := newSite(t, func(s *Server) []route {
		return append(withHome(s), route{"GET", "/test/live", "test.live", func(c echo.Context) error {
			return c.String(http.StatusOK, tr(c, "state.running"))
		}, signedIn, asLive})
	}).withUser()
	session := with(st.login())
	for address, want := range map[string]string{"/test/live?lang=de": "Läuft", "/test/live?lang=en": "Running", "/test/live?lang=tlh": "Läuft", "/test/live": "Läuft"} {
		if got := text(t, st.ask("GET", address, nil, session, header("Accept-Language", "de"))); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
}
