package web

import (
	"net/http/httptest"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/static"
)

// open shows a page of the bench's forms in Chromium.
func (b *bench) open(path string) *tab {
	b.t.Helper()
	e := newEcho()
	e.HTTPErrorHandler = func(err error, c echo.Context) { b.forms.fail(err, c) }
	for _, r := range b.forms.routes() {
		e.Add(r.method, r.path, r.handler)
	}
	e.GET("/static/*", echo.WrapHandler(static.Handler()))
	server := httptest.NewServer(b.forms.secureHeaders(e))
	b.t.Cleanup(server.Close)
	return (&stage{t: b.t, url: server.URL}).open(path)
}

// With scripts a look into a folder fills in what nobody has typed, and touches nothing else: not the secrets, whose
// values the server never sends back.
func TestLookInTheBrowserLosesNothing(t *testing.T) {
	t.Parallel()
	bench := newBench(t)
	b := bench.open("/bots/new")
	b.do(chromedp.Click(chromedp.CSS(`[name=type][value=generic]`)),
		chromedp.SendKeys(chromedp.CSS("#name"), "Second"), chromedp.SendKeys(chromedp.CSS("#tags"), "night,"),
		chromedp.SendKeys(chromedp.CSS("#secret-name-0"), "MINE"), chromedp.SendKeys(chromedp.CSS("#secret-value-0"), "hidden-1"))
	eval[bool](b, "(window.same = true, document.querySelector('#dir').value = '', true)")
	b.do(chromedp.SendKeys(chromedp.CSS("#dir"), folderOf(t, "main.py", ".env.example")), chromedp.Click(chromedp.CSS(`#program [formaction="/bots/new/look"]`)))
	b.until("document.querySelector('#look[tabindex]') && document.querySelector('#command').value.includes('main.py')")
	state := `[document.querySelector('#name').value, document.querySelector('[name=tags]').value, ...[...document.querySelectorAll('[name=secret_name], [name=secret_value]')].slice(0, 4).map(e => e.value), window.same, botswainUnsaved()].join()`
	if got := eval[string](b, state); got != "Second,night,MINE,hidden-1,TOKEN,,true,true" {
		t.Errorf("the form has %s", got)
	}
	b.until(`document.activeElement.id === 'look' && !document.querySelector('#toasts [data-toast]')`)
	b.until(`[...document.querySelectorAll('#env-rows [data-row]')].some(r => r.querySelector('input').value === 'GREETING' && !r.querySelector('[data-remove-row]').hidden)`)
	b.until(`document.querySelector('#argv').innerText.includes('main.py')`)

	// A command that was typed stays, and nothing comes twice.
	eval[bool](b, "(document.querySelector('#command').value = 'mine', true)")
	b.do(chromedp.Click(chromedp.CSS(`#program [formaction="/bots/new/look"]`)))
	b.until("document.querySelector('#look').innerText.includes('that you typed stays')")
	if got := eval[string](b, `document.querySelector('#command').value + [...document.querySelectorAll('[name=secret_name], [name=env_name]')].filter(e => ['TOKEN', 'GREETING'].includes(e.value)).length`); got != "mine2" {
		t.Errorf("after another look: %s", got)
	}

	// And it can be saved so.
	eval[bool](b, `(document.querySelector('#secret-value-1').value = 'hidden-2', document.querySelector('#bot-form').requestSubmit(), true)`)
	b.until("location.pathname !== '/bots/new'")
	if got := bench.shelf.secrets["MINE"] + bench.shelf.secrets["TOKEN"]; got != "hidden-1hidden-2" {
		t.Errorf("stored: %s", got)
	}
}
