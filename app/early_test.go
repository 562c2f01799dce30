package app

import (
	"net/http"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/botswain/botswain/db/dbtest"
)

// TestEarlyRequestsWait: after an upgrade in place clients come before the bots are adopted. An answer
// at that time would show bots as stopped that live.
func TestEarlyRequestsWait(t *testing.T) {
	url := dbtest.NewURL(t)
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "lock table runs in access exclusive mode"); err != nil { // it can't be ready
		t.Fatal(err)
	}
	a := launched(t, map[string]string{"DATABASE_URL": url})
	hasty := http.Client{Timeout: 300 * time.Millisecond}
	if res, err := hasty.Get(a.URL() + "/healthz"); err == nil {
		res.Body.Close()
		t.Error("a request was answered before the bots were adopted")
	}
	answered := make(chan error, 1)
	go func() {
		res, err := http.Get(a.URL() + "/healthz")
		if err == nil {
			err = res.Body.Close()
		}
		answered <- err
	}()
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-answered; err != nil {
		t.Fatal(err)
	}
	select {
	case <-a.supervisor.Ready():
	default:
		t.Error("a request was answered before the bots were adopted")
	}
}
