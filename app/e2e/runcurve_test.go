package e2e

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/jackc/pgx/v5"

	"github.com/botswain/botswain/db/dbtest"
)

// runIDs gives the ids of a bot's runs by their numbers, after it has added one that lasted two seconds: number 5.
func runIDs(t *testing.T, url, id string) map[int]string {
	t.Helper()
	c, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.WithoutCancel(t.Context()))
	if _, err = c.Exec(t.Context(), `insert into runs (id, bot_id, number, bot_version, cause, started_at, pid, ended_at, exit_code, end_reason)
		values (gen_random_uuid(), $1, 5, 2, 'crash', now() - interval '3 minutes', 1, now() - interval '178 seconds', 1, 'exit code 1')`, id); err != nil {
		t.Fatal(err)
	}
	if _, err = c.Exec(t.Context(), "update runs set outcome = 'crashed' where bot_id = $1 and ended_at is not null", id); err != nil {
		t.Fatal(err)
	}
	rows, err := c.Query(t.Context(), "select number, id::text from runs where bot_id = $1", id)
	if err != nil {
		t.Fatal(err)
	}
	ids := map[int]string{}
	var n int
	var run string
	if _, err = pgx.ForEachRow(rows, []any{&n, &run}, func() error { ids[n] = run; return nil }); err != nil {
		t.Fatal(err)
	}
	return ids
}

// TestRunCurve: a run's page has its CPU and memory over its time in the resolution that its age leaves, and says why
// there is none; that of a run that goes on comes by itself. A crash has the memory before it.
func TestRunCurve(t *testing.T) {
	t.Parallel()
	url := dbtest.NewURL(t)
	s := install(t, "DATABASE_URL="+url)
	id := s.create("Mods", fields{"limits": fields{"memory_max": 200 << 20}}, "sleep").ID
	ctx := browser(t) // first: what is to be seen of the run is over after ten seconds of it
	s.signIn(ctx)
	s.do(id, "start")
	eventually(t, 20*time.Second, "it runs", func() bool { return s.bot(id).Status == "running" })
	live := s.newestRun(id)
	run := s.url + "/bots/" + id + "/runs/"

	// Its charts come without the page being loaded anew.
	steps(t, ctx, "open the run that lives", chromedp.Navigate(run+live))
	until(t, ctx, 20*time.Second, "document.querySelector('[data-charts-away]:not([hidden])')?.innerText.includes('half a minute')")
	js[bool](t, ctx, "(window.same = true)")
	until(t, ctx, 90*time.Second, "window.same && document.querySelector('[data-charts-away]').hidden && "+chartsLive("[data-charts-there]:not([hidden])", 2))
	if label := js[string](t, ctx, "document.querySelector('[data-chart=memory]').getAttribute('aria-label')"); !matches(label, `Memory of the whole run: average .*, peak .*; limit 200 MB`) {
		t.Errorf("label %q", label)
	}

	s.remember(url, id)
	ids := runIDs(t, url, id)
	for n, step := range map[int]float64{1: 7200, 3: 10, 4: 10} { // started 69 days, 5 hours and 15 minutes ago
		at := run + ids[n]
		steps(t, ctx, "open a run", chromedp.Navigate(at))
		until(t, ctx, 20*time.Second, "document.querySelector('#run-charts')?.dataset.shown === '1' && "+chartsLive("#run-charts", 2))
		got := fetched[float64](t, ctx, "fetch(location.pathname + '/history?range=whole').then(r => r.json()).then(s => s.charts[0].step % "+itoa(int(step))+" + (s.still ? 0 : 1))")
		if got != 0 {
			t.Errorf("run %d: its steps are none of %v s, or it isn't over", n, step)
		}
		if !js[bool](t, ctx, inked) {
			t.Errorf("run %d: nothing is drawn", n)
		}
	}
	// A part of it, and the whole again.
	steps(t, ctx, "open a run", chromedp.Navigate(run+ids[4]))
	until(t, ctx, 20*time.Second, "document.querySelector('#run-charts')?.dataset.shown === '1'")
	mouse(t, ctx, "mousemove", 0.2)
	mouse(t, ctx, "mousedown", 0.2)
	mouse(t, ctx, "mousemove", 0.6)
	mouse(t, ctx, "mouseup", 0.6)
	until(t, ctx, 20*time.Second, "document.querySelector('#run-charts').dataset.range === '' && new URLSearchParams(location.search).has('from')")
	steps(t, ctx, "zoom out", chromedp.Click("[data-chart-back]"))
	until(t, ctx, 20*time.Second, "document.querySelector('#run-charts').dataset.range === 'whole'")

	page := text(t, s.login(), run+ids[5])
	if !matches(page, `It ran for 2 s, and of that time figures are kept in steps of 10 s`) || matches(page, `data-chart="cpu"`) {
		t.Error("a run that was too short doesn't say so")
	}
	crash := s.url + "/bots/" + id + "/crashes/"
	steps(t, ctx, "open a crash", chromedp.Navigate(crash+ids[4]))
	until(t, ctx, 20*time.Second, chartsLive("#crash-charts", 1))
	if got := js[string](t, ctx, "document.querySelector('#crash-charts').innerText"); !matches(got, `Memory before the end\s*95.4 MB at first, 95.4 MB at the end`) {
		t.Errorf("the memory before the end: %q", got)
	}
	steps(t, ctx, "open a crash", chromedp.Navigate(crash+ids[1]))
	until(t, ctx, 20*time.Second, "document.querySelector('#crash-charts')")
	if day := fetched[int](t, ctx, "fetch(location.pathname + '/history?range=whole').then(r => r.json()).then(s => s.to - s.from)"); day != 86400 {
		t.Errorf("the memory of %d s before the end", day)
	}
}
