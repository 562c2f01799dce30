package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/botswain/botswain/app/bot"
)

// answer is what a request came to.
type answer struct {
	code   int
	header http.Header
	body   map[string]any
	raw    string
}

// call makes a request with a good token; body is JSON text or "".
func (w *world) call(t *testing.T, method, path, body string, header ...string) answer {
	t.Helper()
	var r io.Reader
	if body != "" {
		r = strings.NewReader(body)
	}
	req := httptest.NewRequestWithContext(t.Context(), method, path, r)
	req.Header.Set("Authorization", "Bearer "+goodToken)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return w.do(t, req)
}

func (w *world) do(t *testing.T, req *http.Request) answer {
	t.Helper()
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, req)
	a := answer{code: rec.Code, header: rec.Header(), raw: rec.Body.String()}
	if strings.Contains(rec.Header().Get("Content-Type"), "json") {
		if err := json.NewDecoder(bytes.NewReader(rec.Body.Bytes())).Decode(&a.body); err != nil {
			t.Fatalf("%s %s: %v in %q", req.Method, req.URL, err, rec.Body)
		}
	}
	if rec.Code >= 400 {
		a.checkProblem(t)
	}
	return a
}

// checkProblem holds every error to RFC 9457.
func (a answer) checkProblem(t *testing.T) {
	t.Helper()
	if ct := a.header.Get("Content-Type"); ct != "application/problem+json" {
		t.Errorf("an error has Content-Type %q: %s", ct, a.raw)
	}
	if a.body["status"] != float64(a.code) || a.body["title"] != http.StatusText(a.code) || a.body["detail"] == "" {
		t.Errorf("no problem details: %s", a.raw)
	}
	if a.code == http.StatusUnauthorized && !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Bearer") {
		t.Errorf("401 without WWW-Authenticate")
	}
	for _, e := range a.list("errors") {
		if _, has := e["value"]; has {
			t.Errorf("an error tells what was sent: %s", a.raw)
		}
	}
}

func (a answer) list(name string) []map[string]any {
	out := []map[string]any{}
	items, _ := a.body[name].([]any)
	for _, i := range items {
		out = append(out, i.(map[string]any))
	}
	return out
}

// at gives the message of the error at a location, or "".
func (a answer) at(location string) string {
	for _, e := range a.list("errors") {
		if e["location"] == location {
			return e["message"].(string)
		}
	}
	return ""
}

// get reads a value by a dotted path, printed by %v.
func (a answer) get(path string) string {
	var v any = a.body
	for _, k := range strings.Split(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return "<none>"
		}
		if v, ok = m[k]; !ok {
			return "<none>"
		}
	}
	return fmt.Sprintf("%v", v)
}

func TestCreateNeedsNameAndCommandOnly(t *testing.T) {
	w := newWorld(t)
	a := w.call(t, "POST", "/api/v1/bots", `{"name":"Weather","command":["python3","bot.py"]}`)
	if a.code != http.StatusCreated {
		t.Fatalf("%d %s", a.code, a.raw)
	}
	for path, want := range map[string]string{
		"name": "Weather", "type": "generic", "command": "[python3 bot.py]", "dir": ".", "env": "map[]", "secrets": "[]", "tags": "[]",
		"autostart": "false", "restart.policy": "always", "restart.initial_delay": "1s", "restart.max_delay": "5m",
		"restart.factor": "2", "restart.reset_after": "1m", "restart.give_up_after": "0", "stop.signal": "SIGTERM", "stop.timeout": "10s",
		"limits.memory_max": "0", "limits.cpu_max": "0", "limits.open_files": "0", "start_seconds": "1", "status": "stopped",
		"desired": "<nil>", "pid": "<nil>", "uptime_seconds": "0", "started_at": "<nil>", "restart_count": "0",
		"next_start_at": "<nil>", "last_exit": "<nil>", "version": "1", "created_at": "2026-11-22T12:00:00Z", "updated_at": "2026-11-22T12:00:00Z",
	} {
		if got := a.get(path); got != want {
			t.Errorf("%s is %s, want %s", path, got, want)
		}
	}
	if got, want := a.header.Get("Location"), "/api/v1/bots/"+a.get("id"); got != want {
		t.Errorf("Location is %q, want %q", got, want)
	}
	if got := a.header.Get("ETag"); got != `"1"` {
		t.Errorf("ETag is %q", got)
	}
	if w.crew.by[0] != "anna" {
		t.Errorf("created by %q", w.crew.by[0])
	}
	if b := w.call(t, "GET", a.header.Get("Location"), ""); b.code != 200 || b.raw != a.raw {
		t.Errorf("read back: %d %s\nwant %s", b.code, b.raw, a.raw)
	}
}

