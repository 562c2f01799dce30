package e2e

import (
	"os"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// longEnv asks for the long forms of tests: "make test-long".
const longEnv = "BOTSWAIN_TEST_LONG"

// flood prints 5,000 lines a second by the clock, whatever a line costs: it sleeps until the time of the next 250.
const flood = `import sys, time
began, n = time.monotonic(), 0
while True:
    sys.stdout.write("".join(f"2026-11-26 10:00:00,123 - telegram.ext.Application - INFO - update {i} handled in 12 ms by worker 3\n" for i in range(n, n + 250)))
    sys.stdout.flush()
    n += 250
    time.sleep(max(0, began + n / 5000 - time.monotonic()))`

// longestBlock is how long the page's main thread may be busy in one go while it follows, in ms.
const longestBlock = 150

// TestLogFollowsForAMinute: 5,000 lines a second are followed for a minute, up to the newest, and the page answers
// within 150 ms all the time. It wants a machine that does nothing else.
func TestLogFollowsForAMinute(t *testing.T) {
	if os.Getenv(longEnv) == "" {
		t.Skip("a minute of a busy machine: " + longEnv + "=1 asks for it")
	}
	s := install(t)
	b := s.create("Flood", fields{"command": []string{"python3", "-c", flood}})
	ctx := browser(t)
	s.signIn(ctx)
	steps(t, ctx, "open", chromedp.Navigate(s.url+"/bots/"+b.ID+"/logs"))
	until(t, ctx, 30*time.Second, "document.querySelector('#connection')?.dataset.mode === 'live'")
	s.do(b.ID, "start")
	newest := "+([...document.querySelectorAll('#log-lines .log-line')].at(-1)?.dataset.seq ?? 0)"
	until(t, ctx, time.Minute, newest+" > 10_000") // what starting costs isn't following
	js[bool](t, ctx, `(window.tasks = [], window.frames = [], window.most = 0, window.from = performance.now(), window.at = `+newest+`,
		new PerformanceObserver(l => tasks.push(...l.getEntries().map(e => e.duration))).observe({ type: 'longtask' }),
		new PerformanceObserver(l => frames.push(...l.getEntries().map(e => Math.round(e.duration) + ': ' + e.scripts.map(s => Math.round(s.duration) + ' ' + (s.invoker || s.invokerType)).join(', ')))).observe({ type: 'long-animation-frame' }),
		setInterval(() => { most = Math.max(most, document.querySelectorAll('.log-line').length) }, 500), true)`)
	until(t, ctx, 3*time.Minute, "performance.now() - from >= 60_000")
	lines := js[int](t, ctx, newest+" - at")
	took := js[float64](t, ctx, "performance.now() - from") / 1000
	t.Logf("%d lines in %.1f s (%.0f a second), %d in the page at most; long tasks: %s", lines, took, float64(lines)/took, js[int](t, ctx, "most"),
		js[string](t, ctx, "`${tasks.length}, longest ${Math.round(Math.max(0, ...tasks))} ms, together ${Math.round(tasks.reduce((a, b) => a + b, 0))} ms`"))
	if longest := js[float64](t, ctx, "Math.max(0, ...tasks)"); longest > longestBlock {
		t.Errorf("the main thread was busy for %.0f ms in one go; slow frames: %s", longest, js[string](t, ctx, "frames.sort((a, b) => parseInt(b) - parseInt(a)).slice(0, 5).join('; ')"))
	}
	if n := float64(lines) / took; n < 4800 {
		t.Errorf("%.0f lines a second were followed", n)
	}
	if n := js[int](t, ctx, "most"); n > 5000 {
		t.Errorf("%d lines were in the page", n)
	}
	if !js[bool](t, ctx, "log.scrollHeight - log.scrollTop - log.clientHeight < 60 && log.dataset.following === 'true'") {
		t.Error("it doesn't show the newest line")
	}
	s.do(b.ID, "stop")
}
