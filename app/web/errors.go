package web

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/views/errorpage"
	"github.com/botswain/botswain/views/i18n"
	"github.com/botswain/botswain/views/ui"
)

// problem is an error in words for a person.
type problem struct {
	status         int
	title, message string
	fields         map[string]string
	retry          time.Duration
}

// statusOf maps the codes of services to HTTP, here and nowhere else in web.
func statusOf(code fault.Code) int {
	switch code {
	case fault.Invalid:
		return http.StatusUnprocessableEntity
	case fault.Unauthorized:
		return http.StatusUnauthorized
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict:
		return http.StatusConflict
	case fault.TooMany:
		return http.StatusTooManyRequests
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// title is the headline of an error page.
func title(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return "Please sign in"
	case http.StatusForbidden:
		return "Not allowed"
	case http.StatusNotFound:
		return "Page not found"
	case http.StatusMethodNotAllowed:
		return "This can't be done here"
	case http.StatusConflict:
		return "Not possible now"
	case http.StatusRequestEntityTooLarge:
		return "Too large"
	case http.StatusUnprocessableEntity:
		return "Please check what you entered"
	case http.StatusTooManyRequests:
		return "Too many tries"
	case http.StatusServiceUnavailable:
		return "Not available at the moment"
	}
	return "Something went wrong"
}

const (
	databaseAway = "The database is away. Bots go on running, and what they print is kept. This heals by itself when the database is back."
	oops         = "Something went wrong on our side. It has been written to the log."
)

// describe puts an error into words; what it doesn't know is a bug, and its text stays in the log.
func describe(err error) problem {
	p := problem{status: http.StatusInternalServerError, message: oops}
	var tooLarge *http.MaxBytesError
	var he *echo.HTTPError
	f, known := fault.As(err)
	switch {
	case known:
		p = problem{status: statusOf(f.Code), message: f.Message, fields: f.Fields, retry: f.RetryAfter}
		if f.Code == fault.Unavailable && outage(f.Err) {
			p.message = databaseAway
		}
	case errors.As(err, &tooLarge):
		p.status, p.message = http.StatusRequestEntityTooLarge, "This is more than Botswain takes at once."
	case errors.As(err, &he) && he.Code < 500:
		p.status, p.message = he.Code, words(he.Code)
	case outage(err):
		p.status, p.message, p.retry = http.StatusServiceUnavailable, databaseAway, 5*time.Second
	}
	if p.message == "" {
		p.message = words(p.status)
	}
	if p.status == http.StatusServiceUnavailable && p.retry == 0 {
		p.retry = 5 * time.Second
	}
	p.title = title(p.status)
	return p
}

// in translates what a person reads of the problem; fields are those of the REST contract in any language.
func (p problem) in(ctx context.Context) problem {
	p.title, p.message = i18n.Say(ctx, p.title), i18n.Say(ctx, p.message)
	if p.fields != nil {
		fields := make(map[string]string, len(p.fields))
		for name, message := range p.fields {
			fields[name] = i18n.Say(ctx, message)
		}
		p.fields = fields
	}
	return p
}

func words(status int) string {
	switch status {
	case http.StatusNotFound:
		return "There is nothing at this address. It may have been deleted."
	case http.StatusMethodNotAllowed:
		return "This address can't be used in this way."
	}
	return title(status) + "."
}

// outage knows the errors of a database, or of the way to it, that is away; services that name it
// themselves return fault.Unavailable.
func outage(err error) bool {
	var connect *pgconn.ConnectError
	var network *net.OpError // not net.Error, which each error number of a file is too
	var said *pgconn.PgError
	switch {
	case errors.As(err, &said): // the server answered: is it starting, stopping, full?
		return strings.HasPrefix(said.Code, "08") || strings.HasPrefix(said.Code, "53") || strings.HasPrefix(said.Code, "57")
	case errors.As(err, &connect), errors.As(err, &network):
		return true
	}
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, io.ErrUnexpectedEOF)
}

