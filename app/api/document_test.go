package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
)

// document reads /api/openapi.json as any client would.
func document(t *testing.T, w *world) map[string]any {
	t.Helper()
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, httptest.NewRequest("GET", "/api/openapi.json", nil))
	if rec.Code != 200 || rec.Header().Get("Content-Type") != "application/openapi+json" {
		t.Fatalf("%d %v", rec.Code, rec.Header())
	}
	var doc map[string]any
	if err := json.Unmarshal(rec.Body.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// operations calls visit for each operation of the document.
func operations(t *testing.T, doc map[string]any, visit func(method, path string, op map[string]any)) {
	t.Helper()
	n := 0
	for path, item := range doc["paths"].(map[string]any) {
		for method, op := range item.(map[string]any) {
			n++
			visit(strings.ToUpper(method), path, op.(map[string]any))
		}
	}
	if n < 21 {
		t.Errorf("only %d operations", n)
	}
}

func TestDocument(t *testing.T) {
	doc := document(t, newWorld(t))
	if v, _ := doc["openapi"].(string); !strings.HasPrefix(v, "3.1.") {
		t.Errorf("openapi is %q", v)
	}
	ids := map[string]bool{}
	operations(t, doc, func(method, path string, op map[string]any) {
		at := method + " " + path
		id, _ := op["operationId"].(string)
		if id == "" || ids[id] {
			t.Errorf("%s: operationId %q is missing or doubled", at, id)
		}
		ids[id] = true
		for _, k := range []string{"summary", "description"} {
			if s, _ := op[k].(string); s == "" {
				t.Errorf("%s has no %s", at, k)
			}
		}
		if tags, _ := op["tags"].([]any); len(tags) != 1 {
			t.Errorf("%s needs one tag", at)
		}
		checkParameters(t, at, path, op)
		responses := op["responses"].(map[string]any)
		for _, code := range []string{"401", "500", "503"} {
			if responses[code] == nil {
				t.Errorf("%s doesn't document %s", at, code)
			}
		}
		if strings.Contains(path, "{id}") && responses["404"] == nil {
			t.Errorf("%s doesn't document 404", at)
		}
		if op["requestBody"] != nil && (responses["400"] == nil || responses["422"] == nil || responses["413"] == nil) {
			t.Errorf("%s has a body and must document 400, 413 and 422", at)
		}
	})
	checkRefs(t, doc, doc)
}

func checkParameters(t *testing.T, at, path string, op map[string]any) {
	t.Helper()
	named := map[string]bool{}
	params, _ := op["parameters"].([]any)
	for _, p := range params {
		p := p.(map[string]any)
		if p["in"] == "path" {
			named[p["name"].(string)] = true
		}
		if d, _ := p["description"].(string); d == "" {
			t.Errorf("%s: parameter %s has no description", at, p["name"])
		}
	}
	for _, m := range regexp.MustCompile(`\{(\w+)\}`).FindAllStringSubmatch(path, -1) {
		if !named[m[1]] {
			t.Errorf("%s: %s isn't among the parameters", at, m[1])
		}
	}
}

// checkRefs looks up every $ref, and that required properties exist.
func checkRefs(t *testing.T, doc map[string]any, v any) {
	t.Helper()
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			checkRefs(t, doc, x)
		}
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok {
			var at any = doc
			for _, k := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
				m, _ := at.(map[string]any)
				at = m[k]
			}
			if at == nil {
				t.Errorf("%s leads nowhere", ref)
			}
		}
		if names, ok := v["required"].([]any); ok {
			props, _ := v["properties"].(map[string]any)
			for _, n := range names {
				if props[n.(string)] == nil {
					t.Errorf("%v is required but not among the properties", n)
				}
			}
		}
		for _, x := range v {
			checkRefs(t, doc, x)
		}
	}
}

