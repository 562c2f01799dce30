package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/botswain/botswain/app/bot"
)

const whole = `{"name":"Weather","type":"telegram_bot","command":["python3","bot.py"],"dir":"bots/weather","env":{"A":"1","B":"2"},
	"tags":["prod","eu"],"autostart":true,"restart":{"policy":"on-failure","initial_delay":"2s","give_up_after":3,"schedule":"0 4 * * *"},
	"stop":{"signal":"SIGINT","timeout":"30s"},"limits":{"memory_max":268435456,"memory_soft":201326592,"cpu_max":0.5,"processes":64,"open_files":256,"core_dumps":true},
	"start_seconds":5,"ready":{"by":"http","target":"http://127.0.0.1:8081/ready","timeout":"90s"},
	"health":{"by":"tcp","target":"127.0.0.1:8081","interval":"1m","timeout":"2s","failures":5,"restart":true},
	"run_as":"bots","group":"weather","start_after":["0198c5a2-7c1e-7b52-9d6e-3f1f0d6f8a11"]}`

// created makes the whole bot and gives its path.
func created(t *testing.T, w *world) string {
	t.Helper()
	a := w.call(t, "POST", "/api/v1/bots", whole)
	if a.code != http.StatusCreated {
		t.Fatalf("%d %s", a.code, a.raw)
	}
	return "/api/v1/bots/" + a.get("id")
}

func TestMergePatch(t *testing.T) {
	for _, c := range []struct {
		name, patch string
		want        map[string]string
	}{
		{"nothing", `{}`, map[string]string{"name": "Weather", "restart.initial_delay": "2s", "version": "2"}},
		{"one field", `{"dir":"elsewhere"}`, map[string]string{"dir": "elsewhere", "name": "Weather", "env": "map[A:1 B:2]", "autostart": "true"}},
		{"into an object", `{"restart":{"max_delay":"1m"}}`, map[string]string{"restart.max_delay": "1m", "restart.initial_delay": "2s", "restart.policy": "on-failure"}},
		{"null resets one", `{"restart":{"policy":null},"stop":{"timeout":null}}`, map[string]string{"restart.policy": "always", "restart.give_up_after": "3", "stop.timeout": "10s", "stop.signal": "SIGINT"}},
		{"null resets an object", `{"restart":null,"limits":null}`, map[string]string{"restart.policy": "always", "restart.initial_delay": "1s", "restart.give_up_after": "0", "limits.memory_max": "0"}},
		{"null resets the rest", `{"type":null,"dir":null,"env":null,"tags":null,"autostart":null,"start_seconds":null}`,
			map[string]string{"type": "generic", "dir": ".", "env": "map[]", "tags": "[]", "autostart": "false", "start_seconds": "1"}},
		{"variables merge", `{"env":{"A":null,"C":"3"}}`, map[string]string{"env": "map[B:2 C:3]"}},
		{"lists are replaced", `{"tags":["one"],"command":["x"]}`, map[string]string{"tags": "[one]", "command": "[x]"}},
		{"false and zero are values", `{"autostart":false,"limits":{"memory_max":0}}`, map[string]string{"autostart": "false", "limits.memory_max": "0", "limits.cpu_max": "0.5"}},
		{"zero waits are values", `{"restart":{"initial_delay":"0s","max_delay":"0s","reset_after":"0s"},"stop":{"timeout":"0s"},"start_seconds":0}`,
			map[string]string{"restart.initial_delay": "0s", "restart.max_delay": "0s", "restart.reset_after": "0s", "stop.timeout": "0s", "start_seconds": "0", "stop.signal": "SIGINT"}},
		{"checks merge", `{"ready":{"target":"http://x/"},"health":{"failures":2},"limits":{"processes":8},"restart":{"schedule":"@daily"}}`,
			map[string]string{"ready.by": "http", "ready.target": "http://x/", "ready.timeout": "1m30s", "health.by": "tcp", "health.target": "127.0.0.1:8081",
				"health.interval": "1m", "health.timeout": "2s", "health.failures": "2", "health.restart": "true", "limits.processes": "8",
				"limits.memory_soft": "2.01326592e+08", "limits.core_dumps": "true", "restart.schedule": "@daily", "run_as": "bots", "group": "weather",
				"start_after": "[0198c5a2-7c1e-7b52-9d6e-3f1f0d6f8a11]"}},
		{"null resets checks", `{"ready":null,"health":null,"run_as":null,"group":null,"start_after":null,"restart":{"schedule":null}}`,
			map[string]string{"ready.by": "time", "ready.target": "", "ready.timeout": "1m", "health.by": "", "health.target": "", "health.interval": "30s",
				"health.timeout": "5s", "health.failures": "3", "health.restart": "false", "run_as": "", "group": "", "start_after": "[]", "restart.schedule": ""}},
		{"waiting for ever is a value", `{"ready":{"timeout":"0s"},"health":{"by":""}}`, map[string]string{"ready.timeout": "0s", "health.by": "", "health.target": ""}},
		{"null lets one delay follow the other", `{"restart":{"initial_delay":null,"max_delay":"100ms"}}`, map[string]string{"restart.initial_delay": "100ms", "restart.max_delay": "100ms"}},
		{"read-only ones are ignored", `{"status":"running","id":"x","pid":7,"last_exit":null}`, map[string]string{"status": "stopped"}},
		{"empty secrets", `{"secrets":{}}`, map[string]string{"secrets": "[]"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			path := created(t, w)
			a := w.call(t, "PATCH", path, c.patch, "Content-Type", "application/merge-patch+json")
			if a.code != 200 {
				t.Fatalf("%d %s", a.code, a.raw)
			}
			for k, want := range c.want {
				if got := a.get(k); got != want {
					t.Errorf("%s is %s, want %s", k, got, want)
				}
			}
		})
	}
}

