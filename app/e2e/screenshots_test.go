package e2e

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/jackc/pgx/v5"

	"github.com/botswain/botswain/app/e2e/pages"
)

// TestScreenshots writes a picture of each page, dark and light, wide and narrow, into
// $BOTSWAIN_SCREENSHOTS (`make screenshots`). Without it there is nothing to do. They are in the language that
// $BOTSWAIN_SCREENSHOTS_LANGUAGE names, which is "de" or what else an Accept-Language may say.
func TestScreenshots(t *testing.T) {
	dir := os.Getenv("BOTSWAIN_SCREENSHOTS")
	if dir == "" {
		t.Skip("BOTSWAIN_SCREENSHOTS names no folder")
	}
	t.Parallel() // with the pages of the platforms: each waits for its bots a while
	tour(t, func(s *server, url string) {
		s.busy(url)
		// A few samples, so that the sparklines have a line to show.
		rest := time.NewTimer(40 * time.Second)
		defer rest.Stop()
		<-rest.C
	}, func(t *testing.T, ctx context.Context, p pages.Page, url string) { shoot(t, ctx, dir, p, url) })
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

// shoot takes the four pictures of a page, which is opened once.
func shoot(t *testing.T, ctx context.Context, dir string, p pages.Page, url string) {
	t.Helper()
	if accept := os.Getenv("BOTSWAIN_SCREENSHOTS_LANGUAGE"); accept != "" {
		prefers(t, ctx, accept)
	}
	steps(t, ctx, "wide", chromedp.EmulateViewport(1440, 900))
	show(t, ctx, p, url)
	for size, width := range map[string]int64{"desktop": 1440, "mobile": 390} {
		for _, theme := range []string{"dark", "light"} {
			steps(t, ctx, "screenshot of "+p.Name, inTheme(theme), chromedp.EmulateViewport(width, 900))
			drawn(t, ctx)
			// A viewport as high as the page: what is fixed to the viewport would be cut otherwise.
			if height := js[int64](t, ctx, "document.querySelector('dialog[open]') ? 900 : Math.max(900, document.documentElement.scrollHeight)"); height > 900 {
				steps(t, ctx, "grow the window", chromedp.EmulateViewport(width, height))
				drawn(t, ctx)
			}
			name := p.Name + "-" + size + "-" + theme
			png, err := chromedp.Run(ctx, picture(!slices.Contains(published(), name)))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// published are the pictures that the Makefile copies into the repository.
func published() []string {
	return []string{"dashboard-desktop-dark", "dashboard-desktop-light", "bot-desktop-dark", "logs-desktop-dark"}
}

// picture takes one of the window. Packing it well takes longer than drawing the page: quick doesn't.
func picture(quick bool) chromedp.Action[[]byte] {
	return func(c context.Context, _ *chromedp.Target) ([]byte, error) {
		r, err := chromedp.Call(c, page.CaptureScreenshot, page.CaptureScreenshotParams{FromSurface: new(true), OptimizeForSpeed: &quick})
		return r.Data, err
	}
}

// drawn waits until the page has been drawn as it is now.
func drawn(t *testing.T, ctx context.Context) {
	t.Helper()
	js[bool](t, ctx, "delete window.drawn; requestAnimationFrame(() => requestAnimationFrame(() => window.drawn = true)); true")
	until(t, ctx, 20*time.Second, "window.drawn")
}
