package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/auth"
	"github.com/botswain/botswain/app/desk"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/health"
	"github.com/botswain/botswain/app/sse"
	"github.com/botswain/botswain/static"
)

// stage is the live pages over fakes, behind a real HTTP server without the guard.
type stage struct {
	t       testing.TB
	hub     *event.Hub
	deck    *deck
	book    *book
	door    *doorman
	pages   *pages
	streams *sse.Server
	url     string

	mu    sync.Mutex
	state health.State
	cut   bool // streams are refused
}

func newStage(t testing.TB) *stage {
	hub := event.NewHub()
	s := &stage{t: t, hub: hub, deck: &deck{hub: hub}, book: &book{hub: hub, keep: 1000}, door: &doorman{}}
	s.streams = sse.New(sse.Options{Heartbeat: 50 * time.Millisecond})
	web := &Server{log: slog.New(slog.DiscardHandler), deps: Deps{Version: "test"}}
	s.pages = &pages{
		web: web, crew: s.deck, act: s.deck, logs: s.book, stats: noStats{}, health: s.health, users: s.door,
		hub: hub, streams: s.streams, fragments: newFragments(), patience: readPatience, boot: 7,
	}
	s.pages.countTopics()
	s.pages.desks = desk.New(&drawer{}, hub, nil)
	e := newEcho()
	e.HTTPErrorHandler = func(err error, c echo.Context) { web.fail(err, c) }
	for _, r := range s.pages.routes() {
		e.Add(r.method, r.path, func(c echo.Context) error {
			c.Set(routeKey, r)
			if r.name == "live" && s.isCut() {
				return c.String(http.StatusServiceUnavailable, "cut\n")
			}
			if r.kind == asLive { // as the guard does
				if _, err := s.door.UserBySession(c.Request().Context(), ""); fault.CodeOf(err) == fault.Unauthorized {
					return err
				}
			}
			return r.handler(c)
		})
	}
	e.GET("/static/*", echo.WrapHandler(static.Handler()))
	e.GET("/login", func(c echo.Context) error { // anybody may come in
		c.SetCookie(&http.Cookie{Name: auth.CookieName, Value: "a session", Path: "/", HttpOnly: true})
		return c.HTML(http.StatusOK, "<!doctype html><title>Login</title>")
	})
	server := httptest.NewServer(web.secureHeaders(e))
	t.Cleanup(func() { s.streams.Close(); server.Close() })
	s.url = server.URL
	return s
}

func (s *stage) isCut() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cut
}

// cutStreams ends all streams and refuses new ones, or lets them in again.
func (s *stage) cutStreams(cut bool) {
	s.mu.Lock()
	s.cut = cut
	s.mu.Unlock()
	if cut {
		s.streams.Drop()
	}
}

func (s *stage) health() health.State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

func (s *stage) setHealth(h health.State) {
	s.mu.Lock()
	s.state = h
	s.mu.Unlock()
	s.hub.Publish(event.Topic{Kind: event.TopicHealth})
}

// ask sends a request with a session's cookie; header has names and values.
func (s *stage) ask(ctx context.Context, method, path string, header ...string) *http.Response {
	s.t.Helper()
	r, err := http.NewRequestWithContext(ctx, method, s.url+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.AddCookie(&http.Cookie{Name: auth.CookieName, Value: "a session"})
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { res.Body.Close() })
	return res
}