func TestPatchRefused(t *testing.T) {
	w := newWorld(t)
	path := created(t, w)
	before := w.call(t, "GET", path, "").raw
	for _, c := range []struct {
		patch string
		code  int
		at    string
	}{
		{`{"name":null}`, 422, "body.name"},
		{`{"command":null}`, 422, "body.command"},
		{`{"colour":"red"}`, 422, "body.colour"},
		{`{"Name":"Other"}`, 422, "body.Name"},
		{`{"restart":{"Policy":"never"}}`, 422, "body.restart.Policy"},
		{`{"restart":{"delay":"1s"}}`, 422, "body.restart.delay"},
		{`{"restart":"never"}`, 422, "body.restart"},
		{`{"env":{"A":1}}`, 422, "body.env.A"},
		{`{"stop":{"timeout":"long"}}`, 422, "body.stop.timeout"},
		{`{"secrets":{"A":""}}`, 422, "body.secrets.A"},
		{`{"secrets":{"A":1}}`, 422, "body.secrets.A"},
		{`{"secrets":["A"]}`, 422, "body.secrets"},
		{`{"ready":{"by":"guess"}}`, 422, "body.ready.by"},
		{`{"ready":{"by":"pattern","target":"("}}`, 422, "body.ready.target"},
		{`{"ready":{"timeout":"long"}}`, 422, "body.ready.timeout"},
		{`{"health":{"by":"time"}}`, 422, "body.health.by"},
		{`{"health":{"interval":"1ms"}}`, 422, "body.health.interval"},
		{`{"limits":{"memory_soft":268435456}}`, 422, "body.limits.memory_soft"},
		{`{"restart":{"schedule":"@every 1s"}}`, 422, "body.restart.schedule"},
		{`{"run_as":"a b"}`, 422, "body.run_as"},
		{`{"group":"a b"}`, 422, "body.group"},
		{`{"start_after":["x"]}`, 422, "body.start_after"},
		{`[]`, 422, "body"},
		{`null`, 422, "body"},
		{`{`, 400, "body"},
		{`{"version":7,"dir":"x"}`, 409, ""},
	} {
		if a := w.call(t, "PATCH", path, c.patch); a.code != c.code || c.at != "" && a.at(c.at) == "" {
			t.Errorf("%s: %d %s", c.patch, a.code, a.raw)
		}
	}
	if after := w.call(t, "GET", path, "").raw; after != before {
		t.Errorf("a refused patch has changed the bot:\n%s%s", before, after)
	}
}