func TestWrongInput(t *testing.T) {
	w := newWorld(t)
	w.add("Taken", bot.Stopped)
	for _, c := range []struct {
		name, body string
		code       int
		at         string // location of an error
	}{
		{"no body", ``, 400, ""},
		{"broken JSON", `{"name":`, 400, "body"},
		{"not an object", `[]`, 422, "body"},
		{"no name", `{"command":["x"]}`, 422, "body.name"},
		{"no command", `{"name":"x"}`, 422, "body.command"},
		{"empty name", `{"name":" ","command":["x"]}`, 422, "body.name"},
		{"empty command", `{"name":"x","command":[]}`, 422, "body.command"},
		{"name is a number", `{"name":7,"command":["x"]}`, 422, "body.name"},
		{"name is null", `{"name":null,"command":["x"]}`, 422, "body.name"},
		{"command is text", `{"name":"x","command":"x"}`, 422, "body.command"},
		{"argument is a number", `{"name":"x","command":["x",1]}`, 422, "body.command[1]"},
		{"unknown type", `{"name":"x","command":["x"],"type":"irc"}`, 422, "body.type"},
		{"unknown field", `{"name":"x","command":["x"],"colour":"red"}`, 422, "body.colour"},
		{"unknown nested field", `{"name":"x","command":["x"],"restart":{"delay":"1s"}}`, 422, "body.restart.delay"},
		{"unknown policy", `{"name":"x","command":["x"],"restart":{"policy":"maybe"}}`, 422, "body.restart.policy"},
		{"bad duration", `{"name":"x","command":["x"],"restart":{"max_delay":"soon"}}`, 422, "body.restart.max_delay"},
		{"duration is a number", `{"name":"x","command":["x"],"stop":{"timeout":10}}`, 422, "body.stop.timeout"},
		{"negative duration", `{"name":"x","command":["x"],"stop":{"timeout":"-1s"}}`, 422, "body.stop.timeout"},
		{"unknown signal", `{"name":"x","command":["x"],"stop":{"signal":"SIGFOO"}}`, 422, "body.stop.signal"},
		{"env value is a number", `{"name":"x","command":["x"],"env":{"A":1}}`, 422, "body.env.A"},
		{"reserved variable", `{"name":"x","command":["x"],"env":{"BOT_ID":"1"}}`, 422, "body.env"},
		{"a secret is a list", `{"name":"x","command":["x"],"secrets":{"TOKEN":["hidden-value"]}}`, 422, "body.secrets.TOKEN"},
		{"a secret is a number", `{"name":"x","command":["x"],"secrets":{"API_ID":4711}}`, 422, "body.secrets.API_ID"},
		{"a secret is null", `{"name":"x","command":["x"],"secrets":{"TOKEN":null}}`, 422, "body.secrets"},
		{"a secret for a name", `{"name":"x","command":["x"],"secrets":{"1:hidden-value":"TOKEN"}}`, 422, "body.secrets"},
		{"a secret for a name, and a number", `{"name":"x","command":["x"],"secrets":{"1:hidden-value":1}}`, 422, "body.secrets"},
		{"a secret with NUL", `{"name":"x","command":["x"],"secrets":{"TOKEN":"hidden-value\u0000"}}`, 422, "body.secrets.TOKEN"},
		{"a reserved secret", `{"name":"x","command":["x"],"secrets":{"BOT_ID":"hidden-value"}}`, 422, "body.secrets.BOT_ID"},
		{"a secret that is too long", `{"name":"x","command":["x"],"secrets":{"TOKEN":"hidden-value` + strings.Repeat("x", 64<<10) + `"}}`, 422, "body.secrets.TOKEN"},
		{"secrets are text", `{"name":"x","command":["x"],"secrets":"hidden-value"}`, 422, "body.secrets"},
		{"broken off in a secret", `{"name":"x","command":["x"],"secrets":{"TOKEN":"hidden-value`, 400, "body"},
		{"a mistake behind a secret", `{"name":"x","command":["x"],"secrets":{"TOKEN":"hidden-value"},"env":{"A":["hidden-value"]},"type":"hidden-value"}`, 422, "body.type"},
		{"secrets as names", `{"name":"x","command":["x"],"secrets":["TOKEN"]}`, 422, "body.secrets"},
		{"fraction of a byte", `{"name":"x","command":["x"],"limits":{"memory_max":1.5}}`, 422, "body.limits.memory_max"},
		{"too large a number", `{"name":"x","command":["x"],"limits":{"memory_max":1e30}}`, 422, "body"},
		{"too many cores", `{"name":"x","command":["x"],"limits":{"cpu_max":5000}}`, 422, "body.limits.cpu_max"},
		{"autostart is text", `{"name":"x","command":["x"],"autostart":"yes"}`, 422, "body.autostart"},
		{"taken name", `{"name":"taken","command":["x"]}`, 422, "body.name"},
		{"not UTF-8", "{\"name\":\"\xff\",\"command\":[\"x\"]}", 400, "body"},
		{"too large", `{"name":"x","command":["` + strings.Repeat("x", 1<<20) + `"]}`, 413, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := w.call(t, "POST", "/api/v1/bots", c.body)
			if a.code != c.code || c.at != "" && a.at(c.at) == "" {
				t.Errorf("got %d %s, want %d at %q", a.code, a.raw, c.code, c.at)
			}
			if strings.Contains(a.raw, "hidden-value") || strings.Contains(a.raw, "json:") || strings.Contains(a.raw, "Go ") {
				t.Errorf("it says too much: %s", a.raw)
			}
		})
	}
	a := w.call(t, "POST", "/api/v1/bots", `{"name":"","command":[],"secrets":{"A":""},"stop":{"timeout":"x"}}`)
	for _, at := range []string{"body.name", "body.command", "body.secrets.A", "body.stop.timeout"} {
		if a.at(at) == "" {
			t.Errorf("one answer should name all mistakes; %s is missing: %s", at, a.raw)
		}
	}
	if a := w.call(t, "POST", "/api/v1/bots", "name: x", "Content-Type", "application/yaml"); a.code != 415 {
		t.Errorf("yaml: %d %s", a.code, a.raw)
	}
	if a := w.call(t, "POST", "/api/v1/bots", `{"name":"s","command":["x"],"secrets":{},"type":null,"restart":null,"env":null}`); a.code != 201 {
		t.Errorf("null and empty are as left out: %d %s", a.code, a.raw)
	}
}

