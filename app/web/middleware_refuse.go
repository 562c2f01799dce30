package web

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"
)

// refuse answers a person who isn't signed in: to the sign-in page and, after it, back.
func (s *Server) refuse(c echo.Context) error {
	needed, err := s.auth.NeedsSetup(c.Request().Context())
	if err != nil {
		return err
	}
	to := "/setup"
	if !needed {
		to = loginURL(backTo(c.Request()))
	}
	if wantsFragment(c.Request()) {
		c.Response().Header().Set("HX-Redirect", to)
		return c.NoContent(http.StatusUnauthorized)
	}
	return c.Redirect(http.StatusSeeOther, to)
}

func loginURL(next string) string {
	if next == "" || next == "/" {
		return "/login"
	}
	return "/login?" + url.Values{"next": {next}}.Encode()
}

// backTo is the page to return to: what was asked for, or the page that a form or script was on.
func backTo(r *http.Request) string {
	from := ""
	switch {
	case wantsFragment(r):
		from = r.Header.Get("HX-Current-URL")
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		return safeNext(r.URL.RequestURI())
	default:
		from = r.Referer()
	}
	u, err := url.Parse(from)
	if err != nil || u.Host != r.Host {
		return ""
	}
	return safeNext(u.RequestURI())
}

// safeNext lets only paths of ours through, "" for anything else: a link to the sign-in page must
// not lead people to another site afterwards.
func safeNext(next string) string {
	if len(next) > 2000 || !strings.HasPrefix(next, "/") {
		return ""
	}
	if strings.ContainsAny(next, "\\") || strings.ContainsFunc(next, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return ""
	}
	u, err := url.Parse(next)
	if err != nil || u.Host != "" || u.Scheme != "" || strings.Contains(u.Path, "//") {
		return ""
	}
	switch u.Path {
	case "/login", "/logout", "/setup":
		return ""
	}
	return next
}
