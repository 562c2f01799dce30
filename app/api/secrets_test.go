package api_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/botswain/botswain/app/api"
)

// TestSecretsAreWrittenAndNeverRead: by each way of writing, names are all that comes back.
func TestSecretsAreWrittenAndNeverRead(t *testing.T) {
	w := newWorld(t)
	const value = "hidden-value"
	a := w.call(t, "POST", "/api/v1/bots", `{"name":"x","command":["x"],"secrets":{"TOKEN":"`+value+`","API_ID":"1"}}`)
	if a.code != 201 || a.get("secrets") != "[API_ID TOKEN]" {
		t.Fatalf("%d %s", a.code, a.raw)
	}
	path := "/api/v1/bots/" + a.get("id")
	for _, c := range []struct{ name, method, body, want string }{
		{"PATCH sets one", "PATCH", `{"secrets":{"API_HASH":"` + value + `"}}`, "[API_ID TOKEN API_HASH]"},
		{"PATCH removes one", "PATCH", `{"secrets":{"API_ID":null,"NEVER":null}}`, "[TOKEN API_HASH]"},
		{"PATCH of something else", "PATCH", `{"autostart":true}`, "[TOKEN API_HASH]"},
		{"PATCH with what was read", "PATCH", `{"secrets":["TOKEN"]}`, "[TOKEN API_HASH]"},
		{"PUT without", "PUT", `{"name":"x","command":["x"]}`, "[TOKEN API_HASH]"},
		{"PUT with null", "PUT", `{"name":"x","command":["x"],"secrets":null}`, "[TOKEN API_HASH]"},
		{"PUT with what was read", "PUT", `{"name":"x","command":["x"],"secrets":["TOKEN","API_HASH"]}`, "[TOKEN API_HASH]"},
		{"PUT replaces", "PUT", `{"name":"x","command":["x"],"secrets":{"OTHER":"` + value + `"}}`, "[OTHER]"},
		{"PATCH to null", "PATCH", `{"secrets":null}`, "[]"},
		{"PUT sets again", "PUT", `{"name":"x","command":["x"],"secrets":{"OTHER":"` + value + `"}}`, "[OTHER]"},
		{"PUT of none", "PUT", `{"name":"x","command":["x"],"secrets":{}}`, "[]"},
	} {
		a := w.call(t, c.method, path, c.body)
		if a.code != 200 || a.get("secrets") != c.want {
			t.Errorf("%s: %d %s", c.name, a.code, a.raw)
		}
		if strings.Contains(a.raw, value) {
			t.Errorf("%s tells a value: %s", c.name, a.raw)
		}
	}
}

func TestTheKeyIsForTheSocketOnly(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ method, path, want string }{
		{"GET", "/api/v1/key", `{"key":"b","old":"","left":0,"secrets":3}`},
		{"POST", "/api/v1/key/rotate", `{"from":"a","to":"b","todo":"told cli"}`},
	} {
		if a := w.call(t, c.method, c.path, ""); a.code != 403 {
			t.Errorf("%s %s with a token: %d %s", c.method, c.path, a.code, a.raw)
		}
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, httptest.NewRequest(c.method, c.path, nil).WithContext(api.FromSocket(t.Context())))
		if rec.Code != 200 || strings.TrimSpace(rec.Body.String()) != c.want {
			t.Errorf("%s %s by the socket: %d %s", c.method, c.path, rec.Code, rec.Body)
		}
	}
}
