package web

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
)

// tab is a page of a stage in Chromium.
type tab struct {
	t     testing.TB
	stage *stage
	ctx   context.Context
}

// open starts a Chromium that is signed in and shows path.
func (s *stage) open(path string) *tab {
	s.t.Helper()
	alloc, cancelAlloc := chromedp.NewExecAllocator(s.t.Context(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.Flag("force-prefers-reduced-motion", true),
		chromedp.NoSandbox, chromedp.WindowSize(1280, 800), chromedp.UserDataDir(s.t.TempDir()))...)
	ctx, cancel := chromedp.NewContext(alloc)
	s.t.Cleanup(func() { chromedp.Cancel(ctx); cancel(); cancelAlloc() })
	if err := chromedp.Do(ctx); err != nil {
		s.t.Fatalf("chromium: %v", err)
	}
	b := &tab{s.t, s, ctx}
	b.do(chromedp.Navigate(s.url + "/login"))
	b.do(chromedp.Navigate(s.url + path))
	return b
}

func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 20*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// click clicks on the first element as a person does, who waits until a dialog has come up: on a busy
// machine Chromium draws it later than it says that it is open, and a click goes through it until then.
func (b *tab) click(css string) {
	b.t.Helper()
	b.until(fmt.Sprintf(`(e => {
		if (!e?.closest("dialog")) return e
		const box = e.getBoundingClientRect()
		return e.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2))
	})(document.querySelector(%q))`, css))
	b.do(chromedp.Click(chromedp.CSS(css)))
}

func eval[T any](b *tab, expr string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expr))
	if err != nil {
		b.t.Fatalf("%s: %v", expr, err)
	}
	return v
}

// until waits for an expression to be true in the page.
func (b *tab) until(expr string) {
	b.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for late := time.Now().Add(30 * time.Second); time.Now().Before(late); <-tick.C {
		if ok, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool]("!!("+expr+")")); err == nil && ok {
			return
		}
	}
	text, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string]("location.href + ' ' + document.body.innerText.slice(0, 300)"))
	b.t.Fatalf("never: %s\n%s", expr, text)
}

func (b *tab) live() {
	b.t.Helper()
	b.until("document.querySelector('#connection').dataset.mode === 'live'")
}

// shown is the seqs in the page; they must grow, and by one where there is no gap row between.
func (b *tab) shown() []int {
	b.t.Helper()
	seqs := eval[[]int](b, "[...document.querySelectorAll('#log-lines [data-seq], #log-lines [data-gap]')].map(e => +(e.dataset.seq ?? 0))")
	var out []int
	for i, n := range seqs {
		if n == 0 {
			continue
		}
		if len(out) > 0 && n != out[len(out)-1]+1 && (seqs[i-1] != 0 || n <= out[len(out)-1]) {
			b.t.Fatalf("line %d comes after line %d", n, out[len(out)-1])
		}
		out = append(out, n)
	}
	return out
}

const bottom = "log.scrollHeight - log.scrollTop - log.clientHeight < 12"

func TestLogViewer(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	id := s.deck.add("Printer", bot.Running)
	s.book.print(id, 1500)
	b := s.open("/bots/" + id.String() + "/logs")
	b.live()
	if got := b.shown(); len(got) != pageLines || got[len(got)-1] != 1500 {
		t.Fatalf("%d lines", len(got))
	}
	s.book.print(id, 10)
	b.until("document.querySelector('#log-lines [data-seq=\"1510\"]') && " + bottom)

	// Going up stops following; new lines are counted and don't move what is read.
	eval[int](b, "log.scrollTop -= 600")
	b.until("log.dataset.following === 'false' && !document.getElementById('log-return').hidden")
	at := eval[float64](b, "log.scrollTop")
	s.book.print(id, 5)
	b.until("document.getElementById('log-return').innerText.includes('5 new lines')")
	if now := eval[float64](b, "log.scrollTop"); now != at {
		t.Errorf("the page moved from %v to %v", at, now)
	}

	// At the top older lines come, and the line that was at the top stays in view.
	eval[int](b, "log.scrollTop = 0")
	b.until("document.querySelector('#log-lines [data-seq=\"801\"]')")
	b.until("log.scrollTop > 5000")
	if got := b.shown(); got[0] != 801 {
		t.Errorf("first line %d", got[0])
	}
	b.click("#log-return")
	b.until(bottom + " && log.dataset.following === 'true' && document.getElementById('log-return').hidden")

	// The keys: follow and wrap.
	b.do(chromedp.KeyEvent("f"))
	b.until("log.dataset.following === 'false'")
	b.do(chromedp.KeyEvent("w"))
	b.until("document.documentElement.dataset.logWrap === 'on'")
	b.do(chromedp.KeyEvent("f"))
	b.until("log.dataset.following === 'true' && " + bottom)
}

