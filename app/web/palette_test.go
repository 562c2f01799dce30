package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/botswain/botswain/app/bot"
)

func TestPaletteAnswer(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	a := s.deck.add("Anchor <b>", bot.Running)
	s.deck.add("Buoy", bot.Crashed)
	res := s.ask(t.Context(), "GET", "/palette")
	page := text(t, res)
	if res.StatusCode != http.StatusOK || strings.Contains(page, "<b>") || strings.Contains(page, "<html") {
		t.Errorf("%s\n%s", res.Status, page)
	}
	if !strings.Contains(page, `data-bot="`+a.String()+`"`) || !strings.Contains(page, `data-actions="stop restart kill"`) && !strings.Contains(page, `data-actions="restart stop kill"`) {
		t.Errorf("the running bot isn't there, or not with what it allows:\n%s", page)
	}
	if strings.Index(page, "Buoy") > strings.Index(page, "Anchor") {
		t.Error("what needs somebody doesn't come first")
	}
}

// The palette by the keyboard alone: it opens, matches, moves, acts and goes to pages.
func TestPaletteInABrowser(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.deck.add("Mod Squad", bot.Running)
	relay := s.deck.add("Translate Relay", bot.Running)
	s.deck.add("Tide Times", bot.Stopped)
	b := s.open("/")
	b.live()
	open := func() {
		b.do(chromedp.KeyEvent("k", chromedp.KeyModifiers(2))) // Ctrl
		b.until("document.getElementById('palette').open && document.querySelectorAll('#palette-list [role=option]').length > 3 && document.activeElement.id === 'palette-input'")
	}
	open()
	if n := eval[int](b, "document.querySelectorAll('#palette-list [data-bot]:not([hidden])').length"); n != 3 {
		t.Errorf("%d bots before anything is typed", n)
	}
	b.do(chromedp.SendKeys(chromedp.CSS("#palette-input"), "trel"))
	b.until("document.querySelector('#palette-list [aria-selected=true]').dataset.text === 'Translate Relay'")
	if got := eval[string](b, "[...document.querySelectorAll('#palette-list [aria-selected=true] mark')].map(m => m.textContent).join('')"); got != "TRel" {
		t.Errorf("marked: %q", got)
	}
	if n := eval[int](b, "document.querySelectorAll('#palette-list [data-bot]:not([hidden])').length"); n != 1 {
		t.Errorf("%d bots match", n)
	}
	b.until("document.getElementById('palette-input').getAttribute('aria-activedescendant') === document.querySelector('#palette-list [aria-selected=true]').id")

	// Down to what can be done with it, and do it.
	b.do(chromedp.KeyEvent(kb.ArrowDown))
	b.until("document.querySelector('#palette-list [aria-selected=true]').textContent.trim() === 'Restart Translate Relay'")
	b.do(chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.Enter))
	b.until("!document.getElementById('palette').open && /Stopping Translate Relay/.test(document.getElementById('toasts').innerText)")
	b.until("document.querySelector(`article[data-bot-id='" + relay.String() + "'][data-state=stopping]`)")

	open()
	b.do(chromedp.SendKeys(chromedp.CSS("#palette-input"), "zzz"))
	b.until("document.getElementById('palette-count').innerText === 'Nothing found'")
	b.do(chromedp.KeyEvent(kb.Escape))
	b.until("!document.getElementById('palette').open")
	open()
	b.do(chromedp.SendKeys(chromedp.CSS("#palette-input"), "dark theme"), chromedp.KeyEvent(kb.Enter))
	b.until("document.documentElement.dataset.theme === 'deepsea' && !document.getElementById('palette').open")
	open()
	b.do(chromedp.SendKeys(chromedp.CSS("#palette-input"), "report"), chromedp.KeyEvent(kb.Enter))
	b.until("location.pathname === '/help/reporting' && document.documentElement.dataset.theme === 'deepsea'")
}

func TestShortcuts(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.deck.add("Anchor", bot.Running)
	s.deck.add("Buoy", bot.Running)
	b := s.open("/help/reporting")
	// In one go: the second key has to come soon after the first.
	eval[bool](b, "['g', 'd'].map(key => document.body.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}))).length > 0")
	b.until("location.pathname === '/' && document.readyState === 'complete'")
	b.live()
	b.do(chromedp.KeyEvent("j"))
	b.until("document.activeElement.innerText === 'Anchor'")
	b.do(chromedp.KeyEvent("j"))
	b.until("document.activeElement.innerText === 'Buoy'")
	b.do(chromedp.KeyEvent("k"))
	b.until("document.activeElement.innerText === 'Anchor'")
	slash := "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: '/', bubbles: true, cancelable: true}))"
	eval[bool](b, slash)
	b.until("document.activeElement.id === 'bot-search'")
	// Never while somebody types.
	b.do(chromedp.SendKeys(chromedp.CSS("#bot-search"), "g?d"))
	b.until("document.getElementById('bot-search').value === 'g?d' && !document.getElementById('shortcuts').open && location.pathname === '/'")
	eval[bool](b, "document.activeElement.blur() ?? true")
	b.do(chromedp.KeyEvent("?"))
	b.until("document.getElementById('shortcuts').open")
	// Switched off, they do nothing.
	b.click("#shortcuts-on")
	b.do(chromedp.KeyEvent(kb.Escape))
	b.until("!document.getElementById('shortcuts').open")
	eval[bool](b, slash)
	if id := eval[string](b, "document.activeElement.id + document.documentElement.dataset.keys"); id != "off" {
		t.Errorf("focus and keys: %q", id)
	}
}

// Switched off, the keys of a log do nothing either: f w t, those of its lines, and End.
func TestSingleKeysOfALogSwitchedOff(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	id := s.deck.add("Printer", bot.Running)
	s.book.print(id, 400)
	b := s.open("/bots/" + id.String() + "/logs")
	b.live()
	state := `[log.dataset.following, 'logWrap' in document.documentElement.dataset, document.documentElement.dataset.logTimes, document.querySelector('#log-lines [data-chosen]')?.dataset.seq].join()`
	press := func(keys ...string) {
		t.Helper()
		for _, k := range keys {
			eval[bool](b, "document.getElementById('log').dispatchEvent(new KeyboardEvent('keydown', {key: '"+k+"', bubbles: true, cancelable: true})) || true")
		}
	}
	press("f", "w", "t", "j")
	b.until("log.dataset.following === 'false' && document.querySelector('#log-lines [data-chosen]')")
	if got := eval[string](b, state); !strings.HasPrefix(got, "false,true,off,") || strings.HasSuffix(got, ",") {
		t.Fatalf("switched on they do %q", got)
	}
	eval[bool](b, "document.getElementById('shortcuts-on').click() ?? true")
	was := eval[string](b, state)
	press("w", "t", "f", "j", "k", "n", "p", "o", "e", "End")
	if got := eval[string](b, state); got != was {
		t.Errorf("switched off they still do something: %q was %q", got, was)
	}
	press("Escape")
	b.until("!document.querySelector('#log-lines [data-chosen]')")
}
