package api_test

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/botswain/botswain/app/api"
	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/logs"
	"github.com/botswain/botswain/app/runner"
	"github.com/botswain/botswain/app/stats"
)

func TestLogsShapeAndQuery(t *testing.T) {
	w := newWorld(t)
	id := w.add("x", bot.Running)
	run := uuid.MustParse("0198c5a2-7c1e-7b52-9d6e-3f1f0d6f8a12")
	w.logs.lines[id] = []logs.Line{
		{Seq: 1, HeadSeq: 1, At: w.now, Run: run, Stream: logs.System, Message: "started"},
		{Seq: 2, HeadSeq: 2, At: w.now, Run: run, Stream: logs.Stderr, Level: logs.Warn, Message: `<b>"hot"</b>`, Truncated: true},
	}
	path := "/api/v1/bots/" + id.String() + "/logs"
	a := w.call(t, "GET", path, "")
	head := `{"lines":[{"seq":1,"ts":"2026-11-22T12:00:00Z","run_id":"` + run.String() + `","stream":"system","level":"","message":"started","head_seq":1,"truncated":false},`
	tail := `"stream":"stderr","level":"warn","message":"<b>\"hot\"</b>","head_seq":2,"truncated":true}],"next_after_seq":2}` + "\n"
	if !strings.HasPrefix(a.raw, head) || !strings.HasSuffix(a.raw, tail) {
		t.Errorf("got %s", a.raw)
	}
	if a := w.call(t, "GET", path+"?after_seq=2", ""); a.raw != `{"lines":[],"next_after_seq":2}`+"\n" {
		t.Errorf("past the end: %s", a.raw)
	}
	w.logs.asked = nil
	w.call(t, "GET", path, "")
	w.call(t, "GET", path+"?limit=99999&after_seq=0&before_seq=9&level=warn&stream=stderr&q=hot&run="+run.String(), "")
	plain, full := w.logs.asked[0], w.logs.asked[1]
	if plain.Limit != 500 || plain.AfterSeq != nil || plain.BeforeSeq != nil || plain.Run != nil || plain.Stream != 0 || plain.MinLevel != 0 {
		t.Errorf("defaults: %+v", plain)
	}
	if full.Limit != 10_000 || *full.AfterSeq != 0 || *full.BeforeSeq != 9 || full.MinLevel != logs.Warn || full.Stream != logs.Stderr || full.Text != "hot" || *full.Run != run {
		t.Errorf("all of it: %+v", full)
	}
	for _, q := range []string{"after_seq=-1", "after_seq=x", "before_seq=-1", "limit=many", "level=loud", "stream=stdin", "run=7", "q=" + strings.Repeat("x", 501)} {
		name, _, _ := strings.Cut(q, "=")
		if a := w.call(t, "GET", path+"?"+q, ""); a.code != 422 || a.at("query."+name) == "" {
			t.Errorf("%.30s: %d %s", q, a.code, a.raw)
		}
	}
}

func TestRunsAndEventsPages(t *testing.T) {
	w := newWorld(t)
	id := w.add("x", bot.Running)
	code := 1
	ended := w.now.Add(time.Minute)
	for n := 5; n > 0; n-- {
		r := event.Run{ID: bot.NewID(), Bot: id, Number: n, Cause: "crash", PreviousEnd: "exit code 1", PID: 100 + n, StartedAt: w.now}
		if n < 5 {
			r.EndedAt, r.Exit = &ended, &bot.Exit{Code: &code, Reason: "exit code 1", At: ended}
		}
		w.crew.runs = append(w.crew.runs, r)
		w.crew.events = append(w.crew.events, event.Event{ID: int64(n), At: w.now, Kind: event.BotCrashed, Bot: &id, Run: &r.ID, Message: "exit code 1"})
	}
	for _, kind := range []string{"runs", "events"} {
		path, before, seen := "/api/v1/bots/"+id.String()+"/"+kind, "", 0
		for _, n := range []int{2, 2, 1} {
			a := w.call(t, "GET", path+"?limit=2"+before, "")
			if len(a.list(kind)) != n {
				t.Fatalf("%s%s: %s", kind, before, a.raw)
			}
			seen += n
			before = "&before=" + a.get("next_before")
			if last := a.get("next_before") == "<nil>"; last != (seen == 5) {
				t.Errorf("%s after %d: next_before is %s", kind, seen, a.get("next_before"))
			}
		}
	}
	a := w.call(t, "GET", "/api/v1/bots/"+id.String()+"/runs", "").list("runs")
	if a[0]["ended_at"] != nil || a[0]["exit"] != nil || a[0]["pid"] != 105.0 || a[1]["exit"].(map[string]any)["code"] != 1.0 || a[1]["ended_at"] != "2026-11-22T12:01:00Z" {
		t.Errorf("runs: %v", a[:2])
	}
	e := w.call(t, "GET", "/api/v1/bots/"+id.String()+"/events", "").list("events")
	if e[0]["kind"] != "bot.crashed" || e[0]["bot_id"] != id.String() || e[0]["actor"] != "" {
		t.Errorf("events: %v", e[0])
	}
}

