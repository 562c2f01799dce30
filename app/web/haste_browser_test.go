package web

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
)

// slowly has each request of the page take its time; one that is given up ends at once.
func (b *tab) slowly() {
	eval[bool](b, `(ask => {
		window.fetch = (what, how) => new Promise((done, fail) => {
			how?.signal?.addEventListener('abort', () => fail(new DOMException('given up', 'AbortError')))
			setTimeout(() => how?.signal?.aborted || ask(what, how).then(done, fail), 400)
		})
		return true
	})(window.fetch.bind(window))`)
}

// TestTheLastChoiceCounts: who is faster than the server gets what was chosen last, in the log and in the list of bots.
func TestTheLastChoiceCounts(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	id := s.deck.add("Anchor", bot.Running)
	s.deck.run(id)
	b := s.open("/bots/" + id.String() + "/logs")
	b.live()
	b.slowly()
	b.do(chromedp.SendKeys(chromedp.CSS("#console-line"), "half a li"))
	for _, level := range []string{"error", "warn", "info", "debug"} {
		eval[bool](b, fmt.Sprintf(`document.querySelector('#log-filter [value=%s]').click() ?? true`, level))
	}
	b.until("location.search === '?level=error&level=warn&level=info&level=debug'")

	// The console goes on after the filter: what was being written is there, and is sent once.
	b.until("document.querySelector('#console-line').value === 'half a li'")
	b.do(chromedp.SendKeys(chromedp.CSS("#console-line"), "ne\r"))
	b.until("document.querySelector('#console-line').value === ''")
	eval[bool](b, "document.querySelector('#console-line').dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowUp', bubbles: true, cancelable: true})) || true")
	if got := eval[string](b, "document.querySelector('#console-line').value"); got != "half a line" {
		t.Errorf("the arrow key brings %q", got)
	}
	if got := s.deck.got(); len(got) != 1 {
		t.Errorf("the bot got %q", got)
	}

	s.fleet()
	b = s.open("/")
	b.live()
	b.slowly()
	for _, typed := range []string{"a", "an", "anc"} {
		eval[bool](b, fmt.Sprintf(`(i => { i.value = %q; i.dispatchEvent(new Event('input', { bubbles: true })); return true })(document.getElementById('bot-search'))`, typed))
		b.until(fmt.Sprintf("document.getElementById('bot-search').value === %q", typed))
	}
	b.until("location.search === '?q=anc'")
}

// TestWhatFailedIsNotForgotten: bots that were chosen for an action stay chosen when it fails.
func TestWhatFailedIsNotForgotten(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	id, other := s.deck.add("Alba", bot.Running), s.deck.add("Brig", bot.Running)
	b := s.open("/")
	b.live()
	for _, x := range []bot.ID{id, other} {
		b.click("#bot-" + x.String() + " [data-pick]")
	}
	eval[bool](b, `(ask => { window.fetch = async (what, how) => { window.fetch = ask; return new Response('away', { status: 503 }) }; return true })(window.fetch.bind(window))`)
	b.click("#pick-bar [value=stop]")
	b.until("document.querySelector('#toasts [data-toast]') || document.querySelector('#pick-bar [value=stop]').ariaBusy !== 'true'")
	if n := eval[int](b, "document.querySelectorAll('#bots [data-pick]:checked').length"); n != 2 {
		t.Errorf("%d of 2 are still chosen", n)
	}
	b.click("#pick-bar [value=stop]")
	b.until("!document.querySelector('#pick-bar').dataset.open && document.querySelectorAll('#bots [data-pick]:checked').length === 0")
}

// TestFocusStaysNear: the button that was pressed goes with the bot's state. Whoever goes by keyboard is still beside it,
// and not on another button.
func TestFocusStaysNear(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	id := s.deck.add("Alba", bot.Running)
	b := s.open("/")
	b.live()
	card := "#bot-" + id.String()
	b.do(chromedp.Focus(chromedp.CSS(card+" [data-action=stop]")), chromedp.SendKeys(chromedp.CSS(card+" [data-action=stop]"), "\r"))
	b.until(fmt.Sprintf(`document.querySelector(%q).dataset.state === 'stopping' && !document.querySelector('%s [data-action=stop]')`, card, card))
	b.until(fmt.Sprintf("document.activeElement === document.querySelector('%s [data-actions]')", card))

	// Whoever leaves is not brought back by what is drawn anew later.
	eval[bool](b, "document.activeElement.blur() ?? true")
	s.deck.set(id, bot.Running)
	b.until(fmt.Sprintf(`document.querySelector(%q).dataset.state === 'running'`, card))
	if !eval[bool](b, "document.activeElement === document.body") {
		t.Error("the focus was taken back")
	}

	// A menu's dialog leads back to the menu.
	b.click("#many summary")
	eval[bool](b, "(e => { e.focus(); e.click(); return true })(document.querySelector('#many [data-open=roll-many]'))")
	b.until("document.querySelector('#roll-many').open")
	b.click("#roll-many [data-close]")
	b.until("document.activeElement === document.querySelector('#many summary')")

	// The palette begins anew each time.
	eval[bool](b, `document.dispatchEvent(new KeyboardEvent('keydown', { key: 'k', ctrlKey: true, bubbles: true, cancelable: true })) || true`)
	b.until("document.querySelector('#palette-input').getAttribute('aria-activedescendant')")
	eval[bool](b, `document.getElementById('palette').close() ?? true`)
	b.slowly()
	if eval[bool](b, `document.dispatchEvent(new KeyboardEvent('keydown', { key: 'k', ctrlKey: true, bubbles: true, cancelable: true })),
		document.querySelector('#palette-input').hasAttribute('aria-activedescendant')`) {
		t.Error("the palette begins with what was chosen before")
	}
}

// TestMessagesInFrontOfADialog: behind one nobody could read or press them.
func TestMessagesInFrontOfADialog(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.deck.add("Alba", bot.Running)
	s.deck.question = fault.New(fault.Unavailable, "The database can't be reached.")
	b := s.open("/")
	b.live()
	b.click("#many summary")
	b.click("#many [data-open=roll-many]")
	b.until("document.querySelector('#roll-many').open")
	eval[bool](b, `document.getElementById('toasts').append(document.getElementById('request-failed').content.cloneNode(true)) ?? true`)
	b.until("document.querySelector('#roll-many #toasts [data-toast]')")
	// What is around the dialog is drawn anew.
	s.deck.add("Brig", bot.Running)
	b.until("/All 2 bots/i.test(document.querySelector('#many').textContent) && document.querySelector('#toasts [data-toast]')")
	b.click("#roll-many [data-close]")
	b.until("document.querySelector('body > #toasts, body > * > #toasts') && !document.querySelector('dialog #toasts')")
}

// TestABackgroundTabLetsGo: one that was opened in the background has never been looked at.
func TestABackgroundTabLetsGo(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.deck.add("Alba", bot.Running)
	b := s.open("/")
	b.live()
	eval[bool](b, `(() => {
		Object.defineProperty(document, 'hidden', { configurable: true, get: () => true })
		botswainLive.hiddenFor = 100
		const live = document.getElementById('live')
		live.replaceWith(live.cloneNode()) // as a page that is just loading
		document.dispatchEvent(new CustomEvent('htmx:after:swap', { detail: {} }))
		return true
	})()`)
	b.until("botswainLive.mode() === 'resting'")
}