func TestListPages(t *testing.T) {
	w := newWorld(t)
	for i := range 7 {
		w.add(fmt.Sprintf("bot %d", i), []bot.State{bot.Running, bot.Stopped}[i%2])
	}
	for _, c := range []struct {
		query                string
		total, page, size, n int
	}{
		{"", 7, 1, 50, 7},
		{"?page_size=3", 7, 1, 3, 3},
		{"?page_size=3&page=3", 7, 3, 3, 1},
		{"?page_size=3&page=9", 7, 9, 3, 0},
		{"?page_size=1000", 7, 1, 200, 7},
		{"?page_size=0&page=0", 7, 1, 50, 7},
		{"?page_size=-1&page=-1", 7, 1, 50, 7},
		{"?status=running", 4, 1, 50, 4},
		{"?search=BOT%203", 1, 1, 50, 1},
		{"?tag=none", 0, 1, 50, 0},
	} {
		a := w.call(t, "GET", "/api/v1/bots"+c.query, "")
		if a.code != 200 || a.get("total") != fmt.Sprint(c.total) || a.get("page") != fmt.Sprint(c.page) ||
			a.get("page_size") != fmt.Sprint(c.size) || len(a.list("bots")) != c.n {
			t.Errorf("%s: %d %s", c.query, a.code, a.raw)
		}
		if len(a.body) != 4 {
			t.Errorf("%s: more than the contract's four: %s", c.query, a.raw)
		}
	}
	for _, q := range []string{"status=dead", "page=x", "page_size=1.5"} {
		a := w.call(t, "GET", "/api/v1/bots?"+q, "")
		name, _, _ := strings.Cut(q, "=")
		if a.code != 422 || a.at("query."+name) == "" {
			t.Errorf("%s: %d %s", q, a.code, a.raw)
		}
	}
	if a := w.call(t, "GET", "/api/v1/bots?tag=none", ""); !strings.Contains(a.raw, `"bots":[]`) {
		t.Errorf("an empty list must be []: %s", a.raw)
	}
}

