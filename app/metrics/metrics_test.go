package metrics_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/health"
	"github.com/botswain/botswain/app/metrics"
)

type world struct {
	bots []crew.View
	down bool
}

func (w *world) All(context.Context) []crew.View { return w.bots }
func (w *world) LastSeq(bot.ID) int64            { return 1_000_000 }
func (w *world) Pending() (int64, time.Time)     { return 77, time.Time{} }
func (w *world) Open() int                       { return 5 }
func (w *world) State() health.State             { return health.State{DatabaseDown: w.down} }

func scrape(t *testing.T, h http.Handler) string {
	t.Helper()
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest("GET", "/metrics", nil))
	if rec.Code != 200 {
		t.Fatalf("%d %s", rec.Code, rec.Body)
	}
	return rec.Body.String()
}

func TestScrape(t *testing.T) {
	id := uuid.MustParse("0198c5a2-7c1e-7b52-9d6e-3f1f0d6f8a11")
	v := crew.View{Bot: bot.Bot{ID: id, Spec: bot.Spec{Name: `We"ather`}}, Status: bot.Status{State: bot.Running, Restarts: 3}}
	w := &world{bots: []crew.View{v}}
	h := metrics.Handler(metrics.Deps{Crew: w, Logs: w, Streams: w, Health: w, Version: "1.2"})
	labels := `{bot="We\"ather",bot_id="0198c5a2-7c1e-7b52-9d6e-3f1f0d6f8a11"} `
	has := func(lines ...string) {
		t.Helper()
		got := scrape(t, h)
		for _, l := range lines {
			if !strings.Contains(got, l+"\n") {
				t.Errorf("%s isn't in\n%s", l, got)
			}
		}
	}
	has(`botswain_bots{state="running"} 1`, `botswain_bots{state="crashed"} 0`, `botswain_bot_up`+labels+`1`,
		`botswain_bot_log_lines_total`+labels+`1e+06`, `botswain_bot_restarts_total`+labels+`0`,
		`botswain_spool_pending_bytes 77`, `botswain_sse_connections 5`, `botswain_database_up 1`)
	if got := scrape(t, h); !strings.Contains(got, `version="1.2"`) || !strings.Contains(got, "go_goroutines ") {
		t.Errorf("build or runtime is missing:\n%s", got)
	}
	w.bots[0].Status.Restarts = 5
	has(`botswain_bot_restarts_total` + labels + `2`)
	w.bots[0].Status.Restarts = 1 // a person started it, then it crashed once
	w.down = true
	has(`botswain_bot_restarts_total`+labels+`3`, `botswain_database_up 0`)
}