func TestLogViewerInAFlood(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	id := s.deck.add("Flood", bot.Running)
	s.book.print(id, 50)
	b := s.open("/bots/" + id.String() + "/logs")
	b.live()
	s.book.print(id, 20_000) // far more than is shown
	b.until("document.querySelector('#log-lines [data-seq=\"20050\"]') && document.querySelector('#log-lines [data-gap]')")
	b.shown()
	b.click("#log-lines [data-gap] a")
	b.until("document.querySelector('#log-lines [data-seq=\"19051\"]')")
	b.shown()

	// A long stretch, slow enough to be shown: the page keeps its size, and what was cut off loads again.
	eval[bool](b, "document.getElementById('log-return').click() ?? true")
	for range 14 {
		s.book.print(id, 400)
		b.until(fmt.Sprintf("document.querySelector('#log-lines [data-seq=\"%d\"]')", s.book.LastSeq(id)))
	}
	if n := eval[int](b, "document.querySelectorAll('#log-lines [data-seq]').length"); n > 5001 {
		t.Errorf("%d lines are in the page", n)
	}
	first := b.shown()[0]
	eval[int](b, "log.scrollTop = 0")
	b.until(fmt.Sprintf("document.querySelector('#log-lines [data-seq=\"%d\"]')", first-1))
	b.shown()

	// While reading, too many lines for the page: they wait, and the button leads to the newest.
	for range 12 {
		s.book.print(id, 400)
	}
	b.until("/new lines/.test(document.getElementById('log-return').innerText)")
	if n := eval[int](b, "document.getElementById('log-lines').childElementCount"); n > 5600 {
		t.Errorf("%d lines are in the page", n)
	}
	eval[bool](b, "document.getElementById('log-return').click() ?? true")
	b.until(fmt.Sprintf("document.querySelector('#log-lines [data-seq=\"%d\"]') && %s", s.book.LastSeq(id), bottom))
	s.book.print(id, 3)
	b.until(fmt.Sprintf("document.querySelector('#log-lines [data-seq=\"%d\"]')", s.book.LastSeq(id)))
	b.shown()
}

// A stream that is refused from the start: the page polls, and goes live when it may.
func TestPollingWhenStreamsAreRefused(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	id := s.deck.add("Printer", bot.Running)
	s.book.print(id, 50)
	s.cutStreams(true)
	b := s.open("/bots/" + id.String())
	b.until("document.querySelector('#connection').innerText === 'Polling every 10 s' && document.getElementById('polling-notice')")
	s.book.print(id, 50)
	s.deck.set(id, bot.Crashed)
	b.until("document.querySelector('#log-lines [data-seq=\"100\"]') && document.querySelector('#bot-head[data-state=crashed]')")
	s.cutStreams(false)
	b.live()
	b.until("!document.getElementById('polling-notice')")
	s.book.print(id, 5)
	b.until("document.querySelector('#log-lines [data-seq=\"105\"]')")
	if got := b.shown(); len(got) != 105 {
		t.Errorf("%d lines", len(got))
	}
}

func TestDashboardInABrowser(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	a := s.deck.add("Anchor", bot.Running)
	s.deck.add("Buoy", bot.Stopped)
	b := s.open("/")
	b.live()
	card := "article[data-bot-id='" + a.String() + "']"

	// Typing filters, keeps the address, and the stream goes on with the filter.
	b.do(chromedp.SendKeys(chromedp.CSS("#bot-search"), "anch"))
	b.until("location.search === '?q=anch' && document.querySelectorAll('article').length === 1")
	b.until("document.getElementById('live').dataset.liveUrl.includes('q=anch')")
	b.live()
	s.deck.add("Anchovy", bot.Stopped)
	b.until("document.querySelectorAll('article').length === 2")
	if n := eval[string](b, "document.getElementById('bot-search').value"); n != "anch" {
		t.Errorf("the search became %q", n)
	}
	eval[bool](b, "document.querySelector('#bot-chips input[value=running]').click() ?? true")
	b.until("location.search === '?q=anch&state=running' && document.querySelectorAll('article').length === 1")
	b.until("document.querySelector('#connection').dataset.mode === 'live'")

	// An action answers at once; a second one that came too late says why.
	b.click(card + " [data-action=stop]")
	b.until("document.querySelectorAll('article').length === 0 || document.querySelector(`" + card + "[data-state=stopping]`)")
	b.until("/Stopping Anchor/.test(document.getElementById('toasts').innerText)")
	b.until("/No bot matches/.test(document.getElementById('bots').innerText)")
	for late := time.Now().Add(10 * time.Second); s.streams.Open() != 1; runtime.Gosched() {
		if time.Now().After(late) {
			t.Fatalf("%d streams are open for one page", s.streams.Open())
		}
	}
}

func TestPageGoesToTheLoginWhenTheSessionEnds(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	b := s.open("/?state=running")
	b.live()
	s.door.mu.Lock()
	s.door.err = fault.New(fault.Unauthorized, "signed out")
	s.door.mu.Unlock()
	b.until("location.pathname === '/login'")
	if next := eval[string](b, "location.search"); next != "?next=%2F%3Fstate%3Drunning" {
		t.Errorf("it would come back to %q", next)
	}
}
