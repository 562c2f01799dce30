package app

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/botswain/botswain/app/bot"
)

// shown opens a bot's page in Chromium and waits until it says, live, that the bot is in a state, for
// which cause, and what to do about it.
func (v *voyage) shown(id bot.ID, state bot.State, cause string) {
	v.t.Helper()
	ctx := chromium(v.t)
	do := func(actions ...chromedp.Action[chromedp.Void]) {
		limited, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		if err := chromedp.Do(limited, actions...); err != nil {
			v.t.Fatal(err)
		}
	}
	do(chromedp.Navigate(v.URL()+"/login"),
		chromedp.SendKeys(chromedp.CSS("#username"), "captain"),
		chromedp.SendKeys(chromedp.CSS("input[name=password]"), "correct-horse-battery-staple"),
		chromedp.Submit(chromedp.CSS("#username")))
	see := func(what string) {
		v.t.Helper()
		v.until(what, func() bool {
			ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+what+")"))
			return err == nil && ok
		})
	}
	see("location.pathname === '/' && document.readyState === 'complete'")
	do(chromedp.Navigate(v.URL() + "/bots/" + id.String()))
	see(fmt.Sprintf("document.querySelector('#main [data-state=%s]')", state))
	see(fmt.Sprintf("document.querySelector('[data-cause=%q]')?.checkVisibility() && document.querySelector('[data-cause=%q] [data-remedy]').innerText.length > 20", cause, cause))
}

func chromium(t *testing.T) context.Context {
	t.Helper()
	alloc, stop := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox,
		chromedp.Flag("force-prefers-reduced-motion", true), chromedp.WindowSize(1280, 800), chromedp.UserDataDir(t.TempDir()))...)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(func() { chromedp.Cancel(ctx); cancel(); stop() })
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("chromium: %v", err)
	}
	return ctx
}
