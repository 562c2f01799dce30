package e2e

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/botswain/botswain/db/dbtest"
)

// TestScreenshots writes a picture of each page, dark and light, wide and narrow, into
// $BOTSWAIN_SCREENSHOTS (`make screenshots`). Without it there is nothing to do.
func TestScreenshots(t *testing.T) {
	dir := os.Getenv("BOTSWAIN_SCREENSHOTS")
	if dir == "" {
		t.Skip("BOTSWAIN_SCREENSHOTS names no folder")
	}
	s := newInstallation(t, "DATABASE_URL="+dbtest.NewURL(t))
	s.start()
	ctx := browser(t)
	shoot(t, ctx, dir, "setup", s.url+"/setup")
	s.setUp(ctx)
	shoot(t, ctx, dir, "empty", s.url+"/")
	id := s.lively()
	shoot(t, ctx, dir, "dashboard", s.url+"/")
	shoot(t, ctx, dir, "bot", s.url+"/bots/"+id)
	shoot(t, ctx, dir, "logs", s.url+"/bots/"+id+"/logs")
	shoot(t, ctx, dir, "settings", s.url+"/bots/"+id+"/settings")
	shoot(t, ctx, dir, "create-bot", s.url+"/bots/new")
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