// TestBotSchema holds the document's Bot to what really comes.
func TestBotSchema(t *testing.T) {
	w := newWorld(t)
	doc := document(t, w)
	schemas := doc["components"].(map[string]any)["schemas"].(map[string]any)
	doubted := w.add("x", bot.Unresponsive)
	w.crew.bots[doubted].Status.Doubt = &bot.Cause{ID: "telegram-deaf", Title: "It doesn't listen"}
	id := doubted.String()
	for name, path := range map[string]string{"Bot": "/bots/" + id, "Status": "/bots/" + id + "/status", "BotList": "/bots", "Dashboard": "/dashboard", "System": "/stats/system", "BotUsageHistory": "/stats/bots/" + id} {
		props := schemas[name].(map[string]any)["properties"].(map[string]any)
		a := w.call(t, "GET", "/api/v1"+path, "")
		for k := range props {
			if _, ok := a.body[k]; !ok {
				t.Errorf("%s: %s is documented but doesn't come", name, k)
			}
		}
		for k := range a.body {
			if props[k] == nil {
				t.Errorf("%s: %s comes but isn't documented", name, k)
			}
		}
	}
}

// TestNobodyGetsInWithoutToken walks the whole document, so no operation can be forgotten.
func TestNobodyGetsInWithoutToken(t *testing.T) {
	w := newWorld(t)
	id := w.add("x", bot.Running).String()
	type route struct{ method, path string }
	routes := []route{{"GET", "/metrics"}, {"GET", "/api/v1/nowhere"}, {"PATCH", "/api/v1/bots"}, {"GET", "/api/v1/bots/nobody"}}
	operations(t, document(t, w), func(method, path string, _ map[string]any) {
		routes = append(routes, route{method, strings.ReplaceAll(path, "{id}", id)})
	})
	for _, r := range routes {
		for _, header := range []string{"", "Bearer", "Bearer ", "Bearer wrong", "Basic " + goodToken, goodToken, "Bearer " + goodToken + "x"} {
			req := httptest.NewRequestWithContext(t.Context(), r.method, r.path, strings.NewReader("{broken"))
			req.Header.Set("Content-Type", "application/json")
			if header != "" {
				req.Header.Set("Authorization", header)
			}
			// A session is no way in: else pages of other sites could use it.
			req.AddCookie(&http.Cookie{Name: "session", Value: goodToken})
			if a := w.do(t, req); a.code != http.StatusUnauthorized {
				t.Errorf("%s %s with %q: %d %s", r.method, r.path, header, a.code, a.raw)
			}
		}
	}
	// Nor is an API token the token of a run, or the other way round.
	if a := w.call(t, "POST", "/api/v1/report", "{}"); a.code != http.StatusUnauthorized {
		t.Errorf("a report with an API token: %d %s", a.code, a.raw)
	}
	req := httptest.NewRequestWithContext(t.Context(), "GET", "/api/v1/bots", nil)
	req.Header.Set("Authorization", "Bearer "+w.reports.token)
	if a := w.do(t, req); a.code != http.StatusUnauthorized {
		t.Errorf("bots with the token of a run: %d %s", a.code, a.raw)
	}
	w.tokens.set(nil, &fault.Error{Code: fault.Unavailable, Message: "The database is away.", RetryAfter: 1500e6})
	if a := w.call(t, "GET", "/api/v1/bots", ""); a.code != 503 || a.header.Get("Retry-After") != "2" {
		t.Errorf("with the database away: %d %v", a.code, a.header)
	}
	w.tokens.set(nil, http.ErrServerClosed)
	if a := w.call(t, "GET", "/api/v1/bots", ""); a.code != 503 || strings.Contains(a.raw, "closed") {
		t.Errorf("with an unknown error: %d %s", a.code, a.raw)
	}
}

func TestMetricsNeedsToken(t *testing.T) {
	w := newWorld(t)
	if a := w.call(t, "GET", "/metrics", ""); a.code != 200 || a.raw != "botswain_bots 1\n" {
		t.Errorf("%d %q", a.code, a.raw)
	}
}

func TestErrorsTellNoInternals(t *testing.T) {
	w := newWorld(t)
	w.crew.broken = http.ErrHijacked
	a := w.call(t, "GET", "/api/v1/bots", "")
	if a.code != 500 || strings.Contains(a.raw, "hijacked") {
		t.Errorf("%d %s", a.code, a.raw)
	}
	w.crew.broken = fault.Wrap(http.ErrHijacked, fault.Unavailable, "The database is away.")
	a = w.call(t, "GET", "/api/v1/bots", "")
	if a.code != 503 || a.get("detail") != "The database is away." || strings.Contains(a.raw, "hijacked") {
		t.Errorf("%d %s", a.code, a.raw)
	}
}
