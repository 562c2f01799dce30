package api_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/logs"
	"github.com/botswain/botswain/app/runner"
	"github.com/botswain/botswain/app/runs"
	"github.com/botswain/botswain/app/stats"
)

// TestAnswersFitTheDocument checks real answers, with all that may be null once null and once not.
func TestAnswersFitTheDocument(t *testing.T) {
	w := newWorld(t)
	bare := w.add("bare", bot.Stopped)
	full := w.add("full", bot.Running)
	code, cpu, rss, files, used, run := 1, 2.5, int64(3), 4, uint64(5), bot.NewID()
	exit := &bot.Exit{Code: &code, Reason: "exit code 1", At: w.now}
	s := &w.crew.bots[full].Status
	s.Desired, s.LastExit, s.NextStartAt, s.Since = bot.Up, exit, w.now, w.now
	s.Install = &bot.Install{Run: run, Commands: "npm ci", StartedAt: w.now, Deadline: w.now, EndedAt: w.now, Outcome: bot.Installed}
	w.crew.runs = []event.Run{{ID: run, Number: 2, Cause: "manual", StartedAt: w.now}, {ID: run, Number: 1, Cause: "crash", PID: 3, StartedAt: w.now, EndedAt: &w.now, Exit: exit}}
	w.past.kept[run] = runs.Kept{At: w.now, Lines: []runs.Line{{Seq: 1, At: w.now, Stream: logs.Stdout, Message: "x"}}}
	w.past.groups = []runs.Group{{Key: "exit code 1", Times: 2, FirstAt: w.now, LastAt: w.now, Newest: event.Run{Number: 1}}}
	w.crew.events = []event.Event{{ID: 2, At: w.now, Kind: event.BotCrashed, Bot: &full, Run: &run}, {ID: 1, At: w.now, Kind: event.BotCreated}}
	w.logs.lines[full] = []logs.Line{{Seq: 1, HeadSeq: 1, Run: run, Stream: logs.Stdout, Message: "x"}, {Seq: 2, HeadSeq: 1, Run: run, Stream: logs.System, Level: logs.Fatal}}
	w.stats.host = stats.Host{At: w.now, CPU: &cpu, MemUsed: &used, CPUHistory: []float64{1}}
	w.stats.bots[full] = stats.Bot{ID: full, Usage: runner.Usage{At: w.now, CPU: &cpu, RSS: &rss, OpenFiles: &files}, CPUHistory: []float64{1, 2}, RSSHistory: []float64{1}}

	w.platforms.known[full] = telegramReport(w.now)

	doc := w.OpenAPI()
	get := 0
	for path, item := range doc.Paths {
		op := item.Get
		if op == nil || op.Responses["200"].Content["application/json"] == nil {
			continue
		}
		if op.OperationID == "get-key" { // tokens aren't enough for it: see TestTheKeyIsForTheSocketOnly
			continue
		}
		get++
		for _, id := range []bot.ID{bare, full} {
			at := strings.NewReplacer("{id}", id.String(), "{run}", run.String(), "/runtimes", "/runtimes?dir=bots/weather").Replace(path)
			a := w.call(t, "GET", at, "")
			if a.code != 200 {
				t.Errorf("%s: %d", path, a.code)
			}
			fits(t, doc, op, a)
		}
	}
	if get < 9 {
		t.Errorf("only %d operations were read", get)
	}
	one := "/api/v1/bots/{id}"
	fits(t, doc, doc.Paths[one].Put, w.call(t, "PUT", "/api/v1/bots/"+bare.String(), `{"name":"other","command":["x"]}`))
	fits(t, doc, doc.Paths[one].Patch, w.call(t, "PATCH", "/api/v1/bots/"+bare.String(), `{"name":"bare"}`))
	fits(t, doc, doc.Paths["/api/v1/bots"].Post, w.call(t, "POST", "/api/v1/bots", `{"name":"third","command":["x"]}`))
	fits(t, doc, doc.Paths["/api/v1/bots"].Post, w.call(t, "POST", "/api/v1/bots", `{"name":"third","command":["x"],"colour":1}`))
	fits(t, doc, doc.Paths[one+"/start"].Post, w.call(t, "POST", "/api/v1/bots/"+bare.String()+"/start", ""))
	fits(t, doc, doc.Paths[one+"/start"].Post, w.call(t, "POST", "/api/v1/bots/"+bare.String()+"/start", ""))
}

// fits checks that the operation documents the status, and that the body is as documented.
func fits(t *testing.T, doc *huma.OpenAPI, op *huma.Operation, a answer) {
	t.Helper()
	r := op.Responses[strconv.Itoa(a.code)]
	if r == nil {
		t.Errorf("%s doesn't document %d", op.OperationID, a.code)
		return
	}
	kind := "application/json"
	if a.code >= http.StatusBadRequest {
		kind = "application/problem+json"
	}
	var body any
	if err := json.Unmarshal([]byte(a.raw), &body); err != nil {
		t.Fatal(err)
	}
	res := &huma.ValidateResult{}
	huma.Validate(doc.Components.Schemas, r.Content[kind].Schema, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, body, res)
	for _, err := range res.Errors {
		t.Errorf("%s: %v", op.OperationID, err)
	}
}
