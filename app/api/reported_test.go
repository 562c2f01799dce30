package api_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/report"
)

func TestReportedOfABot(t *testing.T) {
	w := newWorld(t)
	path := "/api/v1/bots/" + w.add("x", bot.Running).String() + "/reported"
	zone := time.FixedZone("", 5*3600+1800)
	w.reports.figures = report.Figures{
		Gauges:   []report.Figure{{Name: "guilds", Value: 12, At: w.now.Add(-time.Minute)}, {Name: "users", Value: 3, At: w.now.Add(-time.Hour)}},
		Counters: []report.Figure{{Name: "messages", Value: 7, At: w.now}},
		Hours:    []report.Hour{{At: w.now.Add(-time.Hour), Counters: map[string]float64{}}, {At: w.now, Counters: map[string]float64{"messages": 7}}},
		Day:      time.Date(2026, 11, 22, 0, 0, 0, 0, zone),
	}
	a := w.call(t, "GET", path, "")
	for _, want := range []string{
		`"guilds":{"value":12,"at":"2026-11-22T11:59:00Z","fresh":true}`, `"users":{"value":3,"at":"2026-11-22T11:00:00Z","fresh":false}`,
		`"messages":{"value":7,`, `"today_since":"2026-11-22T00:00:00+05:30"`, `{"from":"2026-11-22T11:00:00Z","counters":{}},{"from":"2026-11-22T12:00:00Z","counters":{"messages":7}}`,
	} {
		if a.code != http.StatusOK || !strings.Contains(a.raw, want) {
			t.Errorf("%q isn't in %d %s", want, a.code, a.raw)
		}
	}
	if a := w.call(t, "GET", "/api/v1/bots/"+bot.NewID().String()+"/reported", ""); a.code != http.StatusNotFound {
		t.Errorf("of an unknown bot: %d", a.code)
	}
	w.reports.broken = errors.New("connection refused by 10.0.0.1")
	if a := w.call(t, "GET", path, ""); a.code != http.StatusServiceUnavailable || strings.Contains(a.raw, "10.0.0.1") {
		t.Errorf("without the database: %d %s", a.code, a.raw)
	}
}

func TestDashboardHasReports(t *testing.T) {
	w := newWorld(t)
	one, two, down := w.add("one", bot.Running), w.add("two", bot.Running), w.add("down", bot.Stopped)
	gauge := func(id bot.ID, name string, v float64) report.Gauge {
		return report.Gauge{Bot: id, Figure: report.Figure{Name: name, Value: v, At: w.now.Add(-time.Minute)}}
	}
	w.reports.ledger = report.Ledger{
		Day:    time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC),
		Gauges: []report.Gauge{gauge(one, "users", 340), gauge(two, "users", 60), gauge(down, "users", 1000), gauge(two, "ping_ms", 40)},
		Today:  map[string]report.Count{"messages": {Total: 9, Bots: 2}},
		Hours:  []report.Hour{{At: w.now, Counters: map[string]float64{"messages": 9}}},
	}
	a := w.call(t, "GET", "/api/v1/dashboard", "")
	for _, want := range []string{
		`"users":{"value":400,"bots":2,"from_discord":0}`, `"guilds":{"value":null,"bots":0,"from_discord":0,"missing":"No running bot`, `"ping_ms":{"value":40,"bots":1,`,
		`"messages_today":{"value":9,"bots":2,`, `"commands_today":{"value":null,`, `"hours":[{"from":"2026-11-22T12:00:00Z","messages":9,"commands":null}]`,
	} {
		if a.code != http.StatusOK || !strings.Contains(a.raw, want) {
			t.Errorf("%q isn't in %d %s", want, a.code, a.raw)
		}
	}
	w.reports.broken = errors.New("away")
	w.now = w.now.Add(time.Minute)
	if a := w.call(t, "GET", "/api/v1/dashboard", ""); a.code != http.StatusOK || a.body["reported"] != nil || a.body["total"] != 3.0 {
		t.Errorf("without the database: %d %s", a.code, a.raw)
	}
}
