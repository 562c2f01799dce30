package e2e

import (
	"context"
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/jackc/pgx/v5"

	"github.com/botswain/botswain/db/dbtest"
)

// remember stores a year of a bot's figures, with a gap, and runs with a crash and new settings among them.
func (s *server) remember(url, id string) {
	s.t.Helper()
	c, err := pgx.Connect(s.t.Context(), url)
	if err != nil {
		s.t.Fatal(err)
	}
	defer c.Close(context.WithoutCancel(s.t.Context()))
	for _, sql := range []string{`
		insert into bot_rollups (tier, bot_id, at, n, cpu_min, cpu_mean, cpu_max, rss_min, rss_mean, rss_max)
		select t.tier, $1, at, t.tier / 2, 3, 6, 12, 90e6, 100e6, 110e6
		from (values (10, 6), (60, 48), (900, 720), (7200, 8784)) t(tier, hours),
			generate_series(to_timestamp(floor(extract(epoch from now()) / t.tier) * t.tier) - t.hours * interval '1 hour', now(), t.tier * interval '1 second') at
		where at not between now() - interval '25 minutes' and now() - interval '15 minutes'
		on conflict do nothing`, `
		update runs set number = 100 where bot_id = $1 and number < 100`, `
		insert into runs (id, bot_id, number, bot_version, cause, started_at, pid, ended_at, exit_code, end_reason)
		select gen_random_uuid(), $1, x.n, x.v, x.cause, now() - x.began * interval '1 minute', 1, now() - x.ended * interval '1 minute', 1, x.why
		from (values (1, 1, 'manual', 100000, 50000, 'exit code 1'), (2, 1, 'crash', 50000, 300, 'exit code 1'), (3, 2, 'restart', 300, 25, 'exit code 3'), (4, 2, 'crash', 15, 5, 'exit code 1'))
			x(n, v, cause, began, ended, why)`, `
		update bots set created_at = now() - interval '70 days' where id = $1`} {
		if _, err := c.Exec(s.t.Context(), sql, id); err != nil {
			s.t.Fatal(err)
		}
	}
}

// TestCharts: a bot's charts in Chromium under the real policy: every range from live to a year with marks of
// restarts in it, a gap, zoom and back, the read-out, the table, both themes, and the bar of 90 days.
func TestCharts(t *testing.T) {
	t.Parallel()
	url := dbtest.NewURL(t)
	s := install(t, "DATABASE_URL="+url)
	id := s.create("Mods", fields{"limits": fields{"memory_max": 200 << 20}}, "sleep").ID
	s.do(id, "start")
	eventually(t, 20*time.Second, "it runs", func() bool { return s.bot(id).Status == "running" })
	s.remember(url, id)
	s.stop() // so that the making of the bot is read anew, and another start follows
	s.start()
	ctx := browser(t)
	s.signIn(ctx)
	page := s.url + "/bots/" + id
	steps(t, ctx, "open the overview", chromedp.Navigate(page+"?range=6h"))
	until(t, ctx, 20*time.Second, `document.querySelector('#bot-charts')?.dataset.shown === '1' && `+chartsLive("#bot-charts", 5))
	js[bool](t, ctx, `window.broken = [], document.addEventListener('securitypolicyviolation', e => broken.push(e.violatedDirective + ' ' + e.sample)), true`)
	if label := js[string](t, ctx, `document.querySelector('[data-chart=memory]').getAttribute('aria-label')`); !matches(label, `Memory of the last 6 hours: average \d+(\.\d)? MB, peak 105 MB; limit 200 MB; \d marks of starts`) {
		t.Errorf("label %q", label)
	}
	// The gap of ten minutes is one in the figures, and nothing is drawn over it.
	gap := fetched[int](t, ctx, `fetch(location.pathname + '/history?range=1h').then(r => r.json()).then(s => s.charts[0].lines[0].mean.filter(v => v === null).length)`)
	if gap < 55 {
		t.Errorf("%d of the 60 points of the gap are gaps", gap)
	}
	marks := fetched[string](t, ctx, `fetch(location.pathname + '/history?range=6h').then(r => r.json()).then(s => s.marks.map(m => m.kind + ' ' + m.text).join('|'))`)
	if !matches(marks, `^deploy New settings \(version 2\)\. Restarted`) || !matches(marks, `crash After a crash`) {
		t.Errorf("marks: %s", marks)
	}
	for i, r := range []string{"live", "1h", "24h", "7d", "30d", "1y"} {
		steps(t, ctx, "choose "+r, chromedp.Click(`[data-chart-range="`+r+`"]`))
		until(t, ctx, 20*time.Second, `document.querySelector('#bot-charts').dataset.range === '`+r+`' && location.search === '?range=`+r+`' && +document.querySelector('#bot-charts').dataset.shown >= `+itoa(i+2))
		if n := js[int](t, ctx, `document.querySelectorAll('[data-chart-range][aria-current]').length`); n != 1 {
			t.Errorf("%s: %d ranges are chosen", r, n)
		}
		if !js[bool](t, ctx, inked) {
			t.Errorf("%s: nothing is drawn", r)
		}
	}
	steps(t, ctx, "back", chromedp.NavigateBack())
	until(t, ctx, 20*time.Second, `document.querySelector('#bot-charts').dataset.range === '30d'`)

	// Zoom by drag asks for the part in its own resolution; Zoom out leads back.
	mouse(t, ctx, "mousemove", 0.90)
	mouse(t, ctx, "mousedown", 0.90)
	mouse(t, ctx, "mousemove", 0.98)
	mouse(t, ctx, "mouseup", 0.98)
	until(t, ctx, 20*time.Second, `document.querySelector('#bot-charts').dataset.range === '' && new URLSearchParams(location.search).has('from')`)
	if step := fetched[float64](t, ctx, `fetch(location.pathname + '/history' + location.search).then(r => r.json()).then(s => s.charts[0].step)`); step > 900 {
		t.Errorf("zoomed in to steps of %v s", step)
	}
	steps(t, ctx, "zoom out", chromedp.Click("[data-chart-back]"))
	until(t, ctx, 20*time.Second, `document.querySelector('#bot-charts').dataset.range === '30d'`)

	mouse(t, ctx, "mouseenter", 0.5)
	mouse(t, ctx, "mousemove", 0.5)
	until(t, ctx, 10*time.Second, `document.querySelector('[data-chart=cpu] .chart-tip')?.innerText.includes('6% (3% – 12%)')`)

	steps(t, ctx, "open the table", chromedp.Click("[data-chart-table] summary"))
	until(t, ctx, 10*time.Second, `document.querySelectorAll('#bot-charts-table tbody tr').length === 24 && document.querySelector('#bot-charts-table').innerText.includes('New settings')`)
	js[bool](t, ctx, `document.documentElement.dataset.theme = 'harbor', true`)
	until(t, ctx, 10*time.Second, inked)

	uptime := js[string](t, ctx, `document.querySelector('#bot-uptime').innerText`)
	if !matches(uptime, `(?s)Uptime, 90 days.*9\d(\.\d+)?%.*with an outage`) || js[int](t, ctx, `document.querySelectorAll('#bot-uptime rect').length`) != 90 {
		t.Errorf("uptime: %s", uptime)
	}
	if first := js[string](t, ctx, `document.querySelector('#bot-uptime rect title').textContent`); !matches(first, "no data, it did not exist yet") {
		t.Errorf("the first day: %s", first)
	}
	if broken := js[string](t, ctx, `(window.broken ?? []).join()`); broken != "" {
		t.Errorf("against the policy: %s", broken)
	}
	steps(t, ctx, "the host", chromedp.Navigate(s.url+"/host?range=live"))
	until(t, ctx, 30*time.Second, `document.querySelector('#host-charts')?.dataset.shown >= 1 && document.querySelector('[data-now=cpu]').innerText.includes('%') && `+chartsLive("#host-charts", 4))
	if js[bool](t, ctx, `document.documentElement.scrollWidth > innerWidth`) {
		t.Error("the page scrolls sideways")
	}
}

