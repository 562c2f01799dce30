// Package dbtest gives each test a Postgres database of its own, migrated and empty.
//
// The server is the one that BOTSWAIN_TEST_DATABASE_URL names (its role must be allowed to make
// databases), or else a throw-away cluster that all test processes of a user share: the first one
// starts it, and it ends by itself a minute after the last one (see cluster.go). A server that
// can't be had fails the test; nothing is skipped.
package dbtest

import (
	"context"
	"crypto/rand"
	"net/url"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/botswain/botswain/db"
)

// setupTimeout covers making the cluster on a slow, busy machine.
const setupTimeout = 2 * time.Minute

// New gives a pool on a private database, with all migrations applied. Both end with the test.
func New(t testing.TB) *pgxpool.Pool {
	t.Helper()
	pool, err := db.Open(t.Context(), NewURL(t), 8)
	if err != nil {
		t.Fatalf("dbtest: %v", err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// NewURL gives the connection string of a private database, with all migrations applied. The
// database is dropped at the test's end, also from under connections that are still open.
func NewURL(t testing.TB) string {
	t.Helper()
	return create(t, true)
}

// NewEmptyURL is NewURL without the migrations.
func NewEmptyURL(t testing.TB) string {
	t.Helper()
	return create(t, false)
}

func create(t testing.TB, migrated bool) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), setupTimeout)
	defer cancel()
	server, err := process.serverURL(ctx)
	if err != nil {
		t.Fatalf("dbtest: no Postgres to test with: %v", err)
	}
	template := "template0"
	if migrated {
		if template, err = ensureTemplate(ctx, server); err != nil {
			t.Fatalf("dbtest: template: %v", err)
		}
	}
	name := "t_" + rand.Text()
	if err := run(ctx, server, "create database "+quote(name)+" template "+quote(template)); err != nil {
		t.Fatalf("dbtest: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
		defer cancel()
		if err := run(ctx, server, "drop database "+quote(name)+" with (force)"); err != nil {
			t.Errorf("dbtest: %v", err)
		}
	})
	return withDatabase(server, name)
}

func run(ctx context.Context, server, sql string) error {
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, sql)
	return err
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }

// withDatabase expects a URL, not a key=value string.
func withDatabase(server, name string) string {
	u, err := url.Parse(server)
	if err != nil {
		return server
	}
	u.Path = "/" + name
	return u.String()
}
