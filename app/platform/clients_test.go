package platform_test

import (
	"context"
	"encoding/json"
	"fmt"
	"image/color"
	"strings"
	"testing"
	"time"

	"github.com/botswain/botswain/app/platform"
	"github.com/botswain/botswain/app/platform/discord"
	"github.com/botswain/botswain/app/platform/discord/discordtest"
	"github.com/botswain/botswain/app/platform/platformtest"
	"github.com/botswain/botswain/app/platform/telegram"
	"github.com/botswain/botswain/app/platform/telegram/telegramtest"
)

// side is a platform's server with one bot, as both clients are tried.
type side struct {
	name    platform.Name
	client  platform.Client
	faults  *platformtest.Faults
	token   string
	revoke  func()
	picture []byte
	second  string // a call after the first
}

func sides(t *testing.T) []side {
	client := platform.NewHTTPClient()
	t.Cleanup(client.CloseIdleConnections)
	tg := telegramtest.New(t, telegramtest.Options{})
	photo := platformtest.JPEG(160, color.White)
	tb := tg.AddBot(telegramtest.Profile{Name: "Order Tracker", Username: "order_bot", Photo: photo, JoinsGroups: true})
	ds := discordtest.New(t, discordtest.Options{})
	avatar := platformtest.PNG(64, color.Black)
	db := ds.AddApp(discordtest.App{Name: "Mod Squad", Avatar: avatar, Intents: discordtest.IntentContent, Shards: 2, Guilds: 212})
	return []side{
		{platform.Telegram, telegram.New(tg.URL(), client), &tg.Faults, tb.Token(), tb.Revoke, photo, "getWebhookInfo"},
		{platform.Discord, discord.New(ds.URL(), "test", client), &ds.Faults, db.Token(), db.Revoke, avatar, "GET /gateway/bot"},
	}
}

// TestClientsAgainstTheProtocols tries both clients with servers that speak the platforms' protocols.
func TestClientsAgainstTheProtocols(t *testing.T) {
	for _, s := range sides(t) {
		t.Run(string(s.name), func(t *testing.T) {
			look := func() (*platform.Facts, *platform.Failure) {
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				f, err := s.client.Look(ctx, s.token)
				text, _ := json.Marshal(f)
				if strings.Contains(fmt.Sprintf("%+v %#v %s", err, err, text), s.token) {
					t.Errorf("the token is told: %v, %s", err, text)
				}
				return f, platform.AsFailure(err)
			}
			f, failure := look()
			if failure != nil || f.Identity.Name == "" || len(f.Missing) != 0 {
				t.Fatalf("%+v, %v", f, failure)
			}
			pic, err := s.client.Picture(t.Context(), s.token, f.Identity, func(string) bool { return false })
			if err != nil || pic.Ref == "" || string(pic.Data) != string(s.picture) {
				t.Errorf("picture %q of %d bytes: %v", pic.Ref, len(pic.Data), err)
			}
			for _, x := range []struct {
				fault platformtest.Fault
				kind  platform.Kind
			}{
				{platformtest.Status(500), platform.Unreachable}, {platformtest.Status(502), platform.Unreachable},
				{platformtest.Close(), platform.Unreachable}, {platformtest.Limited(7 * time.Second), platform.Limited},
			} {
				s.faults.Break("", x.fault)
				if f, failure = look(); failure == nil || failure.Kind != x.kind || f != nil {
					t.Errorf("%+v: %+v, %v", x.fault, f, failure)
				}
				if x.kind == platform.Limited && (time.Until(failure.Until) > 7*time.Second || time.Until(failure.Until) < time.Second) {
					t.Errorf("until %v", failure.Until)
				}
				s.faults.Mend()
				s.faults.Break(s.second, x.fault)
				if f, failure = look(); failure == nil || failure.Kind != x.kind || f == nil || len(f.Missing) != 1 {
					t.Errorf("the second call, %+v: %+v, %v", x.fault, f, failure)
				}
				s.faults.Mend()
			}
			s.revoke()
			if f, failure = look(); failure == nil || failure.Kind != platform.Refused || f != nil {
				t.Errorf("revoked: %+v, %v", f, failure)
			}
		})
	}
}

func TestWhatTheyTell(t *testing.T) {
	client := platform.NewHTTPClient()
	t.Cleanup(client.CloseIdleConnections)
	tg := telegramtest.New(t, telegramtest.Options{})
	b := tg.AddBot(telegramtest.Profile{Username: "order_bot"})
	b.SetWebhook("https://hooks.example.org/secret-path")
	b.AddPending(214)
	b.FailWebhook("Connection refused")
	f, err := telegram.New(tg.URL(), client).Look(t.Context(), b.Token())
	if err != nil {
		t.Fatal(err)
	}
	r := platform.Report{Platform: platform.Telegram, Facts: f}
	if got := codes(r.Findings(time.Now())); got != "webhook_error webhook pending" || f.Telegram.Webhook.Host != "hooks.example.org" {
		t.Errorf("%s: %+v", got, f.Telegram.Webhook)
	}
	ds := discordtest.New(t, discordtest.Options{})
	d := ds.AddApp(discordtest.App{Intents: discordtest.IntentContent, Shards: 3})
	d.AddGuild("Harbour", 20)
	d.SetStarts(1000, 90, 5*time.Hour)
	if f, err = discord.New(ds.URL(), "test", client).Look(t.Context(), d.Token()); err != nil {
		t.Fatal(err)
	}
	r = platform.Report{Platform: platform.Discord, Facts: f, FactsAt: time.Now()}
	left := time.Until(r.Session(time.Now()).ResetsAt)
	if got := codes(r.Findings(time.Now())); got != "budget intents" || *f.Discord.Guilds != 1 || f.Discord.Installs != nil || f.Discord.Gateway.Shards != 3 || left > 5*time.Hour || left < 4*time.Hour {
		t.Errorf("%s: %+v", got, f.Discord)
	}
	if r.Session(time.Now().Add(6*time.Hour)) != nil {
		t.Error("a limit whose time is over is given as if it held")
	}
}

func codes(list []platform.Finding) string {
	var out []string
	for _, f := range list {
		if f.Title == "" || f.Text == "" || f.Remedy == "" {
			out = append(out, "(without words)")
		}
		out = append(out, f.Code)
	}
	return strings.Join(out, " ")
}
