package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/report"
)

// reportWorld is one run that may report, over a supervisor and a storage in memory.
type reportWorld struct {
	service *report.Service
	caller  report.Caller
	token   string

	mu      sync.Mutex
	over    bool
	broken  error
	heard   []string
	stored  []report.Report
	figures report.Figures
	ledger  report.Ledger
}

func newReportWorld(t *testing.T, w *world) *reportWorld {
	t.Helper()
	tokens := report.NewTokens(make([]byte, 32))
	r := &reportWorld{caller: report.Caller{Bot: bot.NewID(), Run: bot.NewID()}}
	r.token = tokens.Of(r.caller.Run)
	r.service = report.New(report.Options{Tokens: tokens, Store: r, Supervisor: r, Hub: w.hub, Now: func() time.Time { return w.now }})
	return r
}

func (r *reportWorld) Living(run bot.RunID) (bot.ID, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if run != r.caller.Run || r.over {
		return bot.ID{}, fault.New(fault.NotFound, "over")
	}
	return r.caller.Bot, nil
}

func (r *reportWorld) Reported(_ context.Context, id bot.ID, run bot.RunID, ready, heartbeat bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.heard = append(r.heard, fmt.Sprint(id == r.caller.Bot && run == r.caller.Run, ready, heartbeat))
}

func (r *reportWorld) Add(_ context.Context, _ report.Caller, x report.Report, _ time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.broken == nil {
		r.stored = append(r.stored, x)
	}
	return r.broken
}

func (r *reportWorld) Figures(context.Context, bot.ID, time.Time) (report.Figures, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.figures, r.broken
}

func (r *reportWorld) Ledger(context.Context, time.Time) (report.Ledger, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ledger, r.broken
}

func (r *reportWorld) Drop(context.Context, time.Time, time.Time, time.Time) (int64, error) {
	return 0, nil
}

func (w *world) report(t *testing.T, token, body string) answer {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), "POST", "/api/v1/report", strings.NewReader(body))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded") // as curl -d does
	req.Header.Set("Authorization", "Bearer "+token)
	return w.do(t, req)
}

func TestReport(t *testing.T) {
	w := newWorld(t)
	a := w.report(t, w.reports.token, `{"ready":true, "heartbeat":true, "gauges":{"guilds":12,"ping_ms":41.5}, "counters":{"messages":5},
		"events":[{"type":"success","message":"Hi","at":"2026-11-22T11:59:00+01:00","who":"knows"},{"type":"info","message":"x"}], "shards":[1]}`)
	if a.code != http.StatusNoContent || a.raw != "" {
		t.Fatalf("%d %s", a.code, a.raw)
	}
	if got := strings.Join(w.reports.heard, ", "); got != "true true true" {
		t.Errorf("heard %q", got)
	}
	if len(w.reports.stored) != 1 {
		t.Fatalf("stored %+v", w.reports.stored)
	}
	r := w.reports.stored[0]
	if r.Gauges["guilds"] != 12 || r.Gauges["ping_ms"] != 41.5 || r.Counters["messages"] != 5 || len(r.Events) != 2 ||
		!r.Events[0].At.Equal(time.Date(2026, 11, 22, 10, 59, 0, 0, time.UTC)) || !r.Events[1].At.IsZero() {
		t.Errorf("stored %+v", r)
	}
	if a := w.report(t, w.reports.token, `{}`); a.code != http.StatusNoContent {
		t.Errorf("an empty report: %d %s", a.code, a.raw)
	}
}

