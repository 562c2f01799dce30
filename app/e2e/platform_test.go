package e2e

import (
	"image/color"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/botswain/botswain/app/platform/discord/discordtest"
	"github.com/botswain/botswain/app/platform/platformtest"
	"github.com/botswain/botswain/app/platform/telegram/telegramtest"
	"github.com/botswain/botswain/db/dbtest"
)

type platformJSON struct {
	Platform string `json:"platform"`
	Accepted *bool  `json:"token_accepted"`
	Failure  *struct{ Kind, Message string }
	Identity *struct{ Name, Username string }
	Findings []struct{ Code string }
}

func (s *server) platform(id string) (p platformJSON) {
	s.t.Helper()
	if code := s.call("GET", "/bots/"+id+"/platform", nil, &p); code != http.StatusOK {
		s.t.Fatalf("platform of %s: %d", id, code)
	}
	return p
}

// TestPlatforms: bots with tokens of two platforms are known by them, in the browser and over REST;
// a revoked token, a platform that is down and one that comes back are told as such. No token is
// told anywhere.
func TestPlatforms(t *testing.T) {
	t.Parallel()
	tg, ds := telegramtest.New(t, telegramtest.Options{}), discordtest.New(t, discordtest.Options{})
	url := dbtest.NewURL(t)
	s := install(t, "DATABASE_URL="+url, "BOTSWAIN_TELEGRAM_API_URL="+tg.URL(), "BOTSWAIN_DISCORD_API_URL="+ds.URL())
	order := tg.AddBot(telegramtest.Profile{Name: "Order Tracker", Username: "order_bot", Photo: platformtest.JPEG(160, color.RGBA{G: 160, A: 255})})
	order.SetWebhook("https://hooks.example.org/a-secret-path")
	order.AddPending(214)
	gone := tg.AddBot(telegramtest.Profile{})
	gone.Revoke()
	mods := ds.AddApp(discordtest.App{Name: "Mod Squad", Avatar: platformtest.PNG(64, color.RGBA{B: 200, A: 255}), Guilds: 212, Intents: discordtest.IntentContent})
	mods.SetStarts(1000, 987, 5*time.Hour)
	add := func(name, kind, token string) string {
		return s.create(name, fields{"type": kind, "secrets": fields{"TOKEN": token}}, "sleep").ID
	}
	a, b, c := add("Orders", "telegram_bot", order.Token()), add("Gone", "telegram_bot", gone.Token()), add("Mods", "discord_bot", mods.Token())
	eventually(t, 20*time.Second, "all are known", func() bool { // without that anybody asks
		return s.platform(a).Identity != nil && s.platform(b).Failure != nil && s.platform(c).Identity != nil
	})
	eventually(t, 60*time.Second, "all was answered", func() bool {
		for _, id := range []string{a, b} { // what wasn't answered in time is asked again
			s.call("POST", "/bots/"+id+"/platform/check", nil, nil)
		}
		gone := s.platform(b).Failure
		return len(s.platform(a).Findings) > 0 && gone != nil && gone.Kind == "refused"
	})
	if p := s.platform(a); p.Identity.Username != "order_bot" || !*p.Accepted {
		t.Errorf("%+v", p)
	}
	if p := s.platform(b); *p.Accepted {
		t.Errorf("%+v", p)
	}

	ctx := browser(t)
	s.signIn(ctx)
	until(t, ctx, 20*time.Second, "[...document.querySelectorAll('article[data-bot-id] img')].filter(i => i.complete && i.naturalWidth > 0).length === 2")
	until(t, ctx, 10*time.Second, "document.body.innerText.includes('@order_bot')")
	steps(t, ctx, "open the Telegram bot", chromedp.Navigate(s.url+"/bots/"+a))
	until(t, ctx, 10*time.Second, "document.querySelector('#bot-platform')?.innerText.includes('hooks.example.org')")
	click(t, ctx, "#check-platform")
	until(t, ctx, 10*time.Second, "document.querySelector('#toasts')?.innerText.includes('takes the token')")
	page := js[string](t, ctx, "document.documentElement.outerHTML")
	steps(t, ctx, "open the Discord bot", chromedp.Navigate(s.url+"/bots/"+c))
	until(t, ctx, 10*time.Second, "document.querySelector('[data-sessions]')?.innerText.includes('987')")
	page += js[string](t, ctx, "document.documentElement.outerHTML")
	steps(t, ctx, "open the refused bot", chromedp.Navigate(s.url+"/bots/"+b))
	until(t, ctx, 10*time.Second, "document.querySelector('#bot-platform')?.innerText.includes('Token refused')")

	// Down for three that are asked for the first time.
	tg.Faults.Break("", platformtest.Status(503))
	for _, name := range []string{"One", "Two", "Three"} {
		add(name, "telegram_bot", tg.AddBot(telegramtest.Profile{}).Token())
	}
	until(t, ctx, 30*time.Second, "document.querySelectorAll('#outage-telegram').length === 1")
	if p := s.platform(a); !*p.Accepted {
		t.Error("a platform that is down makes a token a bad one")
	}
	tg.Faults.Mend()
	until(t, ctx, 60*time.Second, "document.querySelectorAll('#outage-telegram').length === 0")
	page += js[string](t, ctx, "document.documentElement.outerHTML")
	eventually(t, 30*time.Second, "the event of its end", func() bool { return strings.Contains(s.page("/events"), "Telegram can be reached again") })
	dump, err := exec.Command("pg_dump", url).Output()
	if err != nil {
		t.Fatal("pg_dump: ", err)
	}
	if down, up := strings.Count(string(dump), "\tplatform.down\t"), strings.Count(string(dump), "\tplatform.up\t"); down != 1 || up != 1 {
		t.Errorf("%d events of the beginning, %d of the end", down, up)
	}
	for _, token := range []string{order.Token(), gone.Token(), mods.Token(), "a-secret-path"} {
		for where, text := range map[string]string{"a page": page, "the log": s.out.String(), "the database": string(dump)} {
			if strings.Contains(text, token) {
				t.Errorf("a token is in %s", where)
			}
		}
	}
	if files, _ := os.ReadDir(filepath.Join(s.dir, "avatars")); len(files) != 2 {
		t.Errorf("%d pictures are kept", len(files))
	}
}
