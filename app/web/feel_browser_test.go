package web

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
)

// What an action leads to is shown before it is answered, and taken back when it is refused.
func TestStateIsShownAhead(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	answers := make(chan error)
	s.deck.slow = func(bot.ID) error {
		select {
		case err := <-answers:
			return err
		case <-t.Context().Done():
			return nil
		}
	}
	id, other := s.deck.add("Alba", bot.Running), s.deck.add("Brig", bot.Stopped)
	b := s.open("/")
	b.live()
	card := "#bot-" + id.String()
	state := func(box, state, word string) {
		t.Helper()
		b.until(fmt.Sprintf(`(c => c.dataset.state === %q && c.querySelector(".status-badge").innerText.trim() === %q)(document.querySelector(%q))`, state, word, box))
	}
	is := func(id bot.ID, want bot.State) {
		t.Helper()
		if v, _ := s.deck.Get(t.Context(), id); v.Status.State != want {
			t.Errorf("the bot is %s", v.Status.State)
		}
	}

	b.click(card + " [data-action=stop]")
	state(card, "stopping", "Stopping")
	is(id, bot.Running)
	answers <- fault.New(fault.Conflict, "Not now.")
	state(card, "running", "Running")
	b.until("document.querySelector('#toasts').innerText.includes('Not now.')")

	// What is refused with an error that has no place on this page.
	b.click(card + " [data-action=restart]")
	state(card, "stopping", "Stopping")
	answers <- fault.New(fault.Unavailable, "The database can't be reached.")
	state(card, "running", "Running")

	// For many: only for those that the action is for.
	b.do(chromedp.Click(chromedp.CSS(card + " [data-pick]")))
	b.click("#bot-" + other.String() + " [data-pick]")
	b.click("#pick-bar [value=stop]")
	state(card, "stopping", "Stopping")
	state("#bot-"+other.String(), "stopped", "Stopped")
	is(id, bot.Running)
	answers <- nil
	answers <- nil
	b.until(fmt.Sprintf("document.querySelector(%q).dataset.state === 'stopping' && !document.querySelector('#pick-bar').dataset.open", card))

	// On the bot's own page.
	s.deck.set(id, bot.Running)
	b.do(chromedp.Navigate(s.url + "/bots/" + id.String()))
	b.live()
	b.click("#bot-head [data-action=stop]")
	state("#bot-head", "stopping", "Stopping")
	is(id, bot.Running)
	answers <- nil
	b.until("document.querySelector('#bot-head [data-action=kill], #bot-head [data-action=stop]') && document.querySelector('#toasts').innerText.includes('Stopping Alba')")
	state("#bot-head", "stopping", "Stopping")
}

// Where a part takes long to come its skeleton stands in its place, and what was there comes back when it fails.
func TestSkeletons(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.deck.add("Alba", bot.Running)
	s.deck.add("Brig", bot.Stopped)
	b := s.open("/")
	b.live()
	// The next answer comes when the test lets it.
	eval[bool](b, `(ask => { window.fetch = async (...all) => { await new Promise(go => { window.letGo = go }); window.fetch = ask; return ask(...all) }; return true })(fetch)`)
	b.do(chromedp.SendKeys(chromedp.CSS("#bot-search"), "alb"))
	b.until("document.querySelectorAll('#bots > [data-shape] .card-glass').length === 6 && !document.querySelector('#bots [data-section]').checkVisibility()")
	eval[bool](b, "window.letGo() || true")
	b.until("document.querySelectorAll('#bots [data-bot-id]').length === 1 && document.querySelector('#bots [data-section]').checkVisibility() && !document.querySelector('[data-shape]')")
}
