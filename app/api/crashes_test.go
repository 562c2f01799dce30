package api_test

import (
	"context"
	"testing"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/logs"
	"github.com/botswain/botswain/app/runs"
)

// fakePast has the runs of a fakeCrew.
type fakePast struct {
	crew   *fakeCrew
	kept   map[bot.RunID]runs.Kept
	groups []runs.Group
}

func (f *fakePast) Get(_ context.Context, id bot.ID, run bot.RunID) (event.Run, error) {
	for _, r := range f.crew.runs {
		if r.ID == run && (r.Bot == id || r.Bot == (bot.ID{})) {
			return r, nil
		}
	}
	return event.Run{}, fault.New(fault.NotFound, "There is no such run of this bot.")
}

func (f *fakePast) List(_ context.Context, _ bot.ID, o bot.Outcome, before, limit int) ([]event.Run, error) {
	var list []event.Run
	for _, r := range f.crew.runs {
		if r.Outcome == o && (before == 0 || r.Number < before) && len(list) < limit {
			list = append(list, r)
		}
	}
	return list, nil
}

func (f *fakePast) Groups(context.Context, bot.ID, string, int) ([]runs.Group, error) {
	return f.groups, nil
}

func (f *fakePast) Kept(_ context.Context, r event.Run) (runs.Kept, error) { return f.kept[r.ID], nil }

func TestCrashesAndTheirLastLines(t *testing.T) {
	w := newWorld(t)
	id, other := w.add("x", bot.Crashed), w.add("y", bot.Running)
	code, rss, cpu := 1, int64(1<<20), 12.5
	crashed := event.Run{ID: bot.NewID(), Bot: id, Number: 2, Version: 3, Cause: "manual", StartedAt: w.now, EndedAt: &w.now, Outcome: bot.EndCrashed,
		Exit: &bot.Exit{Code: &code, Reason: "exit code 1", At: w.now}, PeakRSS: &rss, PeakCPU: &cpu, Headline: "KeyError: 'X'"}
	stopped := event.Run{ID: bot.NewID(), Bot: id, Number: 1, Version: 2, Cause: "manual", StartedAt: w.now, EndedAt: &w.now, Outcome: bot.EndStopped,
		Exit: &bot.Exit{Reason: "stopped by anna", At: w.now}}
	w.crew.runs = []event.Run{crashed, stopped}
	w.past.groups = []runs.Group{{Key: "setting-missing", Times: 12, FirstAt: w.now, LastAt: w.now, Newest: event.Run{Number: 2}}}
	w.past.kept[crashed.ID] = runs.Kept{At: w.now, Lines: []runs.Line{{Seq: 7, At: w.now, Stream: logs.Stderr, Level: logs.Error, Message: "KeyError: 'X'", Cut: true}}}

	base := "/api/v1/bots/" + id.String()
	if a := w.call(t, "GET", base+"/runs?outcome=crashed", "").list("runs"); len(a) != 1 || a[0]["outcome"] != "crashed" || a[0]["version"] != 3.0 ||
		a[0]["peak_memory_bytes"] != 1048576.0 || a[0]["peak_cpu_percent"] != 12.5 || a[0]["headline"] != "KeyError: 'X'" {
		t.Errorf("crashed runs: %v", a)
	}
	if a := w.call(t, "GET", base+"/runs/"+stopped.ID.String(), ""); a.code != 200 || a.body["outcome"] != "stopped" || a.body["peak_cpu_percent"] != nil {
		t.Errorf("a run: %s", a.raw)
	}
	a := w.call(t, "GET", base+"/runs/"+crashed.ID.String()+"/last-lines", "")
	if l := a.list("lines"); len(l) != 1 || l[0]["seq"] != 7.0 || l[0]["stream"] != "stderr" || l[0]["truncated"] != true || a.get("kept_at") == "<nil>" {
		t.Errorf("last lines: %s", a.raw)
	}
	if a := w.call(t, "GET", base+"/runs/"+stopped.ID.String()+"/last-lines", ""); len(a.list("lines")) != 0 || a.get("kept_at") != "<nil>" {
		t.Errorf("last lines of a stop: %s", a.raw)
	}
	if g := w.call(t, "GET", base+"/crashes", "").list("groups"); len(g) != 1 || g[0]["count"] != 12.0 || g[0]["newest"] != 2.0 {
		t.Errorf("crashes: %v", g)
	}
	for _, path := range []string{
		"/api/v1/bots/" + other.String() + "/runs/" + crashed.ID.String(), base + "/runs/x", base + "/runs/" + bot.NewID().String() + "/last-lines",
		"/api/v1/bots/" + bot.NewID().String() + "/crashes",
	} {
		if a := w.call(t, "GET", path, ""); a.code != 404 {
			t.Errorf("%s: %d", path, a.code)
		}
	}
}
