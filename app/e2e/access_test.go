package e2e

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"golang.org/x/net/html"

	"github.com/botswain/botswain/app/e2e/axe"
	"github.com/botswain/botswain/app/e2e/pages"
)

// TestEveryPageIsAccessible looks at every page with axe-core, in both themes, wide and narrow, and sees
// to it that no page scrolls sideways on the smallest phones.
func TestEveryPageIsAccessible(t *testing.T) {
	t.Parallel()
	tour(t, func(*server, string) {}, func(t *testing.T, ctx context.Context, p pages.Page, url string) {
		steps(t, ctx, "wide and dark", chromedp.EmulateViewport(1440, 900), inTheme("dark"))
		show(t, ctx, p, url)
		for _, width := range []int64{1440, 390} {
			for _, theme := range []string{"dark", "light"} {
				steps(t, ctx, theme, chromedp.EmulateViewport(width, 900), inTheme(theme))
				wantAccessible(t, ctx, itoa(int(width))+", "+theme)
			}
		}
		wantTargets(t, ctx)
		wantNothingInline(t, ctx)
		steps(t, ctx, "the smallest phone", chromedp.EmulateViewport(320, 640))
		if wide := js[[]string](t, ctx, sideways); len(wide) > 0 {
			t.Errorf("%s is wider than 320 px: %s", p.Name, strings.Join(wide, ", "))
		}
	})
}

// wantNothingInline looks at the page as the server sends it: the policy forbids what is inline.
func wantNothingInline(t *testing.T, ctx context.Context) {
	t.Helper()
	js[bool](t, ctx, "delete window.sent; fetch(location.href).then(r => r.text()).then(x => window.sent = x); true")
	until(t, ctx, 20*time.Second, "window.sent")
	doc, err := html.Parse(strings.NewReader(js[string](t, ctx, "window.sent")))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		src := false
		for _, a := range n.Attr {
			src = src || a.Key == "src"
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Key, "hx-on") {
				t.Errorf("<%s> has %s", n.Data, a.Key)
			}
		}
		if n.Data == "style" || n.Data == "script" && !src {
			t.Errorf("there is a <%s> inline", n.Data)
		}
	}
}

// wantTargets looks at what fingers press: 44 px at least where the pointer is coarse.
func wantTargets(t *testing.T, ctx context.Context) {
	t.Helper()
	touch := func(on bool) chromedp.Action[chromedp.Void] {
		return chromedp.Func(func(c context.Context, _ *chromedp.Target) error {
			_, err := chromedp.Call(c, emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: on})
			return err
		})
	}
	steps(t, ctx, "fingers", touch(true))
	if !js[bool](t, ctx, "matchMedia('(pointer: coarse)').matches") {
		t.Fatal("touch isn't emulated")
	}
	if small := js[[]string](t, ctx, smallTargets); len(small) > 0 {
		t.Errorf("too small for fingers: %s", strings.Join(small, "; "))
	}
	steps(t, ctx, "a mouse", touch(false))
}

// smallTargets names buttons and the like that are lower or narrower than 44 px.
const smallTargets = `[...document.querySelectorAll("button, .btn, summary, .chip, .nav-link, select, .input")].filter(e => e.checkVisibility({visibilityProperty: true, opacityProperty: true}) && !e.closest(".sr-only,.modal-backdrop,#toasts") && !e.disabled)
	.map(e => [e, e.getBoundingClientRect()]).filter(([, b]) => b.width > 0 && (b.height < 43.5 || b.width < 43.5)).slice(0, 6)
	.map(([e, b]) => e.tagName + "." + e.className.slice(0, 60) + " " + (e.ariaLabel ?? e.innerText.slice(0, 20)) + " " + Math.round(b.width) + "×" + Math.round(b.height))`

// sideways names what makes a page scroll sideways; nothing when it doesn't.
const sideways = `(e => e.scrollWidth <= e.clientWidth ? [] : [...document.querySelectorAll("body *")].filter(x => x.getBoundingClientRect().right > e.clientWidth + 1)
	.slice(0, 5).map(x => x.tagName + "." + x.className).concat(String(e.scrollWidth)))(document.documentElement)`

// wantAccessible has axe look at the page as it is now, once it is drawn that way.
func wantAccessible(t *testing.T, ctx context.Context, what string) {
	t.Helper()
	drawn(t, ctx)
	// Colours on their way from one theme to the other are no violation.
	js[int](t, ctx, "document.getAnimations().filter(a => a.effect.getTiming().iterations !== Infinity).map(a => a.finish()).length")
	if !js[bool](t, ctx, "!!window.axe") {
		js[bool](t, ctx, axe.Source+"\n;true")
	}
	js[bool](t, ctx, axe.Run)
	until(t, ctx, 60*time.Second, "window.axeFound")
	var found []axe.Violation
	if err := json.Unmarshal([]byte(js[string](t, ctx, "window.axeFound")), &found); err != nil {
		t.Fatal(err)
	}
	for _, v := range found {
		t.Errorf("%s: %s", what, v)
	}
}
