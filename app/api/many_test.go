package api_test

import (
	"strings"
	"testing"
	"time"

	"github.com/botswain/botswain/app/bot"
)

func TestActionsOnMany(t *testing.T) {
	w := newWorld(t)
	up, down := w.add("a up", bot.Running), w.add("b down", bot.Stopped)
	a := w.call(t, "POST", "/api/v1/bots/actions", `{"action":"start","all":true}`)
	if a.code != 200 || !strings.Contains(a.raw, `"name":"a up","status":"running","result":"left","detail":"The bot is running."`) ||
		!strings.Contains(a.raw, `"id":"`+down.String()+`","name":"b down","status":"starting","result":"done","detail":""`) {
		t.Errorf("%d %s", a.code, a.raw)
	}
	a = w.call(t, "POST", "/api/v1/bots/actions", `{"action":"restart","ids":["`+up.String()+`"],"rolling":true,"pause":"5s"}`)
	if a.code != 200 || !strings.Contains(a.raw, `"result":"done"`) || w.crew.pause != 5*time.Second {
		t.Errorf("%d %s, pause %s", a.code, a.raw, w.crew.pause)
	}
	for body, at := range map[string]string{
		`{"action":"stop","all":true,"rolling":true}`:                   "body.rolling",
		`{"action":"restart","all":true,"rolling":true,"pause":"2h"}`:   "body.pause",
		`{"action":"restart","all":true,"rolling":true,"pause":"soon"}`: "body.pause",
		`{"action":"start","ids":["7"]}`:                                "body.ids",
		`{"action":"kill","all":true}`:                                  "body.action",
	} {
		if a := w.call(t, "POST", "/api/v1/bots/actions", body); a.code != 422 || a.at(at) == "" {
			t.Errorf("%s: %d %s", body, a.code, a.raw)
		}
	}
	if a := w.call(t, "POST", "/api/v1/bots/actions", `{"action":"start"}`); a.code != 422 {
		t.Errorf("nobody meant: %d", a.code)
	}
}