func TestReportRefused(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct {
		body   string
		code   int
		places []string
	}{
		"no JSON":        {`{"ready"`, 400, nil},
		"nothing":        {``, 400, nil},
		"a list":         {`[]`, 422, []string{"body"}},
		"wrong kinds":    {`{"ready":1,"gauges":{"a":"1"},"events":[{"type":"info"}]}`, 422, []string{"body.ready", "body.gauges.a", "body.events[0].message"}},
		"wrong values":   {`{"gauges":{"A":1},"counters":{"b":-1},"events":[{"type":"warn","message":""}]}`, 422, []string{"body.gauges", "body.counters.b", "body.events[0].type", "body.events[0].message"}},
		"no time":        {`{"events":[{"type":"info","message":"x","at":"yesterday"}]}`, 422, []string{"body.events[0].at"}},
		"in the future":  {`{"events":[{"type":"info","message":"x","at":"2026-11-22T12:02:00Z"}]}`, 422, []string{"body.events[0].at"}},
		"more than fits": {`{"x":"` + strings.Repeat("x", 64<<10) + `"}`, 413, nil},
	} {
		a := w.report(t, w.reports.token, c.body)
		if a.code != c.code {
			t.Errorf("%s: %d %s", name, a.code, a.raw)
		}
		for _, place := range c.places {
			if !strings.Contains(a.raw, `"location":"`+place+`"`) {
				t.Errorf("%s: %s isn't named in %s", name, place, a.raw)
			}
		}
	}
	if a := w.report(t, w.reports.token, `{"x":"`+strings.Repeat("x", 64<<10)+`"}`); a.get("detail") != "The request is too large: at most 64 KiB." {
		t.Errorf("%s", a.raw)
	}
	if len(w.reports.stored)+len(w.reports.heard) != 0 {
		t.Errorf("stored %+v, heard %v", w.reports.stored, w.reports.heard)
	}
	for name, token := range map[string]string{"none": "", "an API token": goodToken, "changed": w.reports.token + "x"} {
		if a := w.report(t, token, `{"ready":true}`); a.code != http.StatusUnauthorized || a.header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: %d %s", name, a.code, a.raw)
		}
	}
	w.reports.over = true
	if a := w.report(t, w.reports.token, `{"ready":true}`); a.code != http.StatusUnauthorized {
		t.Errorf("of a run that is over: %d %s", a.code, a.raw)
	}
}

func TestReportTooOften(t *testing.T) {
	w := newWorld(t)
	for n := range 60 {
		if a := w.report(t, w.reports.token, `{"heartbeat":true}`); a.code != http.StatusNoContent {
			t.Fatalf("report %d: %d %s", n, a.code, a.raw)
		}
	}
	w.now = w.now.Add(15 * time.Second)
	if a := w.report(t, w.reports.token, `{broken`); a.code != http.StatusTooManyRequests || a.header.Get("Retry-After") != "45" {
		t.Errorf("%d %v %s", a.code, a.header, a.raw)
	}
	w.now = w.now.Add(45 * time.Second)
	if a := w.report(t, w.reports.token, `{"heartbeat":true}`); a.code != http.StatusNoContent {
		t.Errorf("a minute later: %d %s", a.code, a.raw)
	}
}

func TestReportWithoutDatabase(t *testing.T) {
	w := newWorld(t)
	w.reports.broken = errors.New("connection refused by 10.0.0.1")
	a := w.report(t, w.reports.token, `{"heartbeat":true,"gauges":{"a":1}}`)
	if a.code != http.StatusServiceUnavailable || a.header.Get("Retry-After") != "5" || strings.Contains(a.raw, "10.0.0.1") {
		t.Errorf("%d %v %s", a.code, a.header, a.raw)
	}
	if got := strings.Join(w.reports.heard, ", "); got != "true false true" {
		t.Errorf("heard %q", got)
	}
}

func TestReportedFigures(t *testing.T) {
	w := newWorld(t)
	path := "/api/v1/stats/bots/" + w.add("x", bot.Running).String()
	if a := w.call(t, "GET", path, ""); a.code != 200 || a.body["reported"] != nil {
		t.Errorf("%d %s", a.code, a.raw)
	}
	w.reports.figures = report.Figures{Gauges: []report.Figure{{Name: "guilds", Value: 12, At: w.now}}}
	a := w.call(t, "GET", path, "")
	if !strings.Contains(a.raw, `"reported":{"gauges":{"guilds":{"value":12,"at":"2026-11-22T12:00:00Z","fresh":true}},"counters_today":{},`) {
		t.Errorf("%s", a.raw)
	}
	w.reports.broken = errors.New("away")
	if a := w.call(t, "GET", path, ""); a.code != 200 || a.body["reported"] != nil {
		t.Errorf("without the database: %d %s", a.code, a.raw)
	}
}