// fail is the one place where an error becomes an answer.
func (s *Server) fail(err error, c echo.Context) {
	if c.Request().Context().Err() != nil && errors.Is(err, context.Canceled) {
		return // nobody listens any more
	}
	r, _ := c.Get(routeKey).(route)
	p := describe(err)
	s.logFailure(c, p, err)
	if c.Response().Committed {
		return
	}
	setRetryAfter(c, p.retry)
	if e := s.answer(c, r, p); e != nil {
		s.log.Warn("error not sent", "request_id", requestID(c), "error", e)
	}
}

func (s *Server) answer(c echo.Context, r route, p problem) error {
	switch {
	case r.kind == asProgram, r.name == "" && strings.HasPrefix(c.Request().URL.Path+"/", "/api/"):
		return answerProgram(c, p)
	case r.kind == asLive, r.kind == asPlain && r.name != "":
		return c.String(p.status, i18n.Say(c.Request().Context(), p.message)+"\n")
	case p.status == http.StatusUnauthorized:
		if err := s.refuse(c); err != nil {
			return s.showProblem(c, describe(err))
		}
		return nil
	}
	return s.showProblem(c, p)
}

// showProblem answers a person: a toast where htmx asked for a part, otherwise a page.
func (s *Server) showProblem(c echo.Context, p problem) error {
	p = p.in(c.Request().Context())
	if isHTMX(c) {
		c.Response().Header().Set("HX-Reswap", "none") // what is on the page stays; toasts go to their region
		pendingToasts(c)
		s.toast(c, ui.Toast{State: "error", Text: p.title, Detail: p.message})
		return s.render(c, p.status, templ.NopComponent)
	}
	return s.render(c, p.status, errorpage.Page(errorpage.Props{
		Status: p.status, Title: p.title, Message: p.message, RequestID: requestID(c),
		RetryAfter: reload(c, p), SignedIn: userOf(c).Username != "",
	}))
}

// reload says after what time the page may load itself again: only what was read, and only
// outages heal by themselves.
func reload(c echo.Context, p problem) time.Duration {
	if p.status != http.StatusServiceUnavailable || c.Request().Method != http.MethodGet {
		return 0
	}
	return p.retry
}

// answerProgram is RFC 9457's problem document, as the API has it for its own errors.
func answerProgram(c echo.Context, p problem) error {
	if p.status == http.StatusUnauthorized {
		c.Response().Header().Set(echo.HeaderWWWAuthenticate, `Bearer realm="botswain"`)
	}
	b, err := json.Marshal(map[string]any{"title": http.StatusText(p.status), "status": p.status, "detail": p.message})
	if err != nil {
		return err
	}
	return c.Blob(p.status, "application/problem+json", b)
}

func (s *Server) logFailure(c echo.Context, p problem, err error) {
	level := slog.LevelDebug
	switch {
	case p.status == http.StatusServiceUnavailable:
		level = slog.LevelWarn
	case p.status >= 500:
		level = slog.LevelError
	}
	s.log.Log(c.Request().Context(), level, "request failed", "request_id", requestID(c),
		"method", c.Request().Method, "path", c.Request().URL.Path, "status", p.status, "error", err)
}

// logRequest tells what changed something; reading is told at debug level only.
func (s *Server) logRequest(c echo.Context, took time.Duration) {
	level := slog.LevelDebug
	if m := c.Request().Method; m != http.MethodGet && m != http.MethodHead {
		level = slog.LevelInfo
	}
	s.log.Log(c.Request().Context(), level, "request", "request_id", requestID(c), "method", c.Request().Method,
		"path", c.Request().URL.Path, "status", c.Response().Status, "bytes", c.Response().Size, "took", took.Round(time.Microsecond),
		"ip", c.RealIP(), "user", userOf(c).Username)
}
