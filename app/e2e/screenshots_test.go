package e2e

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/jackc/pgx/v5"

	"github.com/botswain/botswain/db/dbtest"
)

// TestScreenshots writes a picture of each page, dark and light, wide and narrow, into
// $BOTSWAIN_SCREENSHOTS (`make screenshots`). Without it there is nothing to do.
func TestScreenshots(t *testing.T) {
	dir := os.Getenv("BOTSWAIN_SCREENSHOTS")
	if dir == "" {
		t.Skip("BOTSWAIN_SCREENSHOTS names no folder")
	}
	url := dbtest.NewURL(t)
	s := newInstallation(t, "DATABASE_URL="+url)
	s.start()
	ctx := browser(t)
	shoot(t, ctx, dir, "setup", s.url+"/setup")
	s.setUp(ctx)
	shoot(t, ctx, dir, "empty", s.url+"/")
	id := s.lively()
	s.busy(url)
	shoot(t, ctx, dir, "dashboard", s.url+"/")
	shoot(t, ctx, dir, "bot", s.url+"/bots/"+id)
	shoot(t, ctx, dir, "logs", s.url+"/bots/"+id+"/logs")
	shoot(t, ctx, dir, "settings", s.url+"/bots/"+id+"/settings")
	shoot(t, ctx, dir, "create-bot", s.url+"/bots/new")
	shoot(t, ctx, dir, "reporting", s.url+"/help/reporting")
	shoot(t, ctx, dir, "missing", s.url+"/nowhere")
	shoot(t, ctx, dir, "api-docs", s.url+"/api/docs")
	fresh := browser(t)
	shoot(t, fresh, dir, "login", s.url+"/login")
	for _, id := range s.bots { // one of them would use its grace of ten minutes
		if s.bot(id).Status == "stopping" {
			s.do(id, "kill")
		}
	}
}

// lively makes bots in many states, and gives the id of one that prints.
func (s *server) lively() string {
	s.t.Helper()
	chatty := ""
	mk := func(name, typ string, more fields, args ...string) string {
		f := fields{"type": typ, "start_seconds": 0, "tags": []string{"prod"}}
		for k, v := range more {
			f[k] = v
		}
		return s.create(name, f, args...).ID
	}
	for _, n := range []string{"Support Desk", "Mod Squad", "Tide Times", "Invoice Courier"} {
		chatty = mk(n, "telegram_bot", nil, "chat")
		s.do(chatty, "start")
	}
	for _, id := range []string{
		mk("Price Watch", "discord_bot", nil, "chat"),
		mk("Quiz Night", "discord_bot", fields{"start_seconds": 600}, "chat"),
		mk("Lofi Radio", "discord_bot", fields{"restart": fields{"initial_delay": "10m", "max_delay": "1h"}}, "crash", "0s", "134"),
		mk("Order Tracker", "telegram_bot", fields{"restart": fields{"policy": "never"}}, "crash", "0s", "1"),
		mk("Nightly Report", "generic", fields{"restart": fields{"policy": "on-failure"}}, "count", "200", "0"),
	} {
		s.do(id, "start")
	}
	stubborn := mk("Standup Buddy", "discord_bot", fields{"stop": fields{"timeout": "10m"}}, "stubborn")
	s.do(stubborn, "start")
	eventually(s.t, 10*time.Second, "it ignores SIGTERM", func() bool { return s.hasLine(stubborn, "ignoring SIGTERM") })
	s.do(stubborn, "stop")
	mk("Meme Locker", "discord_bot", nil, "sleep")
	// A few samples, so that the sparklines have a line to show.
	rest := time.NewTimer(40 * time.Second)
	defer rest.Stop()
	<-rest.C
	return chatty
}

// busy fills a day with what bots report.
func (s *server) busy(url string) {
	s.t.Helper()
	c, err := pgx.Connect(s.t.Context(), url)
	if err != nil {
		s.t.Fatal(err)
	}
	defer c.Close(context.WithoutCancel(s.t.Context()))
	_, err = c.Exec(s.t.Context(), `
		insert into report_hours (bot_id, hour, kind, name, n, sum, min, max, last, last_at)
		select b.id, h, 'counter', k.name, 60, v, 0, v, v, now()
		from (select id, row_number() over (order by name) as nth from bots where type <> 'generic' limit 6) b,
			generate_series(date_trunc('hour', now()) - interval '23 hours', date_trunc('hour', now()), interval '1 hour') h,
			(values ('messages', 900.0), ('commands', 160.0)) k(name, much),
			lateral (select round(k.much * (1.15 + sin(extract(epoch from h) / 13750 + b.nth / 4.0)) / (1 + b.nth / 3.0)
				* (1 + 0.25 * sin(extract(epoch from h) / 3600 * 2.4 + b.nth)))) x(v)
		union all
		select id, date_trunc('hour', now()), 'gauge', k.name, 1, v, v, v, v, now()
		from bots, (values ('users', 8035), ('guilds', 201), ('commands', 12), ('ping_ms', 41.5)) k(name, v)
		where type <> 'generic'`)
	if err != nil {
		s.t.Fatal(err)
	}
	eventually(s.t, 60*time.Second, "it is read", func() bool {
		var d dashboardJSON
		return s.call("GET", "/dashboard", nil, &d) == http.StatusOK && d.Reported != nil && d.Reported.Messages.Value != nil
	})
}

// shoot takes the four pictures of a page.
func shoot(t *testing.T, ctx context.Context, dir, name, url string) {
	t.Helper()
	for _, theme := range []string{"dark", "light"} {
		for size, width := range map[string]int64{"desktop": 1440, "mobile": 390} {
			steps(t, ctx, "screenshot of "+name,
				chromedp.EmulateViewport(width, 900),
				chromedp.Func(func(c context.Context, _ *chromedp.Target) error {
					_, err := chromedp.Call(c, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
						Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}}})
					return err
				}),
				chromedp.Navigate(url))
			until(t, ctx, 10*time.Second, "document.fonts.status === 'loaded'")
			settle := time.NewTimer(1500 * time.Millisecond) // live parts arrive
			<-settle.C
			// A viewport as high as the page: what is fixed to the viewport would be cut otherwise.
			height := js[int64](t, ctx, "Math.max(900, document.documentElement.scrollHeight)")
			steps(t, ctx, "grow the window", chromedp.EmulateViewport(width, height))
			png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, name+"-"+size+"-"+theme+".png"), png, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}
