package web

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/platform"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/botpage"
)

// oracle is what platforms say, in memory.
type oracle struct {
	hub *event.Hub

	mu       sync.Mutex
	report   platform.Report
	picture  string
	down     []platform.Outage
	revision uint64
	asked    int
}

func (o *oracle) Known(context.Context, bot.Bot) platform.Report {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.report
}

func (o *oracle) Look(ctx context.Context, b bot.Bot) (platform.Report, error) {
	o.mu.Lock()
	o.asked++
	o.mu.Unlock()
	return o.Known(ctx, b), nil
}

func (o *oracle) Revision(bot.ID) uint64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.revision
}

func (o *oracle) Outages() []platform.Outage {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.down
}

func (o *oracle) PictureOf(platform.Report) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.picture
}

func (o *oracle) ReadPicture(platform.Report) ([]byte, string, string, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.picture == "" {
		return nil, "", "", fault.New(fault.NotFound, "This bot has no picture.")
	}
	return []byte("pixels"), "image/png", o.picture, nil
}

func (o *oracle) set(id bot.ID, change func()) {
	o.mu.Lock()
	change()
	o.revision++
	o.mu.Unlock()
	o.hub.Publish(event.Topic{Kind: event.TopicPlatform, Bot: id})
}

func (s *stage) page(path string) (*http.Response, string) {
	s.t.Helper()
	res := s.ask(s.t.Context(), http.MethodGet, path)
	b, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res, string(b)
}

func TestWhatThePlatformSaysIsLive(t *testing.T) {
	s := newStage(t)
	o := &oracle{hub: s.hub}
	s.pages.platforms = o
	id := s.deck.add("Anchor", bot.Running)
	s.deck.bots[0].Type = bot.TelegramBot
	path := "/bots/" + id.String()
	in := s.messages(t.Context(), "/live?page=bot&id="+id.String())
	s.until(in, "Not asked yet")
	at := time.Now()
	report := platform.Report{Platform: platform.Telegram, AskedAt: at, FactsAt: at, Facts: &platform.Facts{
		Identity: platform.Identity{ID: "42", Name: "Order <Tracker>", Username: "order_bot"},
		Telegram: &platform.TelegramFacts{Webhook: &platform.Webhook{Host: "hooks.example.org", Pending: 214}},
	}}
	o.set(id, func() { o.report, o.picture = report, "abc" })
	m := s.until(in, target(botpage.PlatformID))
	for _, want := range []string{"Webhook set", `data-pending>214<`, "@order_bot", "A webhook is set", "deleteWebhook", "Order &lt;Tracker&gt;", "not available", "tells no bot how many people", path + "/avatar?v=abc"} {
		if !strings.Contains(m, want) {
			t.Errorf("%q isn't in %s", want, m)
		}
	}
	report.Failure = &platform.Failure{Kind: platform.Unreachable, Message: "Telegram did not answer in time."}
	o.set(id, func() { o.report = report })
	if m = s.until(in, target(botpage.PlatformID)); !strings.Contains(m, "Not reached") || !strings.Contains(m, "What follows was said") || strings.Contains(m, "refused") {
		t.Error(m)
	}
	report.Failure = &platform.Failure{Kind: platform.Refused, Message: "Telegram refuses the token."}
	o.set(id, func() { o.report = report })
	s.until(in, "Token refused")
	if _, text := s.page(path); !strings.Contains(text, "Token refused") || !strings.Contains(text, `action="`+path+`/platform/check"`) {
		t.Error("the page without scripts lacks the card or its button")
	}
	if _, text := s.page("/"); !strings.Contains(text, "@order_bot") || !strings.Contains(text, path+"/avatar?v=abc") {
		t.Error("the card lacks the account")
	}
}

func TestCheckNowAndThePicture(t *testing.T) {
	s := newStage(t)
	o := &oracle{hub: s.hub}
	s.pages.platforms = o
	id := s.deck.add("Anchor", bot.Running)
	s.deck.bots[0].Type = bot.TelegramBot
	path := "/bots/" + id.String()
	res := s.ask(t.Context(), http.MethodPost, path+"/platform/check", "HX-Request", "true")
	b, _ := io.ReadAll(res.Body)
	if res.StatusCode != 200 || o.asked != 1 || !strings.Contains(string(b), target(botpage.PlatformID)) {
		t.Errorf("%d, asked %d times: %s", res.StatusCode, o.asked, b)
	}
	if res, _ := s.page(path + "/avatar"); res.StatusCode != 404 {
		t.Errorf("%d", res.StatusCode)
	}
	o.set(id, func() { o.picture = "abc" })
	res, text := s.page(path + "/avatar?v=abc")
	if res.StatusCode != 200 || text != "pixels" || res.Header.Get("Content-Type") != "image/png" || !strings.HasPrefix(res.Header.Get("Cache-Control"), "private, max-age=") || res.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%d %v", res.StatusCode, res.Header)
	}
	if res, _ = s.page(path + "/avatar?v=old"); res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("a picture of another version may be kept: %v", res.Header)
	}
}

func TestAnOutageIsOneNotice(t *testing.T) {
	s := newStage(t)
	o := &oracle{hub: s.hub}
	s.pages.platforms = o
	id := s.deck.add("Anchor", bot.Running)
	dash, page := s.messages(t.Context(), "/live?page=dashboard"), s.messages(t.Context(), "/live?page=bot&id="+id.String())
	s.until(dash, target("health"))
	s.until(page, target("health"))
	o.set(bot.ID{}, func() {
		o.down = []platform.Outage{{Platform: platform.Telegram, Since: time.Now(), Bots: 3, Message: "Telegram did not answer in time."}}
	})
	for _, in := range []<-chan string{dash, page} {
		if m := s.until(in, "Telegram can&#39;t be reached"); strings.Count(m, "be reached") != 1 {
			t.Error(m)
		}
	}
	if _, text := s.page("/"); !strings.Contains(text, "Telegram can&#39;t be reached") {
		t.Error("the page lacks the notice")
	}
	o.set(bot.ID{}, func() { o.down = nil })
	s.until(dash, target("health"))
}

func TestDiscordCard(t *testing.T) {
	at := time.Now()
	b := botcard.Bot{Bot: bot.Bot{Spec: bot.Spec{Type: bot.DiscordBot}}, Now: at}
	r := platform.Report{Platform: platform.Discord, AskedAt: at, FactsAt: at, Facts: &platform.Facts{
		Identity: platform.Identity{Name: "Mod Squad"}, Missing: map[string]string{"application": "Discord did not answer in time."},
		Discord: &platform.DiscordFacts{Gateway: &platform.Gateway{Shards: 2, Limit: platform.SessionLimit{Total: 1000, Remaining: 90, ResetsAt: at.Add(5 * time.Hour)}}},
	}}
	var out strings.Builder
	if err := botpage.PlatformCard(showPlatform(t.Context(), b, r)).Render(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Sessions short", "Resets in 5 h", `value="90" max="1000"`, "90 of 1000 sessions left", "Discord did not answer in time.", "ping_ms"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q isn't in %s", want, out.String())
		}
	}
}
