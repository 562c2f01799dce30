package e2e

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// withoutScripts switches JavaScript off for the pages that are opened from now on.
func withoutScripts() chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(c context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(c, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	})
}

// TestWithoutJavaScript is a person's way with scripts off: sign in, make a bot, stop, start and edit it,
// delete it, sign out. Each step is a form that leads to a page.
func TestWithoutJavaScript(t *testing.T) {
	t.Parallel()
	s := install(t)
	ctx := browser(t)
	steps(t, ctx, "no scripts", withoutScripts())
	steps(t, ctx, "login", chromedp.Navigate(s.url+"/login"),
		chromedp.SendKeys(chromedp.CSS("#username"), adminName),
		chromedp.SendKeys(chromedp.CSS("input[name=password]"), adminPassword))
	click(t, ctx, "form[action='/login'] button[type=submit]")
	until(t, ctx, 20*time.Second, loaded("/"))
	if js[bool](t, ctx, "!!window.htmx || document.documentElement.dataset.theme !== undefined || [...document.querySelectorAll('[data-scripted],[data-theme-toggle]')].some(e => e.checkVisibility())") {
		t.Error("scripts run, or what needs them is shown")
	}

	steps(t, ctx, "the form", chromedp.Navigate(s.url+"/bots/new"),
		chromedp.SendKeys(chromedp.CSS("#bot-form [name=name]"), "Lookout"))
	js[bool](t, ctx, "(document.querySelector('#bot-form [name=type][value=generic]').checked = true)")
	steps(t, ctx, "its command", chromedp.SendKeys(chromedp.CSS("#bot-form [name=command]"), built.testbot+" sleep"))
	click(t, ctx, "#bot-form button[name=then][value=start]")
	until(t, ctx, 20*time.Second, "/^.bots.[0-9a-f-]{36}$/.test(location.pathname) && document.readyState === 'complete'")
	at := js[string](t, ctx, "location.pathname")
	id := strings.TrimPrefix(at, "/bots/")
	s.bots = append(s.bots, id)
	s.waitStatus(id, "running", 20*time.Second)

	steps(t, ctx, "its page", chromedp.Navigate(s.url+at))
	click(t, ctx, "#bot-head [data-action=stop]")
	s.waitStatus(id, "stopped", 20*time.Second)
	until(t, ctx, 20*time.Second, loaded(at)+" && document.getElementById('toasts').innerText.includes('Stopping Lookout')")
	// What was done can be taken back, too.
	click(t, ctx, "#toasts [data-undo] button")
	s.waitStatus(id, "running", 20*time.Second)
	until(t, ctx, 20*time.Second, loaded(at)+" && document.getElementById('toasts').innerText.includes('Starting Lookout')")
	steps(t, ctx, "the dashboard", chromedp.Navigate(s.url+"/"))
	click(t, ctx, "article[data-bot-id='"+id+"'] [data-action=stop]")
	s.waitStatus(id, "stopped", 20*time.Second)
	until(t, ctx, 20*time.Second, loaded("/"))

	steps(t, ctx, "its settings", chromedp.Navigate(s.url+at+"/settings"))
	js[string](t, ctx, "(document.querySelector('#bot-form [name=name]').value = '')")
	click(t, ctx, "#bot-form aside button[type=submit]")
	until(t, ctx, 20*time.Second, "document.querySelector('#problems') && document.querySelector('#bot-form [name=name][aria-invalid=true]')")
	steps(t, ctx, "another name", chromedp.SendKeys(chromedp.CSS("#bot-form [name=name]"), "Crow's Nest"))
	click(t, ctx, "#bot-form aside button[type=submit]")
	until(t, ctx, 20*time.Second, "!document.querySelector('#problems') && document.getElementById('toasts').innerText.includes(\"Crow's Nest\")")

	steps(t, ctx, "its settings again", chromedp.Navigate(s.url+at+"/settings"))
	click(t, ctx, "#delete [commandfor]")
	until(t, ctx, 20*time.Second, "document.querySelector('dialog[open] [name=confirm]')")
	steps(t, ctx, "its name", chromedp.SendKeys(chromedp.CSS("dialog[open] [name=confirm]"), "Crow's Nest"))
	click(t, ctx, "dialog[open] button[type=submit]")
	until(t, ctx, 20*time.Second, loaded("/")+" && !document.querySelector('article[data-bot-id]')")

	click(t, ctx, "summary[aria-label='Account menu']")
	click(t, ctx, "button[form=sign-out]")
	until(t, ctx, 20*time.Second, loaded("/login"))
}