func TestActions(t *testing.T) {
	w := newWorld(t)
	for _, state := range bot.States() {
		for _, action := range []bot.Action{bot.Start, bot.Stop, bot.Restart, bot.Kill} {
			id := w.add(string(state)+" "+string(action), state)
			a := w.call(t, "POST", "/api/v1/bots/"+id.String()+"/"+string(action), "")
			want := http.StatusConflict
			if state.Allows(action) {
				want = http.StatusOK
			}
			if a.code != want || want == 200 && a.get("id") != id.String() {
				t.Errorf("%s when %s: %d %s", action, state, a.code, a.raw)
			}
		}
	}
}

func TestUnknownBots(t *testing.T) {
	w := newWorld(t)
	for _, id := range []string{"0198c5a2-7c1e-7b52-9d6e-3f1f0d6f8a11", "nobody", "123", "{0198c5a2-7c1e-7b52-9d6e-3f1f0d6f8a11}", "%2e%2e"} {
		for _, c := range [][2]string{
			{"GET", ""}, {"PUT", ""}, {"PATCH", ""}, {"DELETE", ""}, {"POST", "/start"}, {"POST", "/stop"}, {"POST", "/restart"}, {"POST", "/kill"},
			{"POST", "/stdin"}, {"GET", "/status"}, {"GET", "/logs"}, {"GET", "/logs/stream"}, {"GET", "/runs"}, {"GET", "/events"},
		} {
			body := map[string]string{"PUT": `{"name":"x","command":["x"]}`, "PATCH": `{}`}[c[0]]
			if c[1] == "/stdin" {
				body = `{"line":"x"}`
			}
			if a := w.call(t, c[0], "/api/v1/bots/"+id+c[1], body); a.code != http.StatusNotFound {
				t.Errorf("%s %s%s: %d %s", c[0], id, c[1], a.code, a.raw)
			}
		}
	}
	if a := w.call(t, "GET", "/api/v1/stats/bots/nobody", ""); a.code != 404 {
		t.Errorf("stats: %d", a.code)
	}
	if a := w.call(t, "GET", "/api/v1/nothing", ""); a.code != 404 {
		t.Errorf("unknown path: %d", a.code)
	}
	if a := w.call(t, "DELETE", "/api/v1/bots", ""); a.code != 405 || !strings.Contains(a.header.Get("Allow"), "POST") {
		t.Errorf("unknown method: %d %v", a.code, a.header)
	}
}

