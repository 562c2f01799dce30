package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"
)

// observe counts what changes in the page, and what comes by the stream.
const observe = `(() => {
	const seen = window.seen = { records: 0, messages: 0, bytes: 0, biggest: 0, long: 0 }
	new MutationObserver(list => { seen.records += list.length; seen.biggest = Math.max(seen.biggest, list.length) })
		.observe(document.documentElement, { subtree: true, childList: true, attributes: true, characterData: true })
	document.addEventListener('htmx:sse:before:message', e => { seen.messages++; seen.bytes += (e.detail.message?.data ?? e.detail.data ?? '').length })
	new PerformanceObserver(list => { for (const x of list.getEntries()) seen.long = Math.max(seen.long, x.duration) }).observe({ type: 'longtask' })
	return true
})()`

// loaded is what the browser says of the load of a page.
type loaded struct {
	FCP, LCP, Ready float64 // milliseconds since the navigation began
	Requests        int
	Bytes           int
	Elements        int
}

const load = `(() => {
	const nav = performance.getEntriesByType('navigation')[0], all = performance.getEntriesByType('resource')
	return {
		FCP: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? -1,
		LCP: window.lcp ?? -1, Ready: nav.domContentLoadedEventEnd,
		Requests: 1 + all.length, Bytes: nav.transferSize + all.reduce((n, r) => n + r.transferSize, 0),
		Elements: document.querySelectorAll('*').length,
	}
})()`

type seen struct {
	Records, Messages, Bytes, Biggest int
	Long                              float64
}

// watch opens the dashboard in a Chromium with an empty cache and looks at it for a while. Motion is
// off: without a graphics card an animation costs what no person's machine would notice.
func watch(ctx context.Context, s *server, o options, r *result) error {
	profile, err := os.MkdirTemp("", "bwu")
	if err != nil {
		return err
	}
	defer os.RemoveAll(profile)
	alloc, stopAlloc := chromedp.NewExecAllocator(ctx, append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox,
		chromedp.Flag("force-prefers-reduced-motion", true), chromedp.WindowSize(1440, 900), chromedp.UserDataDir(profile))...)
	defer stopAlloc()
	tab, stop := chromedp.NewContext(alloc)
	defer stop()
	defer chromedp.Cancel(tab)
	limited, cancel := context.WithTimeout(tab, o.idle+4*time.Minute)
	defer cancel()
	if err := chromedp.Do(limited); err != nil {
		return fmt.Errorf("start Chromium: %w", err)
	}
	if err := signIn(limited, s); err != nil {
		return err
	}
	if r.load, err = open(limited, s, o.view); err != nil {
		return err
	}
	return idle(limited, s, profile, o.idle, r)
}

// signIn gives the browser the session that the first measurement has, so that it has loaded nothing yet.
func signIn(ctx context.Context, s *server) error {
	return chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		for _, c := range s.cookies {
			if _, err := chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: c.Name, Value: c.Value, URL: s.url}); err != nil {
				return err
			}
		}
		return nil
	}))
}

// open loads the dashboard several times and gives the load with the middle first paint. Styles,
// scripts and fonts are in the browser's cache but for the first time, whose bytes and requests count.
func open(ctx context.Context, s *server, view string) (loaded, error) {
	const times = 5
	var all []loaded
	for range times {
		if err := chromedp.Do(ctx, chromedp.Navigate("about:blank"), chromedp.Navigate(s.url+"/?view="+view)); err != nil {
			return loaded{}, err
		}
		if err := until(ctx, "document.readyState === 'complete' && performance.getEntriesByName('first-contentful-paint').length"); err != nil {
			return loaded{}, err
		}
		l, err := chromedp.Run(ctx, chromedp.Evaluate[loaded](load))
		if err != nil {
			return loaded{}, err
		}
		all = append(all, l)
	}
	return middle(all), until(ctx, "document.querySelector('#connection')?.dataset.mode === 'live'")
}

// settled is that nothing on the page is younger than a minute: until then its age counts up each second.
const settled = `[...document.querySelectorAll('time[data-since]')].every(t => Date.now() - Date.parse(t.dataset.since) > 62000)`

// idle looks on while no bot changes.
func idle(ctx context.Context, s *server, profile string, d time.Duration, r *result) error {
	if err := chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, performance.Enable, performance.EnableParams{})
		return err
	})); err != nil {
		return err
	}
	if err := until(ctx, settled); err != nil {
		return err
	}
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](observe)); err != nil {
		return err
	}
	before, err := metrics(ctx)
	if err != nil {
		return err
	}
	server, browser := cpuOf(s.cmd.Process.Pid), cpuOfBrowser(profile)
	began := time.Now()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
	}
	after, err := metrics(ctx)
	if err != nil {
		return err
	}
	r.watched = time.Since(began)
	r.serverCPU, r.browserCPU = cpuOf(s.cmd.Process.Pid)-server, cpuOfBrowser(profile)-browser
	r.mainThread = seconds(after["TaskDuration"] - before["TaskDuration"])
	r.script = seconds(after["ScriptDuration"] - before["ScriptDuration"])
	r.layout = seconds(after["LayoutDuration"] - before["LayoutDuration"] + after["RecalcStyleDuration"] - before["RecalcStyleDuration"])
	r.seen, err = chromedp.Run(ctx, chromedp.Evaluate[seen]("window.seen"))
	return err
}

func metrics(ctx context.Context) (map[string]float64, error) {
	out := map[string]float64{}
	err := chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		got, err := chromedp.Call(ctx, performance.GetMetrics, cdp.Empty{})
		if err != nil {
			return err
		}
		for _, m := range got.Metrics {
			out[m.Name] = m.Value
		}
		return nil
	}))
	return out, err
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// until waits for an expression to be true in the page.
func until(ctx context.Context, expr string) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(2 * time.Minute); ; {
		if ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+expr+")")); err == nil && ok {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-late:
			return fmt.Errorf("never: %s", expr)
		case <-tick.C:
		}
	}
}
