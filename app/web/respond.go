package web

import (
	"bytes"
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/views/i18n"
	"github.com/botswain/botswain/views/ui"
)

// What a request carries along in its echo.Context.
const (
	requestIDKey = "request_id"
	routeKey     = "route"
	sessionKey   = "session" // set once a session was loaded, also an empty one
	toastsKey    = "toasts"
)

// wantsFragment says whether htmx asked, and for a part of a page rather than a whole one.
func wantsFragment(r *http.Request) bool {
	h := r.Header
	return h.Get("HX-Request") == "true" && h.Get("HX-Request-Type") != "full" &&
		h.Get("HX-Boosted") != "true" && h.Get("HX-History-Restore-Request") != "true"
}

// isHTMX is wantsFragment for handlers.
func isHTMX(c echo.Context) bool { return wantsFragment(c.Request()) }

// render answers with a component. It is rendered before anything is sent, so that an error in it
// still becomes a proper answer. To htmx, pending toasts go along; a whole page shows them by
// takeToasts in its layout.
func (s *Server) render(c echo.Context, status int, component templ.Component) error {
	var b bytes.Buffer
	ctx := c.Request().Context()
	if err := component.Render(ctx, &b); err != nil {
		return err
	}
	if isHTMX(c) {
		if err := ui.ToastPartial(pendingToasts(c)).Render(ctx, &b); err != nil {
			return err
		}
	}
	h := c.Response().Header()
	h.Set("Content-Language", i18n.Of(ctx).Tag())
	// Nothing of ours is kept by caches (see secureHeaders); this is for those that keep it all the same.
	for _, name := range []string{"HX-Request", "Accept-Language", echo.HeaderCookie} {
		h.Add(echo.HeaderVary, name)
	}
	return c.HTMLBlob(status, b.Bytes())
}

// toast says something short about what was just done: in this answer, or on the page that it
// redirects to. Call it before render or seeOther.
func (s *Server) toast(c echo.Context, t ui.Toast) {
	list, _ := c.Get(toastsKey).([]ui.Toast)
	c.Set(toastsKey, append(list, t))
}

// takeToasts gives what a whole page has to show, for its layout.
func (s *Server) takeToasts(c echo.Context) []ui.Toast {
	return append(s.keptToasts(c), pendingToasts(c)...)
}

func pendingToasts(c echo.Context) []ui.Toast {
	list, _ := c.Get(toastsKey).([]ui.Toast)
	c.Set(toastsKey, nil)
	return list
}

// seeOther leads on to a page of ours, after a form or an action; toasts wait for it there.
func (s *Server) seeOther(c echo.Context, to string) error {
	s.keepToasts(c, pendingToasts(c))
	if isHTMX(c) {
		c.Response().Header().Set("HX-Redirect", to)
		return c.NoContent(http.StatusNoContent)
	}
	return c.Redirect(http.StatusSeeOther, to)
}