// TestHead: HEAD tells what GET would, but doesn't wait for a stream that never ends.
func TestHead(t *testing.T) {
	w := newWorld(t)
	id := w.add("up", bot.Running).String()
	for path, want := range map[string]int{
		"/api/v1/bots": 200, "/api/v1/bots/" + id: 200, "/api/openapi.json": 200, "/api/v1/bots/nobody": 404,
		"/api/v1/bots/" + id + "/logs/stream": 405, "/api/v1/events/stream": 405,
	} {
		if a := w.call(t, "HEAD", path, ""); a.code != want {
			t.Errorf("%s: %d, want %d", path, a.code, want)
		}
	}
}

func TestStatusShape(t *testing.T) {
	w := newWorld(t)
	id := w.add("up", bot.Running)
	a := w.call(t, "GET", "/api/v1/bots/"+id.String()+"/status", "")
	want := `{"id":"` + id.String() + `","name":"up","status":"running","pid":4711,"uptime_seconds":90,` +
		`"started_at":"2026-11-22T11:58:30Z","restart_count":0,"next_start_at":null,"last_exit":null}` + "\n"
	if a.raw != want {
		t.Errorf("got  %s\nwant %s", a.raw, want)
	}
	code := 3
	w.crew.bots[id].Status = bot.Status{
		ID: id, State: bot.Waiting, Restarts: 4, NextStartAt: w.now, PID: 4711, StartedAt: w.now,
		LastExit: &bot.Exit{Code: &code, Reason: "exit code 3", At: w.now},
	}
	a = w.call(t, "GET", "/api/v1/bots/"+id.String()+"/status", "")
	want = `{"id":"` + id.String() + `","name":"up","status":"waiting","pid":null,"uptime_seconds":0,"started_at":null,"restart_count":4,` +
		`"next_start_at":"2026-11-22T12:00:00Z","last_exit":{"code":3,"signal":"","reason":"exit code 3","at":"2026-11-22T12:00:00Z"}}` + "\n"
	if a.raw != want {
		t.Errorf("got  %s\nwant %s", a.raw, want)
	}
}

func TestDeleteAndStdin(t *testing.T) {
	w := newWorld(t)
	id := w.add("x", bot.Running).String()
	if a := w.call(t, "POST", "/api/v1/bots/"+id+"/stdin", `{"line":"reload now"}`); a.code != 204 || a.raw != "" {
		t.Errorf("stdin: %d %q", a.code, a.raw)
	}
	if len(w.crew.input) != 1 || w.crew.input[0] != "reload now" {
		t.Errorf("the bot was told %q", w.crew.input)
	}
	for body, want := range map[string]int{`{"line":"a\nb"}`: 422, `{}`: 422, `{"line":1}`: 422, `{"line":"` + strings.Repeat("x", 40<<10) + `"}`: 422} {
		if a := w.call(t, "POST", "/api/v1/bots/"+id+"/stdin", body); a.code != want || a.at("body.line") == "" {
			t.Errorf("%.40s: %d %s", body, a.code, a.raw)
		}
	}
	if a := w.call(t, "POST", "/api/v1/bots/"+id+"/stdin", `{"line":"x","run_id":"`+bot.NewID().String()+`"}`); a.code != 409 {
		t.Errorf("stdin of another run: %d", a.code)
	}
	if a := w.call(t, "DELETE", "/api/v1/bots/"+id, ""); a.code != 204 || a.raw != "" {
		t.Errorf("delete: %d %q", a.code, a.raw)
	}
	if a := w.call(t, "DELETE", "/api/v1/bots/"+id, ""); a.code != 404 {
		t.Errorf("delete again: %d", a.code)
	}
	stopped := w.add("y", bot.Stopped).String()
	if a := w.call(t, "POST", "/api/v1/bots/"+stopped+"/stdin", `{"line":"x"}`); a.code != 409 {
		t.Errorf("stdin of a stopped bot: %d", a.code)
	}
}
