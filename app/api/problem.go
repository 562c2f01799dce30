package api

import (
	"context"
	"errors"
	"math"
	"net/http"
	"runtime/debug"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/fault"
)

// oops is all that a client learns of a bug.
const oops = "Something went wrong inside Botswain. Its log says more."

// statusOf maps what services say to HTTP: the one place for REST.
func statusOf(c fault.Code) int {
	switch c {
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

// problem turns any error into problem details and the headers that go with them. What is no
// *fault.Error is logged and not told.
//
// Fields are of the body, but where there is none: then they are parameters of the query.
func (a *API) problem(ctx context.Context, method string, err error) (*huma.ErrorModel, http.Header) {
	header := http.Header{}
	var model *huma.ErrorModel
	if errors.As(err, &model) {
		return model, header
	}
	f, ok := fault.As(err)
	if !ok {
		if ctx.Err() == nil { // else the client has gone: nobody is there to be told
			a.Log.ErrorContext(ctx, "api: request failed", "error", err)
		}
		return newProblem(http.StatusInternalServerError, oops), header
	}
	if f.Err != nil && statusOf(f.Code) >= http.StatusInternalServerError && ctx.Err() == nil { // what a client did wrong is its own affair
		a.Log.WarnContext(ctx, "api: request refused", "error", err)
	}
	p := newProblem(statusOf(f.Code), f.Message)
	place := "body."
	if method == http.MethodGet || method == http.MethodHead || method == http.MethodDelete {
		place = "query."
	}
	for field, message := range f.Fields {
		p.Errors = append(p.Errors, &huma.ErrorDetail{Location: place + field, Message: message})
	}
	sort.Slice(p.Errors, func(i, j int) bool { return p.Errors[i].Location < p.Errors[j].Location })
	if f.Confirm != "" {
		p.Errors = append(p.Errors, &huma.ErrorDetail{
			Location: "query.confirm", Message: "Repeat the request with ?confirm=" + f.Confirm + " to have it done all the same.",
		})
	}
	if f.RetryAfter > 0 {
		header.Set("Retry-After", strconv.Itoa(int(math.Ceil(f.RetryAfter.Seconds()))))
	}
	if p.Status == http.StatusUnauthorized {
		header.Set("WWW-Authenticate", `Bearer realm="botswain"`)
	}
	return p, header
}

func newProblem(status int, detail string) *huma.ErrorModel {
	return &huma.ErrorModel{Title: http.StatusText(status), Status: status, Detail: detail}
}

// register adds an operation whose errors become problem details.
func register[I, O any](a *API, op huma.Operation, handle func(context.Context, *I) (*O, error)) {
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		if err == nil {
			return out, nil
		}
		p, header := a.problem(ctx, op.Method, err)
		if len(header) == 0 {
			return nil, p
		}
		return nil, huma.ErrorWithHeaders(p, header)
	})
}

// tidyProblem works over the problems that huma makes when a request doesn't fit the schema: it
// takes out the value that was sent (it may be a password) and names the missing property.
func tidyProblem(ctx huma.Context, _ string, v any) (any, error) {
	p, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	if p.Status == http.StatusInternalServerError {
		p.Detail, p.Errors = oops, nil // such as a body that broke off
	}
	if p.Detail == "validation failed" {
		p.Detail = "The request isn't right: see errors for the places."
		if p.Status == http.StatusBadRequest {
			p.Detail = "The request can't be read."
		}
	}
	switch {
	case p.Status == http.StatusRequestEntityTooLarge:
		p.Detail = tooLarge(ctx.Operation())
	case p.Detail == "request body is required":
		p.Detail = "This needs a body of JSON."
	}
	for _, e := range p.Errors {
		e.Value = nil
		rest, found := strings.CutPrefix(e.Message, "expected required property ")
		if name, _, cut := strings.Cut(rest, " "); found && cut {
			e.Location += "." + name
			e.Message = "this is required"
		}
	}
	return p, nil
}

// answer writes a problem outside of huma's own handling.
func (a *API) answer(w http.ResponseWriter, r *http.Request, err error) {
	p, header := a.problem(r.Context(), r.Method, err)
	for k, v := range header {
		w.Header()[k] = v
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	if err := huma.DefaultJSONFormat.Marshal(w, p); err != nil {
		a.Log.Debug("api: can't write the answer", "error", err)
	}
}

// echoError answers what never reached an operation: unknown paths and methods, panics.
func (a *API) echoError(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	var he *echo.HTTPError
	if errors.As(err, &he) {
		// Whoever has no token learns nothing, not even which paths there are.
		if _, who := a.whoIs(c.Request()); who != nil {
			a.answer(c.Response(), c.Request(), who)
			return
		}
		detail := map[int]string{
			http.StatusNotFound:         "There is nothing at this path.",
			http.StatusMethodNotAllowed: "This path can't be used with this method.",
		}[he.Code]
		if detail == "" {
			detail = oops
		}
		err = newProblem(he.Code, detail)
	}
	a.answer(c.Response(), c.Request(), err)
}

// recoverPanics keeps a bug in one request from being more than that.
func (a *API) recoverPanics(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if p == http.ErrAbortHandler {
				panic(p) // net/http's own way to cut a connection
			}
			if c.Request().Context().Err() != nil {
				return // huma panics when it can't write, which is what a lost client looks like
			}
			a.Log.Error("api: panic", "panic", p, "stack", string(debug.Stack()))
			err = newProblem(http.StatusInternalServerError, oops)
		}()
		return next(c)
	}
}

// retryLater is said when the API can't find out something that it needs to know.
func retryLater(err error) error {
	return &fault.Error{
		Code: fault.Unavailable, Message: "The database is away; this works again when it is back.",
		RetryAfter: 5 * time.Second, Err: err,
	}
}
