package api_test

import (
	"testing"

	"github.com/botswain/botswain/app/bot"
)

func TestInstallAndLook(t *testing.T) {
	w := newWorld(t)
	id := w.add("Weather", bot.Stopped).String()
	at := "/api/v1/bots/" + id + "/install"
	if a := w.call(t, "GET", at, ""); a.code != 200 || a.raw != `{"install":null}`+"\n" {
		t.Errorf("before: %d %s", a.code, a.raw)
	}
	if a := w.call(t, "DELETE", at, ""); a.code != 409 {
		t.Errorf("nothing to cancel: %d %s", a.code, a.raw)
	}
	if a := w.call(t, "POST", at, ""); a.code != 202 {
		t.Errorf("begin: %d %s", a.code, a.raw)
	}
	if a := w.call(t, "POST", at, ""); a.code != 409 {
		t.Errorf("twice: %d %s", a.code, a.raw)
	}
	if a := w.call(t, "DELETE", at, ""); a.code != 200 {
		t.Errorf("cancel: %d %s", a.code, a.raw)
	}
	up := w.add("Up", bot.Running).String()
	if a := w.call(t, "POST", "/api/v1/bots/"+up+"/install", ""); a.code != 409 {
		t.Errorf("while it is up: %d %s", a.code, a.raw)
	}
	if a := w.call(t, "GET", "/api/v1/runtimes?dir=bots/weather", ""); a.code != 200 {
		t.Errorf("look: %d %s", a.code, a.raw)
	}
	for _, q := range []string{"", "?dir=nowhere"} {
		if a := w.call(t, "GET", "/api/v1/runtimes"+q, ""); a.code != 422 || a.at("query.dir") == "" {
			t.Errorf("look %q: %d %s", q, a.code, a.raw)
		}
	}
}
