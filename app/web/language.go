package web

import (
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/views/i18n"
)

// languageCookie keeps the language that was chosen in this browser.
const languageCookie = "botswain_language"

// tr is the text of a key in the language of who asks.
func tr(c echo.Context, key i18n.Key, args ...any) string {
	return i18n.T(c.Request().Context(), key, args...)
}

// speak puts the language into the request's context before anything is answered: what the page was
// drawn in (?lang=, live parts only), the browser's cookie, Accept-Language, English. guard looks again when it knows who asks. Programs
// are answered in English, as services speak.
func (s *Server) speak(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		setLanguage(c, languageOf(c.Request(), ""))
		return next(c)
	}
}

// languageOf finds the language for a request; stored is what its user has chosen, or "".
func languageOf(r *http.Request, stored string) *i18n.Language {
	if l, ok := i18n.Find(stored); ok {
		return l
	}
	if k, err := r.Cookie(languageCookie); err == nil {
		if l, ok := i18n.Find(k.Value); ok {
			return l
		}
	}
	return i18n.Match(r.Header.Get("Accept-Language"))
}

// speakTo is speak for somebody who is known by now.
func (s *Server) speakTo(c echo.Context, r route) {
	l := i18n.English()
	if r.kind == asPage || r.kind == asLive {
		l = languageOf(c.Request(), userOf(c).Language)
	}
	if r.kind == asLive { // a page keeps its language until it is loaded again, and so do its parts
		if own, ok := i18n.Find(c.QueryParam("lang")); ok {
			l = own
		}
	}
	setLanguage(c, l)
}

func setLanguage(c echo.Context, l *i18n.Language) {
	c.SetRequest(c.Request().WithContext(i18n.With(c.Request().Context(), l)))
}

// chooseLanguage answers POST /language: keeps the choice in the browser and, for who is signed in,
// with the account, and leads back. An empty choice is the browser's own again.
func (s *Server) chooseLanguage(c echo.Context) error {
	if err := parseForm(c); err != nil {
		return err
	}
	l, known := i18n.Find(c.Request().PostForm.Get("language"))
	cookie := &http.Cookie{Name: languageCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.secure(c.Request())}
	if known {
		const year = 365 * 24 * time.Hour
		cookie.Value, cookie.MaxAge = l.Tag(), int(year/time.Second)
	}
	if u := userOf(c); u.Username != "" {
		if err := s.auth.SetLanguage(c.Request().Context(), u.ID, cookie.Value); err != nil {
			return err
		}
	}
	c.SetCookie(cookie)
	return s.seeOther(c, s.pageBefore(c.Request()))
}

// pageBefore is the page of ours that a form was on, when it can be read again; otherwise the first one.
func (s *Server) pageBefore(r *http.Request) string {
	from, err := url.Parse(r.Referer())
	if err != nil || from.Host != r.Host {
		return "/"
	}
	found := s.echo.NewContext(nil, nil)
	s.echo.Router().Find(http.MethodGet, from.Path, found)
	if page, ok := s.table[http.MethodGet+" "+found.Path()]; !ok || page.kind != asPage {
		return "/"
	}
	switch from.Path {
	case "/login", "/setup": // safeNext leaves these out, because nobody is to be led there after signing in
		return from.RequestURI()
	}
	return orHome(safeNext(from.RequestURI()))
}