// What was read may be put back as it is, and means the same.
func TestPutReplacesAndRoundTrips(t *testing.T) {
	w := newWorld(t)
	path := created(t, w)
	id, err := parseID(path)
	if err != nil {
		t.Fatal(err)
	}
	code := 1
	w.crew.bots[id].Status = bot.Status{ID: id, State: bot.Running, PID: 12, Desired: bot.Up, StartedAt: w.now, Since: w.now, LastExit: &bot.Exit{Code: &code, At: w.now}}
	read := w.call(t, "GET", path, "")
	put := w.call(t, "PUT", path, read.raw)
	if put.code != 200 || put.get("version") != "2" || put.get("restart") != read.get("restart") || put.get("env") != read.get("env") || put.get("stop") != read.get("stop") {
		t.Fatalf("%d\n%s%s", put.code, read.raw, put.raw)
	}
	// The version that was read isn't the newest any more.
	if again := w.call(t, "PUT", path, read.raw); again.code != 409 {
		t.Errorf("an old version: %d %s", again.code, again.raw)
	}
	short := w.call(t, "PUT", path, `{"name":"Weather","command":["x"]}`)
	if short.code != 200 || short.get("env") != "map[]" || short.get("restart.policy") != "always" || short.get("autostart") != "false" {
		t.Errorf("PUT must replace all: %d %s", short.code, short.raw)
	}
	for method, at := range map[string]string{"PUT": path, "POST": "/api/v1/bots"} {
		if a := w.call(t, method, at, `{"name":"Sun","NAME":"Rain","command":["x"],"restart":{"Policy":"never"}}`); a.code != 422 || a.at("body.NAME")+a.at("body.restart.Policy") == "" {
			t.Errorf("%s of names in capitals: %d %s", method, a.code, a.raw)
		}
	}
	if a := w.call(t, "PUT", path, `{"name":"Weather"}`); a.code != 422 || a.at("body.command") == "" {
		t.Errorf("PUT without command: %d %s", a.code, a.raw)
	}
}

const noWaits = `{"name":"Hasty","command":["x"],"restart":{"initial_delay":"0s","max_delay":"0s","reset_after":"0"},"stop":{"timeout":"0s"},"start_seconds":0}`

