package db

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
)

// errURL says nothing of what is in the URL: it may hold a password.
var errURL = errors.New("DATABASE_URL is no valid Postgres connection string")

// ConnectError is a connection that can't be had, in one line for the person who set DATABASE_URL.
// The driver's own text, with a line for each try, stays in Err.
type ConnectError struct {
	// Refused: the server is there and doesn't let us in, so that it helps nobody to try again.
	Refused bool
	Err     error
	text    string
}

func (e *ConnectError) Error() string { return e.text }

// Unwrap gives the driver's error.
func (e *ConnectError) Unwrap() error { return e.Err }

// Refused says whether the server is there and doesn't let us in: trying again is no use.
func Refused(err error) bool {
	var e *ConnectError
	return errors.As(err, &e) && e.Refused
}

// Away says whether an error is of a database that can't be reached, doesn't answer, starts, stops or
// cuts its connections: it may pass.
func Away(err error) bool {
	var (
		pg      *pgconn.PgError
		connect *pgconn.ConnectError
		network net.Error
	)
	switch {
	case err == nil, Refused(err):
		return false
	case errors.As(err, &pg):
		// 08 connection, 53 insufficient resources, 57P operator intervention: Appendix A of Postgres' manual.
		return strings.HasPrefix(pg.Code, "08") || strings.HasPrefix(pg.Code, "53") || strings.HasPrefix(pg.Code, "57P")
	case errors.As(err, &connect), errors.As(err, &network):
		return true
	}
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) || pgconn.Timeout(err) || pgconn.SafeToRetry(err)
}

// explain puts an error of connecting into words; any other stays as it is.
func explain(c *pgconn.Config, err error) error {
	var connect *pgconn.ConnectError
	if !errors.As(err, &connect) {
		return err
	}
	e := &ConnectError{Err: err}
	at := net.JoinHostPort(c.Host, strconv.Itoa(int(c.Port)))
	if strings.HasPrefix(c.Host, "/") {
		at = c.Host // the folder of a socket
	}
	var said *pgconn.PgError
	if !errors.As(err, &said) {
		e.text = fmt.Sprintf("no database answers at %s: %s", at, reason(err))
		return e
	}
	switch {
	case strings.HasPrefix(said.Code, "28"): // invalid authorization
		e.Refused = true
		e.text = fmt.Sprintf("the database at %s refuses the user %q or the password; correct DATABASE_URL", at, c.User)
	case said.Code == "3D000": // invalid catalog name
		e.Refused = true
		e.text = fmt.Sprintf("the server at %s has no database %q; create it, or correct DATABASE_URL", at, c.Database)
	default:
		e.text = fmt.Sprintf("the database at %s answers: %s (SQLSTATE %s)", at, said.Message, said.Code)
	}
	return e
}

// reason is the system's own word for it, without what the driver puts around.
func reason(err error) string {
	var name *net.DNSError
	var way *net.OpError
	switch {
	case errors.As(err, &name):
		return name.Err
	case errors.As(err, &way):
		return way.Err.Error()
	}
	return strings.Join(strings.Fields(err.Error()), " ")
}
