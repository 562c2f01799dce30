package web

import (
	"runtime"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
)

// hide makes the page believe that nobody looks at its tab, or that somebody does again.
func (b *tab) hide(hidden bool) {
	b.t.Helper()
	word := map[bool]string{true: "true", false: "false"}[hidden]
	eval[bool](b, "Object.defineProperty(document, 'hidden', {value: "+word+", configurable: true}) && document.dispatchEvent(new Event('visibilitychange'))")
}

func (s *stage) waitStreams(n int) {
	s.t.Helper()
	for late := time.Now().Add(20 * time.Second); s.streams.Open() != n; runtime.Gosched() {
		if time.Now().After(late) {
			s.t.Fatalf("%d streams are open, want %d", s.streams.Open(), n)
		}
	}
}

// A hidden tab lets go of its stream after a while, and catches up on return without a gap.
func TestHiddenTabLetsGo(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	id := s.deck.add("Printer", bot.Running)
	s.book.print(id, 50)
	b := s.open("/bots/" + id.String())
	b.live()
	eval[int](b, "window.botswainLive.hiddenFor = 50")
	b.hide(true)
	b.until("document.getElementById('connection').dataset.mode === 'resting'")
	s.waitStreams(0)
	s.book.print(id, 300)
	s.deck.set(id, bot.Crashed)
	if n := len(b.shown()); n != 50 {
		t.Errorf("%d lines while hidden", n)
	}
	b.hide(false)
	b.live()
	b.until("document.querySelector('#log-lines [data-seq=\"350\"]') && document.querySelector('#bot-head[data-state=crashed]')")
	if n := len(b.shown()); n != 350 {
		t.Errorf("%d lines", n)
	}
	s.waitStreams(1)

	// A short look elsewhere costs nothing.
	eval[int](b, "window.botswainLive.hiddenFor = 600000")
	b.hide(true)
	s.book.print(id, 1)
	b.until("document.querySelector('#log-lines [data-seq=\"351\"]')")
	b.hide(false)
	b.live()
}

// The tries come further and further apart, and the page says when the next one is.
func TestReconnecting(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.deck.add("Anchor", bot.Running)
	b := s.open("/")
	b.live()
	eval[int](b, `(window.seen = [], window.waits = [], document.addEventListener('live:state', () => {
		seen.push(document.getElementById('connection').innerText)
		const wait = botswainLive.retryAt() - Date.now(), n = botswainLive.failures()
		if (n > waits.length) waits.push(Math.round(wait))
	}), 1)`)
	s.cutStreams(true)
	b.until("waits.length >= 4 && document.getElementById('connection').dataset.mode === 'polling'")
	for i, ms := range eval[[]int](b, "waits") {
		if most := min(1000<<i, 30000); ms < most/2-100 || ms > most {
			t.Errorf("wait %d is %d ms, of at most %d", i+1, ms, most)
		}
	}
	b.until("seen.some(s => /^Reconnecting in \\d+ s$/.test(s)) && seen.some(s => /^Reconnecting in \\d+ s, try 3$/.test(s))")
	b.until("/Polling every 10 s/.test(document.getElementById('connection-said').innerText)")
	s.cutStreams(false)
	b.click("#polling-notice button") // at once, and not after half a minute
	b.live()
	b.until("!document.getElementById('polling-notice')")
	if n := eval[int](b, "botswainLive.failures()"); n != 0 {
		t.Errorf("%d failures are remembered", n)
	}
}

// A page of an older build says so, and never reloads by itself.
func TestNewBuildIsOffered(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.deck.add("Anchor", bot.Running)
	b := s.open("/")
	b.live()
	if eval[bool](b, "!!document.getElementById('build-notice')") {
		t.Error("offered for the page's own build")
	}
	eval[int](b, "window.marked = 1")
	s.pages.web.deps.Version = "newer"
	s.streams.Drop()
	b.until("/Botswain was updated/.test(document.getElementById('build-notice')?.innerText)")
	b.live()
	if eval[int](b, "window.marked") != 1 {
		t.Error("the page was loaded anew by itself")
	}
	b.click("#build-notice button")
	b.until("!window.marked && document.readyState === 'complete' && !document.getElementById('build-notice')")
	b.live()
}

// When the session ends, what somebody has typed stays on the page.
func TestSignedOutKeepsWhatIsTyped(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	id := s.deck.add("Anchor", bot.Running)
	b := s.open("/bots/" + id.String())
	b.live()
	eval[int](b, `(main.insertAdjacentHTML('beforeend', '<form method="post" action="/x"><input name="a" aria-label="a"></form>'), main.querySelector('[name=a]').value = 'typed', 1)`)
	s.door.mu.Lock()
	s.door.err = fault.New(fault.Unauthorized, "signed out")
	s.door.mu.Unlock()
	b.until("document.getElementById('connection').dataset.mode === 'out' && /Your session has ended/.test(document.getElementById('out-notice')?.innerText)")
	if got := eval[string](b, "location.pathname + main.querySelector('[name=a]').value"); got != "/bots/"+id.String()+"typed" {
		t.Errorf("now at %q", got)
	}
}

// The browser's tab tells of a crash while somebody looks at another one.
func TestTabShowsACrash(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	a := s.deck.add("Anchor", bot.Running)
	s.deck.add("Buoy", bot.Running)
	b := s.open("/")
	b.live()
	b.until("document.title === 'Dashboard · Botswain' && /logo\\.svg/.test(favicon.href)")
	s.deck.set(a, bot.Crashed)
	b.until("document.title === '1 crashed · Dashboard · Botswain' && /logo-crashed\\.svg/.test(favicon.href)")
	s.deck.set(a, bot.Running)
	b.until("document.title === 'Dashboard · Botswain' && /logo\\.svg/.test(favicon.href)")
	s.deck.set(a, bot.Waiting)
	b.do(navigate(s.url + "/bots/" + a.String()))
	b.until("document.title === 'Waiting · Anchor · Botswain' && /logo-waiting\\.svg/.test(favicon.href)")
}

// A stop can be taken back: the bot starts again when it is down.
func TestUndoStop(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	a := s.deck.add("Anchor", bot.Running)
	b := s.open("/")
	b.live()
	b.click("article[data-bot-id='" + a.String() + "'] [data-action=stop]")
	b.until("/Stopping Anchor/.test(toasts.innerText)")
	b.click("[data-undo] button")
	b.until("document.querySelector('[data-undo] button[aria-busy=true]')?.innerText.includes('Undoing')")
	s.deck.set(a, bot.Stopped)
	b.until("/Starting Anchor/.test(toasts.innerText) && !document.querySelector('[data-undo]')")
	b.until("document.querySelector(`article[data-bot-id='" + a.String() + "'][data-state=starting]`)")
}

func navigate(url string) chromedp.Action[chromedp.Void] { return chromedp.Navigate(url) }
