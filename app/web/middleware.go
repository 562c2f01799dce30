package web

import (
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/botswain/botswain/app/auth"
	"github.com/botswain/botswain/app/fault"
)

// maxBody bounds what a request may send: forms and API calls are small.
const maxBody = 1 << 20

// observe bounds the body, answers errors, and writes the request log. Only the path is logged:
// queries may hold what people searched for or where they go next.
func (s *Server) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := time.Now()
		req := c.Request()
		c.Set(requestIDKey, newRequestID())
		c.Response().Header().Set(echo.HeaderXRequestID, requestID(c))
		req.Body = http.MaxBytesReader(c.Response(), req.Body, maxBody)
		if err := next(c); err != nil {
			c.Error(err)
		}
		s.logRequest(c, time.Since(start))
		return nil
	}
}

// recoverPanics keeps a bug in one request from being more than that.
func (s *Server) recoverPanics(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			switch p := recover(); p {
			case nil:
			case http.ErrAbortHandler:
				panic(p) // net/http's own way to cut a connection
			default:
				err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			}
		}()
		return next(c)
	}
}

// sameSite refuses what another site makes a browser send: only reading is allowed across sites.
func (s *Server) sameSite(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := s.crossSite.Check(c.Request()); err != nil {
			return fault.Wrap(err, fault.Forbidden, "This request came from another site, so it was not carried out.")
		}
		return next(c)
	}
}

// compress makes pages smaller. Streams must go out at once, programs and static files look after
// themselves. Pages of other sites can't make a browser ask with its session (SameSite), so the
// length of an answer tells them nothing.
func compress() echo.MiddlewareFunc {
	return middleware.GzipWithConfig(middleware.GzipConfig{
		MinLength: 1400, // fits a packet anyway
		Skipper: func(c echo.Context) bool {
			r, _ := c.Get(routeKey).(route)
			return r.kind != asPage || strings.HasSuffix(r.path, "/logs/download")
		},
	})
}

// guard enforces the table: it finds out who calls and lets them in or answers why not. What isn't
// in the table is not to be had.
func (s *Server) guard(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r, ok := s.table[c.Request().Method+" "+c.Path()]
		if !ok {
			return s.noRoute(c)
		}
		c.Set(routeKey, r)
		if err := s.identify(c, r); err != nil {
			return err
		}
		s.speakTo(c, r)
		switch r.access {
		case public:
			return next(c)
		case onlySetup:
			return s.whileNotSetUp(c, next)
		case signedIn, withToken:
			if _, ok := auth.UserFrom(c.Request().Context()); ok {
				return next(c)
			}
		case withRunToken:
			return next(c) // identify has looked
		}
		return fault.New(fault.Unauthorized, "Please sign in.")
	}
}

// identify puts who calls into the request's context, by what the route's kind goes by.
func (s *Server) identify(c echo.Context, r route) error {
	switch {
	case r.kind == asPage:
		return s.loadSession(c)
	case r.kind == asLive:
		user, err := s.auth.UserBySession(c.Request().Context(), sessionCookie(c.Request()))
		if err != nil {
			return err
		}
		setUser(c, user)
	case r.access == withToken:
		user, err := s.auth.UserByToken(c.Request().Context(), bearer(c.Request()))
		if err != nil {
			return err
		}
		setUser(c, user)
	case r.access == withRunToken:
		return s.deps.RunToken(bearer(c.Request()))
	}
	return nil
}

func setUser(c echo.Context, u auth.User) {
	c.SetRequest(c.Request().WithContext(auth.WithUser(c.Request().Context(), u)))
}

func (s *Server) whileNotSetUp(c echo.Context, next echo.HandlerFunc) error {
	needed, err := s.auth.NeedsSetup(c.Request().Context())
	switch {
	case err != nil:
		return err
	case needed:
		return next(c)
	}
	return s.seeOther(c, "/")
}

// noRoute says what Echo's router found out: no such path, or not with this method.
func (s *Server) noRoute(c echo.Context) error {
	var allowed []string
	for key, r := range s.table {
		if method, path, _ := strings.Cut(key, " "); path == c.Path() {
			c.Set(routeKey, r) // it is answered as the path's callers expect
			allowed = append(allowed, method)
		}
	}
	if allowed == nil {
		s.knowVisitor(c)
		return echo.ErrNotFound
	}
	slices.Sort(allowed)
	c.Response().Header().Set(echo.HeaderAllow, strings.Join(allowed, ", "))
	s.knowVisitor(c)
	return echo.ErrMethodNotAllowed
}

// knowVisitor finds out who sees an error page of an address that isn't in the table: it leads a person who is signed
// in to the dashboard, others to the sign-in. Whoever can't be made out is one of the others.
func (s *Server) knowVisitor(c echo.Context) {
	if user, err := s.auth.UserBySession(c.Request().Context(), sessionCookie(c.Request())); err == nil {
		setUser(c, user)
	}
}

func bearer(r *http.Request) string {
	scheme, raw, _ := strings.Cut(r.Header.Get(echo.HeaderAuthorization), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(raw)
}

func sessionCookie(r *http.Request) string {
	k, err := r.Cookie(auth.CookieName)
	if errors.Is(err, http.ErrNoCookie) {
		return ""
	}
	return k.Value
}