func TestStats(t *testing.T) {
	w := newWorld(t)
	id, off := w.add("up", bot.Running), w.add("down", bot.Stopped)
	nan := math.NaN()
	cpu, rss, used := 12.5, int64(1<<20), uint64(5)
	w.stats.host = stats.Host{At: w.now, Name: "harbour", Cores: 2, CPU: &cpu, MemUsed: &used, Missing: map[string]string{"NetSent": "none here"}, CPUHistory: []float64{nan, 3}}
	w.stats.bots[id] = stats.Bot{ID: id, Usage: runner.Usage{At: w.now, CPU: &cpu, RSS: &rss, Processes: 2, Threads: 3}, CPUHistory: []float64{nan, 10, 20, 40}, RSSHistory: []float64{100, 200}}

	a := w.call(t, "GET", "/api/v1/stats/system", "")
	if a.get("cpu_percent") != "12.5" || a.get("memory.used_bytes") != "5" || a.get("memory.total_bytes") != "<nil>" || a.get("history.cpu_percent") != "[<nil> 3]" || !strings.Contains(a.raw, `"missing":{"network.sent_bytes_per_second":"none here"}`) {
		t.Errorf("system: %s", a.raw)
	}
	list := w.call(t, "GET", "/api/v1/stats/bots", "").list("bots")
	if len(list) != 2 || list[0]["id"] != off.String() || list[0]["cpu_percent"] != nil || list[0]["processes"] != nil || list[1]["memory_bytes"] != float64(rss) || list[1]["open_files"] != nil {
		t.Errorf("bots: %v", list)
	}
	path := "/api/v1/stats/bots/" + id.String()
	a = w.call(t, "GET", path, "")
	p := a.list("points")
	if len(p) != 4 || p[0]["cpu_percent"] != nil || p[1]["memory_bytes"] != nil || p[2]["memory_bytes"] != 100.0 || p[3]["cpu_percent"] != 40.0 || p[3]["at"] != "2026-11-22T12:00:00Z" || p[0]["at"] != "2026-11-22T11:59:54Z" {
		t.Errorf("points: %s", a.raw)
	}
	if a.get("from") != "2026-11-22T11:57:02Z" || a.get("step_seconds") != "2" {
		t.Errorf("bounds: %s", a.raw)
	}
	p = w.call(t, "GET", path+"?from=2026-11-22T11:59:56Z&to=2026-11-22T11:59:59Z", "").list("points")
	if len(p) != 2 || p[0]["cpu_percent"] != 10.0 || p[1]["cpu_percent"] != 20.0 {
		t.Errorf("a part: %v", p)
	}
	p = w.call(t, "GET", path+"?from=2026-11-22T11:59:56Z&step=4s", "").list("points")
	if len(p) != 2 || p[0]["cpu_percent"] != 15.0 || p[1]["cpu_percent"] != 40.0 {
		t.Errorf("steps: %v", p)
	}
	for _, q := range []string{"step=often", "step=-1s", "from=yesterday", "to=2026-11-22T11:00:00Z&from=2026-11-22T12:00:00Z"} {
		name, _, _ := strings.Cut(q, "=")
		if a := w.call(t, "GET", path+"?"+q, ""); a.code != 422 || a.at("query."+name) == "" {
			t.Errorf("%s: %d %s", q, a.code, a.raw)
		}
	}
}

func TestDashboard(t *testing.T) {
	w := newWorld(t)
	for i, s := range []bot.State{bot.Running, bot.Running, bot.Crashed} {
		w.add(fmt.Sprint(i), s)
	}
	a := w.call(t, "GET", "/api/v1/dashboard", "")
	if a.get("total") != "3" || a.get("by_status.running") != "2" || a.get("by_status.crashed") != "1" || a.get("by_status.waiting") != "0" || a.get("health.ok") != "true" {
		t.Errorf("%s", a.raw)
	}
}

func TestSocketActsAsCLI(t *testing.T) {
	w := newWorld(t)
	dir := t.TempDir() + "/" + strings.Repeat("deep/", 30)
	if err := mkdir(dir); err != nil {
		t.Fatal(err)
	}
	l, err := api.Listen(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	s := &httptest.Server{Listener: l, Config: &http.Server{Handler: w, BaseContext: baseContext(t)}}
	s.Start()
	if _, err := api.Listen(t.Context(), dir); err == nil {
		t.Error("a second Botswain took the socket")
	}
	client := &http.Client{Transport: &http.Transport{DialContext: dialer(dir)}}
	res, err := client.Post("http://botswain/api/v1/bots", "application/json", strings.NewReader(`{"name":"x","command":["x"]}`))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != 201 || w.crew.by[0] != api.CLI {
		t.Errorf("%s by %q", res.Status, w.crew.by)
	}
	client.CloseIdleConnections()
	s.Close()
	if _, err := api.Dial(context.Background(), dir); err == nil {
		t.Error("the socket is still there after Close")
	}
	// What a killed Botswain leaves behind doesn't block the next one.
	if err := staleSocket(dir); err != nil {
		t.Fatal(err)
	}
	again, err := api.Listen(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if mode := socketMode(t, dir); mode != 0o600 {
		t.Errorf("the socket has mode %o", mode)
	}
	again.Close()
	again.Close()
}
