package e2e

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/botswain/botswain/app/e2e/pages"
)

// TestEveryPageInGerman looks at every page as a German browser gets it: it says that it is German, nothing of it is left
// in English, axe-core finds nothing, and no word is cut off or pushes the page sideways.
func TestEveryPageInGerman(t *testing.T) {
	t.Parallel()
	tour(t, func(*server, string) {}, func(t *testing.T, ctx context.Context, p pages.Page, url string) {
		prefers(t, ctx, "de-DE,de,en")
		steps(t, ctx, "wide", chromedp.EmulateViewport(1440, 900))
		show(t, ctx, p, url)
		until(t, ctx, 20*time.Second, inLanguage("de"))
		wantAccessible(t, ctx, "in German")
		if left := js[[]string](t, ctx, inEnglish); len(left) > 0 {
			t.Errorf("left in English: %q", left)
		}
		for _, width := range []int64{1440, 390, 320} {
			steps(t, ctx, "width", chromedp.EmulateViewport(width, 900))
			drawn(t, ctx)
			if wide := js[[]string](t, ctx, sideways); len(wide) > 0 {
				t.Errorf("wider than %d px: %s", width, strings.Join(wide, ", "))
			}
			if cut := js[[]string](t, ctx, cutOff); len(cut) > 0 {
				t.Errorf("cut off at %d px: %q", width, cut)
			}
		}
	})
}

// inEnglish lists what is shown or read out and has a word in it that German hasn't. What bots are called and print, also as the name of a crash, and what
// is code, is left out.
const inEnglish = `(() => {
	const words = /(^|[^\p{L}])(the|is|are|and|of|with|by|for|has|have|from|this|that|it|its|not|to|you|your|started|stopped|stopping|running|crashed|ended|since|ago|yet|never|always|none|yesterday|today)(?=$|[^\p{L}])/iu
	const names = /Short of Starts|Order Tracker|about to crash/g
	const skipped = 'pre, code, kbd, samp, script, noscript, template, #log-lines, .log-text, .log-line, [data-command], [lang]:not(html)'
	const found = new Set()
	const look = text => { if (words.test(text.replace(names, ''))) found.add(text.trim().replace(/\s+/g, ' ').slice(0, 200)) }
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
	for (let n = walker.nextNode(); n; n = walker.nextNode()) if (!n.parentElement.closest(skipped)) look(n.data)
	for (const e of document.querySelectorAll('[aria-label], [title], [placeholder], [alt], [data-busy]'))
		if (!e.closest(skipped)) for (const a of ['aria-label', 'title', 'placeholder', 'alt', 'data-busy']) look(e.getAttribute(a) ?? '')
	look(document.title)
	return [...found]
})()`

// cutOff lists the words that don't fit into their button, chip, badge or heading.
const cutOff = `[...document.querySelectorAll('.btn, .chip, .status-badge, .dock-label, label, h1, h2, th')]
	.filter(e => e.checkVisibility({visibilityProperty: true}) && !e.closest('.sr-only, .truncate') && !e.querySelector('.truncate') && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline')
	.map(e => e.innerText)`
