package api_test

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/stats/history"
)

// fakeHistory is a history of three steps that remembers what it was asked for.
type fakeHistory struct {
	asked history.Query
	away  bool
}

func (p *fakeHistory) series(q history.Query, names ...string) (history.Series, error) {
	p.asked = q
	s := history.Series{From: q.From, To: q.From.Add(3 * time.Minute), Step: time.Minute, Tier: time.Minute, N: 3, Lines: map[string]history.Line{}}
	if p.away {
		return s, fault.New(fault.Unavailable, "The database is away.")
	}
	for _, name := range names {
		s.Lines[name] = history.Line{Min: []float64{1, math.NaN(), 3}, Mean: []float64{2, math.NaN(), 4}, Max: []float64{3, math.NaN(), 5}}
	}
	return s, nil
}

func (p *fakeHistory) Bot(_ context.Context, _ bot.ID, q history.Query) (history.Series, error) {
	return p.series(q, history.CPU, history.Memory)
}
func (p *fakeHistory) Host(_ context.Context, q history.Query) (history.Series, error) {
	return p.series(q, history.HostCPU)
}
func (p *fakeHistory) Gauges(_ context.Context, _ bot.ID, q history.Query) (history.Series, error) {
	return p.series(q, "guilds")
}
func (p *fakeHistory) Starts(_ context.Context, _ bot.ID, s history.Series) ([]history.Mark, history.Line, error) {
	zero := []float64{0, 1, 0}
	return []history.Mark{{At: s.From, Starts: 1, Deployed: true, Version: 2, Cause: "manual"}}, history.Line{Min: zero, Mean: zero, Max: zero}, nil
}
func (p *fakeHistory) Uptime(context.Context, bot.ID, time.Time, *time.Location) (history.Uptime, error) {
	s := history.Spell{Up: 3 * time.Hour, Down: time.Hour}
	return history.Uptime{DaySpell: s, Days: []history.Day{{At: time.Unix(0, 0).UTC(), None: true}, {At: time.Unix(86400, 0).UTC(), Spell: s, Outages: 1}}}, nil
}

func TestHistory(t *testing.T) {
	w := newWorld(t)
	id := w.add("x", bot.Running).String()
	a := w.call(t, "GET", "/api/v1/stats/bots/"+id+"/history?from=2026-11-22T10:00:00Z&points=50", "")
	if a.code != 200 || a.get("figures.cpu.mean") != "[2 <nil> 4]" || a.get("figures.cpu.max") != "[3 <nil> 5]" || a.get("figures.restarts.mean") != "[0 1 0]" ||
		a.get("gauges.figures.guilds.min") != "[1 <nil> 3]" || a.get("step_seconds") != "60" || !strings.Contains(a.raw, `"deployed":true`) || a.get("missing.network") == "<nil>" {
		t.Errorf("bot: %d %s", a.code, a.raw)
	}
	if q := w.history.asked; q.Points != 50 || !q.From.Equal(w.now.Add(-2*time.Hour)) || !q.To.Equal(w.now) {
		t.Errorf("asked for %+v", q)
	}
	a = w.call(t, "GET", "/api/v1/stats/system/history", "")
	if q := w.history.asked; a.code != 200 || a.get("figures.cpu.min") != "[1 <nil> 3]" || !q.From.Equal(w.now.Add(-time.Hour)) {
		t.Errorf("host: %s, asked for %+v", a.raw, q)
	}
	a = w.call(t, "GET", "/api/v1/bots/"+id+"/uptime", "")
	if a.get("day.share") != "0.75" || a.get("week.share") != "<nil>" || !strings.Contains(a.raw, `"existed":false`) || !strings.Contains(a.raw, `"date":"1970-01-02"`) {
		t.Errorf("uptime: %s", a.raw)
	}
	// The older operation reaches as far back.
	a = w.call(t, "GET", "/api/v1/stats/bots/"+id+"?from=2026-11-22T10:00:00Z&step=1m", "")
	if p := a.list("points"); len(p) != 3 || p[0]["cpu_percent"] != 2.0 || p[1]["cpu_percent"] != nil || p[2]["memory_bytes"] != 4.0 {
		t.Errorf("points: %s", a.raw)
	}
	w.history.away = true
	if a = w.call(t, "GET", "/api/v1/stats/bots/"+id+"/history", ""); a.code != 503 {
		t.Errorf("without a database: %d %s", a.code, a.raw)
	}
	if a = w.call(t, "GET", "/api/v1/stats/system/history?points=5000", ""); a.code != 422 {
		t.Errorf("too many points: %d", a.code)
	}
}
