package e2e

import (
	"context"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/botswain/botswain/app/e2e/pages"
	"github.com/botswain/botswain/app/platform/discord/discordtest"
	"github.com/botswain/botswain/db/dbtest"
)

// tour opens every page that there is, in an installation that grows as it goes on, and has look look at
// it. ready is called once, when the crew is there.
func tour(t *testing.T, ready func(*server, string), look func(t *testing.T, ctx context.Context, p pages.Page, url string)) {
	t.Helper()
	ds := discordtest.New(t, discordtest.Options{})
	url := dbtest.NewURL(t)
	s := newInstallation(t, "DATABASE_URL="+url, "BOTSWAIN_DISCORD_API_URL="+ds.URL())
	s.start()
	ctx, stranger := browser(t), browser(t)
	ids := map[string]string{}
	visit := func(in context.Context, when pages.Alone) {
		for _, p := range pages.All() {
			if p.Alone == when {
				t.Run(p.Name, func(t *testing.T) { look(t, in, p, s.url+filled(t, p.Path, ids)) })
			}
		}
	}
	visit(ctx, pages.New)
	s.setUp(ctx)
	visit(ctx, pages.Empty)
	ids = s.lively(ds)
	ready(s, url)
	visit(ctx, pages.Crewed)
	visit(stranger, pages.SignedOut)
	for _, id := range s.bots { // one of them would use its grace of ten minutes
		if s.bot(id).Status == "stopping" {
			s.do(id, "kill")
		}
	}
}

var blank = regexp.MustCompile(`\{(\w+)\}`)

// filled is a path of the list with the ids of the crew.
func filled(t *testing.T, path string, ids map[string]string) string {
	t.Helper()
	return blank.ReplaceAllStringFunc(path, func(name string) string {
		id, ok := ids[name[1:len(name)-1]]
		if !ok {
			t.Fatalf("%s: the crew has no bot %s", path, name)
		}
		return id
	})
}

// lively makes bots in many states, and gives the ids of those that pages.All names.
func (s *server) lively(ds *discordtest.Server) map[string]string {
	s.t.Helper()
	ids := map[string]string{}
	mk := func(name, typ string, more fields, args ...string) string {
		f := fields{"type": typ, "start_seconds": 0, "tags": []string{"prod"}}
		for k, v := range more {
			f[k] = v
		}
		return s.create(name, f, args...).ID
	}
	for _, n := range []string{"Support Desk", "Mod Squad", "Tide Times", "Invoice Courier"} {
		ids["chatty"] = mk(n, "telegram_bot", nil, "chat")
		s.do(ids["chatty"], "start")
	}
	ids["crashed"] = mk("Order Tracker", "telegram_bot", fields{"restart": fields{"policy": "never"}}, "crash", "0s", "1")
	for _, id := range []string{
		mk("Price Watch", "discord_bot", nil, "chat"),
		mk("Quiz Night", "discord_bot", fields{"start_seconds": 600}, "chat"),
		mk("Lofi Radio", "discord_bot", fields{"restart": fields{"initial_delay": "10m", "max_delay": "1h"}}, "crash", "0s", "134"),
		mk("Nightly Report", "generic", fields{"restart": fields{"policy": "on-failure"}}, "count", "200", "0"),
		ids["crashed"],
	} {
		s.do(id, "start")
	}
	stubborn := mk("Standup Buddy", "discord_bot", fields{"stop": fields{"timeout": "10m"}}, "stubborn")
	s.do(stubborn, "start")
	eventually(s.t, 10*time.Second, "it ignores SIGTERM", func() bool { return s.hasLine(stubborn, "ignoring SIGTERM") })
	s.do(stubborn, "stop")
	ids["stopped"] = mk("Meme Locker", "discord_bot", nil, "sleep")
	ids["secretive"] = mk("Vault Keeper", "generic", fields{"secrets": fields{"API_KEY": "a-long-secret-value", "DB_PASSWORD": "another-secret-value"}}, "sleep")
	spent := ds.AddApp(discordtest.App{Name: "Short"})
	spent.SetStarts(1000, 100, 5*time.Hour)
	ids["spent"] = mk("Short of Starts", "discord_bot", fields{"secrets": fields{"TOKEN": spent.Token()}}, "sleep")
	s.call("POST", "/bots/"+ids["spent"]+"/platform/check", nil, nil)
	s.waitStatus(ids["crashed"], "crashed", 20*time.Second)
	ids["run"], ids["crash"] = s.newestRun(ids["chatty"]), s.newestRun(ids["crashed"])
	eventually(s.t, 20*time.Second, "its budget is known", func() bool {
		var p problemJSON
		s.call("POST", "/bots/"+ids["spent"]+"/start", nil, &p)
		return len(p.Errors) == 1
	})
	return ids
}

func (s *server) newestRun(id string) string {
	s.t.Helper()
	var page struct {
		Runs []struct{ ID string }
	}
	if code := s.call("GET", "/bots/"+id+"/runs", nil, &page); code != http.StatusOK || len(page.Runs) == 0 {
		s.t.Fatalf("runs of %s: %d, %+v", id, code, page)
	}
	return page.Runs[0].ID
}

// inTheme makes the system's wish dark or light.
func inTheme(theme string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(c context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(c, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}}})
		return err
	})
}

// show opens a page of the list, and what is to be open on it.
func show(t *testing.T, ctx context.Context, p pages.Page, url string) {
	t.Helper()
	steps(t, ctx, "open "+p.Name, chromedp.Navigate(url))
	until(t, ctx, 20*time.Second, settled)
	if p.Open != "" {
		js[bool](t, ctx, p.Open+" ?? true")
		until(t, ctx, 20*time.Second, p.Shown)
	}
}

// settled is true in a page that has its scripts and fonts and, where it has a live connection, what came
// with that first.
const settled = `document.readyState === 'complete' && document.fonts.status === 'loaded' &&
	(!document.getElementById('live') || document.getElementById('connection')?.dataset.mode === 'live')`