// chartsLive is a condition: so many charts of the section live. A chart does when somebody comes near to it.
func chartsLive(section string, n int) string {
	return fmt.Sprintf(`(() => {
		const still = [...document.querySelectorAll('%[1]s [data-chart]')].filter(c => !c.querySelector('.uplot'))
		still[Math.floor(Math.random() * still.length)]?.scrollIntoView({ block: 'center' })
		return document.querySelectorAll('%[1]s .uplot').length >= %[2]d
	})()`, section, n)
}

// mouse does something over the chart of the CPU, at a part of its width.
func mouse(t *testing.T, ctx context.Context, what string, share float64) {
	t.Helper()
	until(t, ctx, 20*time.Second, `document.querySelector('[data-chart=cpu] .u-over')`) // drawn, also after the range was changed
	js[bool](t, ctx, fmt.Sprintf(`(() => {
		const over = document.querySelector('[data-chart=cpu] .u-over'), r = over.getBoundingClientRect()
		over.dispatchEvent(new MouseEvent('%s', { clientX: r.left + r.width * %g, clientY: r.top + 60, button: 0, buttons: 1, bubbles: true, view: window, movementX: 1, movementY: 1 })) // uPlot takes moves of 0 for none
		return true
	})()`, what, share))
}

// fetched is js for a promise.
func fetched[T any](t *testing.T, ctx context.Context, expr string) T {
	t.Helper()
	js[bool](t, ctx, "window.answer = undefined, "+expr+".then(v => { window.answer = v }), true")
	until(t, ctx, 10*time.Second, "window.answer !== undefined")
	return js[T](t, ctx, "window.answer")
}

func matches(text, pattern string) bool { return regexp.MustCompile(pattern).MatchString(text) }

// inked says that the chart of the CPU has something of its line's colour in it.
const inked = `(() => {
	const c = document.querySelector('[data-chart=cpu] canvas'), px = c.getContext('2d').getImageData(0, 0, c.width, c.height).data
	let n = 0
	for (let i = 3; i < px.length; i += 4) if (px[i] > 200) n++
	return n > 200
})()`
