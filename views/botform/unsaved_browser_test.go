package botform_test

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// leaving is true when the page asks before it is left.
const leaving = "!dispatchEvent(new Event('beforeunload', {cancelable: true}))"

// TestUnsavedIsAskedFor: a form with changes that weren't sent holds the page; unchanged, or sent, it doesn't.
func TestUnsavedIsAskedFor(t *testing.T) {
	t.Parallel()
	url, posted := serve(t)
	ctx := open(t)
	do(t, ctx, chromedp.Navigate(url+"/"))
	await(t, ctx, "window.botswainUnsaved")
	if js[bool](t, ctx, leaving+" || botswainUnsaved()") {
		t.Error("a page that nobody touched asks")
	}
	do(t, ctx, chromedp.SendKeys(chromedp.CSS("[name=name]"), "!"))
	await(t, ctx, leaving+" && botswainUnsaved()")
	js[string](t, ctx, "document.querySelector('[name=name]').value = document.querySelector('[name=name]').defaultValue")
	await(t, ctx, "!botswainUnsaved()")

	// What is asked while somebody types, such as how a command is understood, saves nothing.
	do(t, ctx, chromedp.SendKeys(chromedp.CSS("#command"), " --loud"))
	await(t, ctx, "document.querySelector('#argv').innerText.includes('--loud')")
	if !js[bool](t, ctx, "botswainUnsaved()") {
		t.Error("a command that isn't saved may be left without a question")
	}
	js[string](t, ctx, "document.querySelector('#command').value = document.querySelector('#command').defaultValue")
	await(t, ctx, "!botswainUnsaved()")

	// A row that is gone, a tag that is new, another choice: all of that would be lost too.
	for _, change := range []string{
		"document.querySelector('#bot-form [data-remove-row]').click() ?? true",
		"(document.querySelector('#bot-form [name=autostart], #bot-form [type=checkbox]').click(), true)",
	} {
		do(t, ctx, chromedp.Navigate(url+"/"))
		await(t, ctx, "window.botswainUnsaved && !botswainUnsaved()")
		js[bool](t, ctx, change)
		await(t, ctx, "botswainUnsaved()")
		js[int](t, ctx, "[...document.querySelectorAll('form')].map(f => f.remove()).length") // so that the test may leave
	}

	do(t, ctx, chromedp.Navigate(url+"/"))
	await(t, ctx, "window.botswainUnsaved && !botswainUnsaved()")
	do(t, ctx, chromedp.SendKeys(chromedp.CSS("[name=name]"), "!"))
	await(t, ctx, "botswainUnsaved()")
	js[bool](t, ctx, "document.querySelector('#bot-form aside button[type=submit]').click() ?? true")
	<-posted // it was sent without a question
}
