package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"

	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
)

// CLI is who acts when a command comes in by the socket: whoever can open it owns the data
// directory, and with it everything that Botswain has.
const CLI event.Actor = "cli"

type contextKey int

const (
	socketKey contextKey = iota
	callerKey
	runKey
)

// FromSocket marks a context as one of the socket's. It is meant for http.Server.BaseContext of
// the server that serves the socket, and for nothing else: it stands for an administrator.
func FromSocket(ctx context.Context) context.Context { return context.WithValue(ctx, socketKey, true) }

// caller is who made a request.
type caller struct {
	actor event.Actor
	token string // "" from the socket
}

// whoIs finds out who made the request: *fault.Error Unauthorized when nobody can be made out.
func (a *API) whoIs(r *http.Request) (caller, error) {
	if r.Context().Value(socketKey) != nil {
		return caller{actor: CLI}, nil
	}
	raw := bearer(r)
	if raw == "" {
		return caller{}, fault.New(fault.Unauthorized, "This needs an API token: send the header Authorization: Bearer <token>.")
	}
	user, err := a.Tokens.UserByToken(r.Context(), raw)
	switch {
	case err == nil:
		return caller{actor: event.Actor(user.Username), token: raw}, nil
	case fault.CodeOf(err) == fault.Unauthorized, fault.CodeOf(err) == fault.NotFound:
		return caller{}, fault.New(fault.Unauthorized, "This needs a valid API token; this one is unknown, has ended or was taken back.")
	case fault.CodeOf(err) != "":
		return caller{}, err
	}
	return caller{}, retryLater(err)
}

// authenticate lets only known callers reach an operation.
func (a *API) authenticate(ctx huma.Context, next func(huma.Context)) {
	if forRuns(ctx.Operation()) {
		a.authenticateRun(ctx, next)
		return
	}
	c := humaecho.Unwrap(ctx)
	who, err := a.whoIs(c.Request())
	if err != nil {
		a.answer(c.Response(), c.Request(), err)
		return
	}
	// Also in the request itself: streams are served from it.
	c.SetRequest(c.Request().WithContext(context.WithValue(c.Request().Context(), callerKey, who)))
	next(ctx)
}

// actor says who acts in an operation.
func actor(ctx context.Context) event.Actor {
	who, _ := ctx.Value(callerKey).(caller)
	return who.actor
}

// stillKnown says whether the caller of an open stream may go on: only a token that is surely
// not good any more ends it, a database that is away doesn't.
func (a *API) stillKnown(who caller) func(context.Context) bool {
	if who.token == "" {
		return nil
	}
	return func(ctx context.Context) bool {
		_, err := a.Tokens.UserByToken(ctx, who.token)
		code := fault.CodeOf(err)
		return code != fault.Unauthorized && code != fault.NotFound && code != fault.Forbidden
	}
}
