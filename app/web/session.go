package web

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/auth"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/views/ui"
)

// flashKey is where a session keeps toasts for the next page.
const flashKey = "flash"

// loadSession reads the request's session, and has it saved right before the answer's header goes
// out. scs' own LoadAndSave would do so for streams and static files as well.
func (s *Server) loadSession(c echo.Context) error {
	ctx, err := s.auth.Load(c.Request().Context(), sessionCookie(c.Request()), c.RealIP())
	if err != nil {
		return err
	}
	c.SetRequest(c.Request().WithContext(ctx))
	c.Set(sessionKey, true)
	c.Response().Before(func() { s.auth.Save(ctx, c.Response(), s.secure(c.Request())) })
	return nil
}

// secure says whether browsers reach us by https, as far as we can know.
func (s *Server) secure(r *http.Request) bool {
	return r.TLS != nil || strings.HasPrefix(s.deps.PublicURL, "https://")
}

// userOf is who is signed in; the zero User on pages that need no session.
func userOf(c echo.Context) auth.User {
	u, _ := auth.UserFrom(c.Request().Context())
	return u
}

// actorOf is who acts, for services and events.
func actorOf(c echo.Context) event.Actor { return event.Actor(userOf(c).Username) }

// keepToasts stores toasts for the next page. Where nobody is signed in they are dropped.
func (s *Server) keepToasts(c echo.Context, list []ui.Toast) {
	if len(list) == 0 || c.Get(sessionKey) == nil {
		return
	}
	ctx := c.Request().Context()
	list = append(s.keptToasts(c), list...)
	if b, err := json.Marshal(list); err == nil {
		s.auth.Sessions().Put(ctx, flashKey, string(b))
	}
}

// keptToasts takes what the page before left.
func (s *Server) keptToasts(c echo.Context) []ui.Toast {
	ctx := c.Request().Context()
	if c.Get(sessionKey) == nil || !s.auth.Sessions().Exists(ctx, flashKey) {
		return nil
	}
	var list []ui.Toast
	_ = json.Unmarshal([]byte(s.auth.Sessions().PopString(ctx, flashKey)), &list) // ours; a broken one is dropped
	return list
}
