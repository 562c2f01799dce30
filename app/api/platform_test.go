package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/platform"
)

// fakePlatforms says what a test wants to hear.
type fakePlatforms struct {
	known map[bot.ID]platform.Report
	asked int
	err   error
}

func (f *fakePlatforms) Known(_ context.Context, b bot.Bot) platform.Report {
	if r, ok := f.known[b.ID]; ok {
		return r
	}
	return platform.Report{Unasked: "This type of bot belongs to no platform."}
}

func (f *fakePlatforms) Look(ctx context.Context, b bot.Bot) (platform.Report, error) {
	f.asked++
	return f.Known(ctx, b), f.err
}

func telegramReport(at time.Time) platform.Report {
	return platform.Report{
		Platform: platform.Telegram, AskedAt: at, FactsAt: at.Add(-time.Minute),
		Failure: &platform.Failure{Kind: platform.Limited, Message: "Wait.", Until: at.Add(time.Minute), Cause: "not for anybody"},
		Facts: &platform.Facts{
			Identity: platform.Identity{ID: "42", Name: "Order Tracker", Username: "order_bot"},
			Telegram: &platform.TelegramFacts{Webhook: &platform.Webhook{Host: "example.org", Pending: 214, LastError: "Timed out", LastAt: at}},
		},
	}
}

func TestPlatform(t *testing.T) {
	w := newWorld(t)
	none, tg, ds := w.add("none", bot.Stopped), w.add("tg", bot.Running), w.add("ds", bot.Running)
	w.platforms.known[tg] = telegramReport(w.now)
	guilds := 212
	w.platforms.known[ds] = platform.Report{Platform: platform.Discord, AskedAt: w.now, FactsAt: w.now, Facts: &platform.Facts{
		Identity: platform.Identity{ID: "1", Name: "Mod Squad"}, Missing: map[string]string{"gateway": "Not asked any more."},
		Discord: &platform.DiscordFacts{Guilds: &guilds, Intents: &platform.Intents{MessageContent: true}},
	}}
	a := w.call(t, http.MethodGet, "/api/v1/bots/"+none.String()+"/platform", "")
	if a.code != 200 || a.body["platform"] != nil || a.body["reason"] == "" || a.body["identity"] != nil || a.body["token_accepted"] != nil {
		t.Errorf("%d %s", a.code, a.raw)
	}
	a = w.call(t, http.MethodGet, "/api/v1/bots/"+tg.String()+"/platform", "")
	for _, want := range []string{`"kind":"limited"`, `"username":"order_bot"`, `"pending_update_count":214`, `"webhook_host":"example.org"`, `"code":"webhook_error"`, `"discord":null`, `"token_accepted":true`} {
		if !strings.Contains(a.raw, want) {
			t.Errorf("no %s in %s", want, a.raw)
		}
	}
	if strings.Contains(a.raw, "not for anybody") || w.platforms.asked != 0 {
		t.Errorf("asked %d times: %s", w.platforms.asked, a.raw)
	}
	a = w.call(t, http.MethodPost, "/api/v1/bots/"+ds.String()+"/platform/check", "")
	for _, want := range []string{`"approximate_guild_count":212`, `"approximate_user_install_count":null`, `"session_start_limit":null`, `"message_content":true`, `"gateway":"Not asked any more."`, `"code":"intents"`, `"telegram":null`} {
		if !strings.Contains(a.raw, want) {
			t.Errorf("no %s in %s", want, a.raw)
		}
	}
	if a.code != 200 || w.platforms.asked != 1 {
		t.Errorf("%d, asked %d times", a.code, w.platforms.asked)
	}
	for _, path := range []string{"GET /platform", "POST /platform/check"} {
		method, rest, _ := strings.Cut(path, " ")
		if a := w.call(t, method, "/api/v1/bots/"+bot.NewID().String()+rest, ""); a.code != 404 {
			t.Errorf("%s: %d", path, a.code)
		}
	}
}

func TestStartThatIsAskedAboutFirst(t *testing.T) {
	w := newWorld(t)
	id := w.add("ds", bot.Stopped)
	w.crew.question = &fault.Error{Code: fault.Conflict, Confirm: "budget", Message: "Only 90 of 1000 sessions left."}
	path := "/api/v1/bots/" + id.String() + "/start"
	a := w.call(t, http.MethodPost, path, "")
	if a.code != 409 || !strings.Contains(a.raw, "Only 90 of 1000") || !strings.Contains(a.raw, `"location":"query.confirm"`) || !strings.Contains(a.raw, "?confirm=budget") {
		t.Errorf("%d %s", a.code, a.raw)
	}
	if a := w.call(t, http.MethodPost, path+"?confirm=yes", ""); a.code != 422 {
		t.Errorf("another word: %d", a.code)
	}
	if a := w.call(t, http.MethodPost, path+"?confirm=budget", ""); a.code != 200 {
		t.Errorf("%d %s", a.code, a.raw)
	}
}