// Zeros stay zeros on every way in, and go back to the defaults only when that is asked for.
func TestZerosRoundTrip(t *testing.T) {
	w := newWorld(t)
	made := w.call(t, "POST", "/api/v1/bots", noWaits)
	path := "/api/v1/bots/" + made.get("id")
	put := w.call(t, "PUT", path, w.call(t, "GET", path, "").raw)
	patched := w.call(t, "PATCH", path, `{"dir":"elsewhere"}`)
	for _, a := range []answer{made, put, patched} {
		for k, want := range map[string]string{"restart.initial_delay": "0s", "restart.max_delay": "0s", "restart.reset_after": "0s", "stop.timeout": "0s", "start_seconds": "0"} {
			if got := a.get(k); got != want {
				t.Errorf("%s is %s, want %s: %s", k, got, want, a.raw)
			}
		}
	}
	defaults := map[string]string{"restart.initial_delay": "1s", "restart.max_delay": "5m", "restart.factor": "2", "restart.reset_after": "1m", "stop.timeout": "10s", "start_seconds": "1"}
	for _, c := range []struct{ method, body string }{
		{"PATCH", `{"restart":{"initial_delay":null,"max_delay":null,"factor":null,"reset_after":null},"stop":{"timeout":null},"start_seconds":null}`},
		{"PATCH", `{"restart":null,"stop":null,"start_seconds":null}`},
		{"PUT", `{"name":"Hasty","command":["x"]}`},
		{"PUT", `{"name":"Hasty","command":["x"],"restart":{},"stop":{}}`},
		{"PUT", `{"name":"Hasty","command":["x"],"restart":null,"stop":null,"start_seconds":null}`},
		{"PUT", `{"name":"Hasty","command":["x"],"restart":{"initial_delay":null,"max_delay":null,"factor":0,"reset_after":null},"stop":{"timeout":null,"signal":null}}`},
	} {
		w.call(t, "PUT", path, noWaits)
		a := w.call(t, c.method, path, c.body)
		for k, want := range defaults {
			if got := a.get(k); got != want {
				t.Errorf("%s %s: %s is %s, want %s", c.method, c.body, k, got, want)
			}
		}
	}
	short := w.call(t, "PUT", path, `{"name":"Hasty","command":["x"],"restart":{"max_delay":"100ms"}}`)
	if short.get("restart.initial_delay") != "100ms" || short.get("restart.max_delay") != "100ms" {
		t.Errorf("a short longest wait alone: %s", short.raw)
	}
	if a := w.call(t, "PUT", path, `{"name":"Hasty","command":["x"],"restart":{"initial_delay":"1s","max_delay":"0s"}}`); a.code != 422 || a.at("body.restart.max_delay") == "" {
		t.Errorf("no longest wait with a first one: %d %s", a.code, a.raw)
	}
}

func TestIfMatch(t *testing.T) {
	w := newWorld(t)
	path := created(t, w)
	for _, c := range []struct {
		match string
		code  int
	}{{`"1"`, 200}, {`"1"`, 412}, {`W/"2"`, 200}, {`*`, 200}, {`"99"`, 412}, {`red`, 412}} {
		for _, method := range []string{"PATCH"} {
			if a := w.call(t, method, path, `{"dir":"x"}`, "If-Match", c.match); a.code != c.code {
				t.Errorf("%s If-Match %s: %d %s", method, c.match, a.code, a.raw)
			}
		}
	}
	if a := w.call(t, "PUT", path, `{"name":"x","command":["x"]}`, "If-Match", `"1"`); a.code != 412 {
		t.Errorf("PUT with an old ETag: %d", a.code)
	}
	now := w.call(t, "GET", path, "").header.Get("ETag")
	if a := w.call(t, "PUT", path, `{"name":"x","command":["x"]}`, "If-Match", now); a.code != 200 {
		t.Errorf("PUT with the newest ETag: %d", a.code)
	}
}

// A patch and what changed the bot meanwhile must both be in the result.
func TestPatchIsMadeAnewWhenSomebodyElseWasFaster(t *testing.T) {
	w := newWorld(t)
	path := created(t, w)
	w.crew.onUpdate = func() {
		w.crew.onUpdate = nil // once
		if a := w.call(t, "PUT", path, `{"name":"x","command":["x"],"env":{"A":"1","B":"2","OTHER":"x"}}`); a.code != 200 {
			t.Errorf("the other change: %d %s", a.code, a.raw)
		}
	}
	a := w.call(t, "PATCH", path, `{"env":{"MINE":"y"}}`)
	if a.code != 200 || a.get("env") != "map[A:1 B:2 MINE:y OTHER:x]" || a.get("version") != "3" {
		t.Errorf("%d %s", a.code, a.raw)
	}
}

// Many patches at once: none is refused and none is lost.
func TestManyPatchesAtOnce(t *testing.T) {
	w := newWorld(t)
	path := created(t, w)
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			if a := w.call(t, "PATCH", path, fmt.Sprintf(`{"env":{"K%d":"x"}}`, i)); a.code != 200 {
				t.Errorf("patch %d: %d %s", i, a.code, a.raw)
			}
		})
	}
	all.Wait()
	if a := w.call(t, "GET", path, ""); a.get("version") != "21" || strings.Count(a.get("env"), "K") != 20 {
		t.Errorf("%s", a.raw)
	}
}
