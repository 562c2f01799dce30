package db_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/botswain/botswain/db"
	"github.com/botswain/botswain/db/dbtest"
)

func TestStartersMigrateTogether(t *testing.T) {
	url := dbtest.NewEmptyURL(t)
	log := slog.New(slog.DiscardHandler)
	errs := make([]error, 4)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { errs[i] = db.Migrate(t.Context(), url, log) })
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
	pool, err := db.Open(t.Context(), url, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	var name, zone string
	if err := pool.QueryRow(t.Context(), "select current_setting('application_name'), current_setting('timezone') from bots right join (select 1) x on true").Scan(&name, &zone); err != nil {
		t.Fatal(err)
	}
	if name != "botswain" || zone != "UTC" {
		t.Errorf("application %q, time zone %q", name, zone)
	}
}

func TestTablesOfANewerVersionAreRefused(t *testing.T) {
	url := dbtest.NewURL(t)
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), "insert into goose_db_version (version_id, is_applied) values (99999, true)"); err != nil {
		t.Fatal(err)
	}
	err = db.Migrate(t.Context(), url, slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), "newer version") {
		t.Errorf("got %v", err)
	}
}

func TestErrorsHoldNoPassword(t *testing.T) {
	const password = "s3cret"
	for _, url := range []string{
		"postgres://botswain:" + password + "@127.0.0.1:1/x",
		"postgres://botswain:" + password + "@127.0.0.1:port/x",
		"postgres://botswain:" + password + "@%zz/x",
	} {
		check := func(err error) {
			if err == nil || strings.Contains(err.Error(), password) {
				t.Errorf("got %v", err)
			}
		}
		check(db.Migrate(t.Context(), url, slog.New(slog.DiscardHandler)))
		pool, err := db.Open(t.Context(), url, 1)
		if err == nil {
			err = pool.Ping(t.Context())
			pool.Close()
		}
		check(err)
	}
}

func TestOtherEncodingsAreRefused(t *testing.T) {
	admin, err := pgx.Connect(t.Context(), dbtest.NewEmptyURL(t))
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(t.Context())
	name := "latin_" + strings.ToLower(rand.Text()[:10])
	if _, err := admin.Exec(t.Context(), "create database "+name+" encoding 'LATIN1' locale 'C' template template0"); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if _, err := admin.Exec(context.Background(), "drop database "+name); err != nil {
			t.Error(err)
		}
	}()
	cfg := admin.Config().Copy()
	u := url.URL{Scheme: "postgres", User: url.User(cfg.User), Path: "/" + name, RawQuery: url.Values{"host": {cfg.Host}, "port": {strconv.Itoa(int(cfg.Port))}}.Encode()}
	err = db.Migrate(t.Context(), u.String(), slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), "LATIN1") {
		t.Errorf("got %v", err)
	}
}
