package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/figures"
	"github.com/botswain/botswain/app/report"
	"github.com/botswain/botswain/views/dashboard"
)

// adder says what all bots report, in memory.
type adder struct {
	mu  sync.Mutex
	now figures.Overview
	err error
}

func (a *adder) Overview(context.Context) (figures.Overview, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.now, a.err
}

func (a *adder) set(change func(*figures.Overview), err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	change(&a.now)
	a.now.Revision++
	a.err = err
}

func number(v float64, bots, discord int) figures.Figure {
	return figures.Figure{Value: &v, Bots: bots, FromDiscord: discord}
}

// lively is an overview with everything but users.
func lively(o *figures.Overview) {
	zone := time.FixedZone("", 5*3600+1800)
	o.Bots, o.Reports = 4, true
	o.Users = figures.Figure{Why: "No running bot says so."}
	o.Guilds, o.Registered, o.Ping = number(1204, 2, 1), number(18, 1, 0), number(41.46, 2, 0)
	o.Messages, o.Commands = number(77608, 3, 0), number(0, 1, 0)
	o.Day = time.Date(2026, 11, 22, 0, 0, 0, 0, zone)
	o.Hours = nil
	for i := range report.Span {
		o.Hours = append(o.Hours, report.Hour{At: o.Day.Add(time.Duration(i-12) * time.Hour), Counters: map[string]float64{}})
	}
	o.Hours[20].Counters["messages"] = 1161
	o.Hours[21].Counters = map[string]float64{"messages": 1200, "commands": 0}
}

// hint is in a page that offers to explain how a bot reports.
const hint = ` data-hint>`

func TestFiguresOnTheDashboard(t *testing.T) {
	s := newStage(t)
	a := &adder{}
	s.pages.totals = a
	if _, page := s.page("/"); strings.Contains(page, hint) || strings.Contains(page, `data-figure="`) {
		t.Error("without bots nothing is said about reports")
	}
	for _, n := range []string{"Anchor", "Buoy", "Cleat", "Davit"} {
		s.deck.add(n, bot.Running)
	}
	a.set(func(o *figures.Overview) { o.Bots = 4 }, nil)
	if _, page := s.page("/"); !strings.Contains(page, hint) || !strings.Contains(page, `href="/help/reporting"`) || strings.Contains(page, `data-figure="`) {
		t.Error("without reports there is a hint, and no tile")
	}
	a.set(func(o *figures.Overview) { o.Guilds = number(212, 0, 1) }, nil)
	if _, page := s.page("/"); !strings.Contains(page, hint) || strings.Count(page, `data-figure="`) != 1 || !strings.Contains(page, "from Discord, for 1 bot") {
		t.Error("what Discord knows stands beside the hint")
	}

	in := s.messages(t.Context(), "/live?page=dashboard")
	s.until(in, target(dashboard.FiguresID))
	a.set(lively, nil)
	s.hub.Publish(event.Topic{Kind: event.TopicReport}) // wakes nobody
	s.hub.Publish(event.Topic{Kind: event.TopicHost})
	m := s.until(in, target(dashboard.FiguresID))
	wants := []string{
		`data-value>1,204<`, "2 of 4 bots report, 1 from Discord", "not available<span class=\"sr-only\">: No running bot says so.", `data-value>77,608<`,
		"since 00:00 UTC+5:30", `data-value>0<`, "18 registered", `data-value>41.5<`, "Messages 1,161, Commands not reported", "Messages 1,200, Commands 0",
		"The last 24 hours, by the hour: Messages 2,361 in all, at most 1,200 in the hour from 09:00",
	}
	_, page := s.page("/")
	_, polled := s.page("/live/poll?page=dashboard")
	for where, text := range map[string]string{"stream": m, "page": page, "polling": polled} {
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("%q isn't in the %s", want, where)
			}
		}
		if strings.Contains(text, hint) {
			t.Errorf("the hint is in the %s", where)
		}
	}

	// Without the database what is shown stays; a page that is opened says why there is nothing.
	a.set(func(*figures.Overview) {}, errors.New("away"))
	if _, page := s.page("/"); !strings.Contains(page, partAway) || strings.Contains(page, `data-figure="`) {
		t.Error("the page doesn't say that the database is away")
	}
	if _, polled := s.page("/live/poll?page=dashboard"); strings.Contains(polled, target(dashboard.FiguresID)) {
		t.Error("the tiles were taken away")
	}
	if res, page := s.page("/help/reporting"); res.StatusCode != http.StatusOK || !strings.Contains(page, "ping_ms") {
		t.Errorf("help: %d", res.StatusCode)
	}
}

// TestFiguresAreLive: in a browser the tiles change by themselves, an open table stays open, and
// nothing scrolls sideways, however narrow, in both themes.
func TestFiguresAreLive(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	a := &adder{}
	s.pages.totals = a
	book := &ledger{hub: s.hub}
	s.pages.reports = book
	id := s.deck.add("Anchor", bot.Running)
	book.put(id, 12, 1234567, nil)
	var o figures.Overview
	lively(&o)
	book.figures.Hours, book.figures.Day = o.Hours, o.Day
	a.set(func(o *figures.Overview) { o.Bots = 1 }, nil)
	b := s.open("/")
	b.live()
	b.until("document.querySelector('[data-hint]') && getComputedStyle(document.querySelector('section:has(> #activity)')).display === 'none'")
	a.set(lively, nil)
	s.hub.Publish(event.Topic{Kind: event.TopicHost})
	b.until("document.querySelector('[data-figure=messages]')?.innerText.includes('77,608') && !document.querySelector('[data-hint]') && document.querySelector('#activity svg .line').getBoundingClientRect().width > 0")
	b.click("section:has(> #activity) summary")
	b.until("document.querySelector('#activity-table').checkVisibility() && document.querySelectorAll('#activity-table tbody tr').length === 24")
	a.set(func(o *figures.Overview) {
		lively(o)
		o.Messages = number(123456789, 3, 0)
		o.Hours[22].Counters["messages"] = 2e9
	}, nil)
	s.hub.Publish(event.Topic{Kind: event.TopicHost})
	b.until("document.querySelector('[data-figure=messages]')?.innerText.includes('123.5M') && document.querySelector('#activity-table').innerText.includes('2,000,000,000')")
	if !eval[bool](b, "document.querySelector('#activity-table').checkVisibility()") {
		t.Error("the open table was closed")
	}
	for _, path := range []string{"/", "/bots/" + id.String(), "/help/reporting"} {
		for _, theme := range []string{"dark", "light"} {
			for _, width := range []int64{320, 768, 1280} {
				b.do(chromedp.EmulateViewport(width, 800), chromedp.Func(func(c context.Context, _ *chromedp.Target) error {
					_, err := chromedp.Call(c, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
						Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}}})
					return err
				}), chromedp.Navigate(s.url+path))
				if got := eval[int64](b, "document.documentElement.scrollWidth"); got > width {
					t.Errorf("%s is %d px wide on %d px, %s", path, got, width, theme)
				}
			}
		}
	}
}
