// Package fault is the error type that may be shown to a person.
//
// Services return a *Error when the caller can do something about it. Web and REST map its Code
// to an HTTP status in one place each; any other error is a bug or an outage, is logged, and is
// shown only as "something went wrong". The text of a driver or system error never gets into
// Message.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Code says what kind of problem it is; it decides the HTTP status and the CLI exit code.
type Code string

// The codes, with the HTTP status that web and REST answer.
const (
	Invalid      Code = "invalid"      // 422: bad input; Fields says which
	Unauthorized Code = "unauthorized" // 401: who are you?
	Forbidden    Code = "forbidden"    // 403: known, but not allowed
	NotFound     Code = "not_found"    // 404
	Conflict     Code = "conflict"     // 409: the present state forbids it
	TooMany      Code = "too_many"     // 429: RetryAfter says when to try again
	Unavailable  Code = "unavailable"  // 503: a part is away (database, disk); it heals by itself
)

// Error is safe to show: Message and Fields hold only words chosen for a person.
type Error struct {
	Code    Code
	Message string
	// Fields has a message for each wrong input, by its name in the REST contract ("name", "restart.max_delay", "command").
	Fields map[string]string
	// RetryAfter is set with TooMany and Unavailable when a time is known.
	RetryAfter time.Duration
	// Confirm, with Conflict, asks whether it shall be done all the same: a request that repeats this
	// word says yes. "": there is nothing to ask.
	Confirm string
	// Err is the cause, for the log only.
	Err error
}

// Error implements error; the cause is included, so it belongs in logs only.
func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %s: %v", e.Code, e.Message, e.Err)
	}
	return fmt.Sprintf("%s: %s", e.Code, e.Message)
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// New makes an error with a message that is safe to show.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Wrap makes an error with a safe message and keeps the cause for the log.
func Wrap(err error, code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...), Err: err}
}

// CodeOf gives the code of the first *Error in the chain, or "" when there is none.
func CodeOf(err error) Code {
	if e, ok := As(err); ok {
		return e.Code
	}
	return ""
}

// As finds the *Error in the chain.
func As(err error) (*Error, bool) {
	var e *Error
	ok := errors.As(err, &e)
	return e, ok
}
