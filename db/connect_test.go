package db_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/botswain/botswain/db"
	"github.com/botswain/botswain/db/dbtest"
)

// TestConnectionsThatCantBeHad: one clear line, and whether it helps to try again.
func TestConnectionsThatCantBeHad(t *testing.T) {
	cfg, err := pgx.ParseConfig(dbtest.NewEmptyURL(t))
	if err != nil {
		t.Fatal(err)
	}
	at := func(user, host, port, database string) string {
		q := url.Values{"user": {user}, "password": {"s3cret"}, "host": {host}, "port": {port}, "dbname": {database}}
		return "postgres:///?" + q.Encode()
	}
	for _, c := range []struct {
		url     string
		refused bool
		want    string
	}{
		{at("stranger", cfg.Host, "5432", cfg.Database), true, `refuses the user "stranger"`},
		{at(cfg.User, cfg.Host, "5432", "nowhere"), true, `has no database "nowhere"`},
		{at("u", "127.0.0.1", "1", "d"), false, "no database answers at 127.0.0.1:1: connect: connection refused"},
		{at("u", t.TempDir(), "5432", "d"), false, "no database answers at /"},
	} {
		_, err := db.Open(t.Context(), c.url, 1)
		for _, err := range []error{err, db.Migrate(t.Context(), c.url, slog.New(slog.DiscardHandler))} {
			if err == nil {
				t.Errorf("%s: no error", c.want)
				continue
			}
			if text := err.Error(); db.Refused(err) != c.refused || !strings.Contains(text, c.want) || strings.Contains(text, "\n") || strings.Contains(text, "s3cret") {
				t.Errorf("want %q, refused %v; got %v, refused %v", c.want, c.refused, err, db.Refused(err))
			}
		}
	}
}

func TestAway(t *testing.T) {
	for _, c := range []struct {
		err  error
		away bool
	}{
		{nil, false},
		{errors.New("something else"), false},
		{&pgconn.PgError{Code: "57P01"}, true}, // terminating connection due to administrator command
		{&pgconn.PgError{Code: "57P03"}, true}, // the database system is starting up
		{&pgconn.PgError{Code: "53300"}, true}, // too many connections
		{&pgconn.PgError{Code: "42P01"}, false},
		{fmt.Errorf("read: %w", io.ErrUnexpectedEOF), true},
		{fmt.Errorf("ask: %w", context.DeadlineExceeded), true},
		{context.Canceled, false},
		{&db.ConnectError{Refused: true, Err: &pgconn.ConnectError{}}, false},
	} {
		if got := db.Away(c.err); got != c.away {
			t.Errorf("%v: %v, want %v", c.err, got, c.away)
		}
	}
}
