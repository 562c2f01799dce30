package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/botswain/botswain/db/dbtest"
)

// prefers makes a browser ask for pages in a language.
func prefers(t *testing.T, ctx context.Context, accept string) {
	t.Helper()
	agent := js[string](t, ctx, "navigator.userAgent")
	steps(t, ctx, "the browser's language", chromedp.Func(func(c context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(c, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: agent, AcceptLanguage: accept})
		return err
	}))
}

// inLanguage is true in a page that is loaded and in a language.
func inLanguage(tag string) string {
	return fmt.Sprintf("document.readyState === 'complete' && document.documentElement.lang === %q", tag)
}

// choose presses a language in the account menu, or below a page without a login.
func choose(t *testing.T, ctx context.Context, tag string) {
	t.Helper()
	js[bool](t, ctx, fmt.Sprintf("document.querySelector('button[name=language][value=%q]').click(), true", tag))
	until(t, ctx, 20*time.Second, inLanguage(tag))
}

// TestLanguages goes through the pages in German and in English: chosen by the browser, on the sign-in page and
// by a person; nothing stays in the other language, and nothing is cut off or pushes the page sideways.
func TestLanguages(t *testing.T) {
	s := newInstallation(t, "DATABASE_URL="+dbtest.NewURL(t))
	s.start()
	german := browser(t)
	prefers(t, german, "de-DE,de,en")
	steps(t, german, "the first visit", chromedp.Navigate(s.url+"/setup"))
	until(t, german, 20*time.Second, inLanguage("de")+" && document.body.innerText.includes('Botswain einrichten')")
	s.setUp(german)
	until(t, german, 20*time.Second, inLanguage("de")+" && document.body.innerText.includes('Willkommen an Bord, ')")
	bot := s.create("Tide Times", fields{"type": "generic", "start_seconds": 0}, "chat").ID

	pages := []string{"/bots/new", "/bots/templates", "/bots/templates/python-telegram", "/help/reporting", "/nowhere",
		"/bots/" + bot + "/settings", "/bots/" + bot + "/secrets", "/bots/" + bot + "/secrets?remove=X"}
	text := map[string][]string{} // by language and page: the lines that are shown
	for _, tag := range []string{"de", "en"} {
		if tag == "en" {
			steps(t, german, "back", chromedp.Navigate(s.url+"/help/reporting"))
			choose(t, german, tag) // and stays there for all that follows, whatever the browser says
		}
		for _, path := range pages {
			text[tag+path] = readPage(t, german, s.url+path, tag)
		}
	}
	for _, path := range pages {
		for _, line := range text["de"+path] {
			if len(strings.Fields(line)) > 2 && slices.Contains(text["en"+path], line) {
				t.Errorf("%s has in both languages: %q", path, line)
			}
		}
	}

	// Each browser gets live parts in its own language.
	english := browser(t)
	s.signIn(english)
	choose(t, english, "en") // the account has it already
	steps(t, german, "a page in German", chromedp.Navigate(s.url+"/"))
	choose(t, german, "de")
	until(t, german, 20*time.Second, "document.querySelector('#connection')?.dataset.mode === 'live'")
	until(t, english, 20*time.Second, "document.querySelector('#connection')?.dataset.mode === 'live'")
	s.do(bot, "start")
	badge := "document.querySelector('article .status-badge').innerText.trim()"
	until(t, german, 20*time.Second, badge+" === 'Läuft'")
	until(t, english, 20*time.Second, badge+" === 'Running'")
	s.do(bot, "stop")
	until(t, german, 20*time.Second, badge+" === 'Gestoppt'")
	until(t, english, 20*time.Second, badge+" === 'Stopped'")

	// What scripts write.
	steps(t, german, "the form", chromedp.Navigate(s.url+"/bots/new"))
	until(t, german, 20*time.Second, `[...document.querySelectorAll('[data-tags] input')].some(i => i.placeholder === 'Tag hinzufügen')`)

	// Signed out, the choice stays in the browser; one made there is kept through a wrong password.
	js[bool](t, german, "document.getElementById('sign-out').requestSubmit(), true")
	until(t, german, 20*time.Second, inLanguage("de")+" && document.body.innerText.includes('Du bist abgemeldet.')")
	choose(t, german, "en")
	steps(t, german, "a wrong password",
		chromedp.SendKeys(chromedp.CSS("#username"), adminName),
		chromedp.SendKeys(chromedp.CSS("input[name=password]"), "wrong password"),
		chromedp.Submit(chromedp.CSS("#username")))
	until(t, german, 20*time.Second, inLanguage("en")+" && document.body.innerText.includes('Wrong user name or password.')")
	choose(t, german, "de")
	readPage(t, german, s.url+"/login", "de")
}

// readPage opens a page in several widths, looks for what doesn't fit, and gives the lines of its text.
func readPage(t *testing.T, ctx context.Context, address, tag string) []string {
	t.Helper()
	steps(t, ctx, address, chromedp.Navigate(address))
	until(t, ctx, 20*time.Second, inLanguage(tag))
	js[bool](t, ctx, "document.querySelectorAll('details:not([data-menu])').forEach(d => d.open = true), true")
	for _, width := range []int64{1440, 390, 320} {
		steps(t, ctx, "width", chromedp.EmulateViewport(width, 900))
		until(t, ctx, 10*time.Second, fmt.Sprintf("innerWidth === %d", width))
		if over := js[int](t, ctx, "document.documentElement.scrollWidth - innerWidth"); over > 0 {
			t.Errorf("%s in %s is %d px too wide for %d", address, tag, over, width)
		}
		// Buttons, chips, badges and labels hold their words.
		cut := js[[]string](t, ctx, `[...document.querySelectorAll('.btn, .chip, .status-badge, .dock-label, label, h1, h2')]
			.filter(e => e.checkVisibility() && !e.closest('.sr-only') && !e.matches('.sr-only, .truncate') && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline')
			.map(e => e.innerText)`)
		if len(cut) > 0 {
			t.Errorf("%s in %s at %d px cuts off %q", address, tag, width, cut)
		}
	}
	js[bool](t, ctx, "document.querySelectorAll('pre').forEach(p => p.remove()), true") // examples are the same in all
	return strings.Split(js[string](t, ctx, "document.querySelector('main').innerText"), "\n")
}
