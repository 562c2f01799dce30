package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/botswain/botswain/db/dbtest"
)

// setUp goes through the set-up page with the code that the terminal shows, and is signed in then.
func (s *server) setUp(ctx context.Context) {
	s.t.Helper()
	steps(s.t, ctx, "set-up",
		chromedp.Navigate(s.url+"/"),
		chromedp.SendKeys(chromedp.CSS("input[name=code]"), s.setupCode()),
		chromedp.SendKeys(chromedp.CSS("input[name=username]"), adminName),
		chromedp.SendKeys(chromedp.CSS("input[name=password]"), adminPassword),
		chromedp.SendKeys(chromedp.CSS("input[name=password_again]"), adminPassword),
		chromedp.Submit(chromedp.CSS("input[name=password]")))
	until(s.t, ctx, 20*time.Second, loaded("/"))
}

// signIn goes through the login page.
func (s *server) signIn(ctx context.Context) {
	s.t.Helper()
	steps(s.t, ctx, "login",
		chromedp.Navigate(s.url+"/login"),
		chromedp.SendKeys(chromedp.CSS("#username"), adminName),
		chromedp.SendKeys(chromedp.CSS("input[name=password]"), adminPassword),
		chromedp.Submit(chromedp.CSS("#username")))
	until(s.t, ctx, 20*time.Second, loaded("/"))
}

// loaded is true in a page once it is the one at path and has all its elements and scripts: before
// that, what a step is about to use may not be there yet.
func loaded(path string) string {
	return "location.pathname === '" + path + "' && document.readyState === 'complete'"
}

// signOut uses the user menu's form.
func (s *server) signOut(ctx context.Context) {
	s.t.Helper()
	js[bool](s.t, ctx, "document.querySelector('form[action=\"/logout\"]').requestSubmit() ?? true")
	until(s.t, ctx, 20*time.Second, loaded("/login"))
}

// click presses the first visible element that matches, as a person would.
func click(t *testing.T, ctx context.Context, css string) {
	t.Helper()
	steps(t, ctx, "click "+css, chromedp.Click(chromedp.CSS(css)))
}

// TestWholeWay is a person's first quarter of an hour, in two browsers.
func TestWholeWay(t *testing.T) {
	t.Parallel()
	s := newInstallation(t, "DATABASE_URL="+dbtest.NewURL(t))
	s.start()
	ctx := browser(t)
	s.setUp(ctx)
	s.signOut(ctx)
	s.signIn(ctx)

	// The clock alone of the example bots.
	js[int](t, ctx, "[...document.querySelectorAll('input[name=key]')].filter(e => e.value !== 'clock').map(e => e.checked = false).length")
	click(t, ctx, "[data-action=add-examples]")
	until(t, ctx, 20*time.Second, "document.querySelector('article[data-bot-id][data-state=running]')")
	id := js[string](t, ctx, "document.querySelector('article[data-bot-id]').dataset.botId")
	card := "article[data-bot-id='" + id + "']"

	// A second browser looks on from now on.
	other := browser(t)
	s.signIn(other)
	until(t, other, 10*time.Second, "document.querySelector(`"+card+"[data-state=running]`)")

	// Lines arrive live: more than the page had when it was loaded.
	steps(t, ctx, "open the bot", chromedp.Navigate(s.url+"/bots/"+id))
	until(t, ctx, 10*time.Second, "document.querySelectorAll('#log-lines [data-seq]').length > 0")
	had := js[int](t, ctx, "document.querySelectorAll('#log-lines [data-seq]').length")
	until(t, ctx, 15*time.Second, fmt.Sprintf("document.querySelectorAll('#log-lines [data-seq]').length >= %d + 3", had))

	click(t, ctx, "[data-action=stop]")
	until(t, ctx, 15*time.Second, "document.querySelector('[data-bot-id][data-state=stopped]')")
	until(t, other, 15*time.Second, "document.querySelector(`"+card+"[data-state=stopped]`)?.innerText.includes('Stopped')")

	click(t, other, card+" [data-action=start]")
	until(t, other, 15*time.Second, "document.querySelector(`"+card+"[data-state=running] [data-pid]`)")
	pid := js[string](t, other, "document.querySelector(`"+card+" [data-pid]`).innerText")
	click(t, other, card+" [data-action=restart]")
	until(t, other, 20*time.Second, "document.querySelector(`"+card+"[data-state=running] [data-pid]`) && document.querySelector(`"+card+" [data-pid]`).innerText !== '"+pid+"'")
	until(t, ctx, 15*time.Second, "document.querySelector('[data-bot-id][data-state=running]')")

	s.signOut(ctx)
	if problems := js[[]string](t, other, "window.testProblems || []"); len(problems) > 0 {
		t.Errorf("the page complained: %v", problems)
	}
}

// TestConnectionCut: the live connection is cut under an open bot page. The page says that it
// polls, then is live again, and shows every line once and in order.
func TestConnectionCut(t *testing.T) {
	t.Parallel()
	s := install(t)
	b := s.create("ticker", fields{"start_seconds": 0}, "tick", "100ms")
	s.do(b.ID, "start")
	s.waitStatus(b.ID, "running", 10*time.Second)

	p := newStreamCutter(t, s.url)
	direct := s.url
	s.url = p.url
	ctx := browser(t)
	s.signIn(ctx)
	steps(t, ctx, "open the bot", chromedp.Navigate(s.url+"/bots/"+b.ID))
	s.url = direct
	until(t, ctx, 15*time.Second, "document.querySelector('#connection').innerText.includes('Live')")
	p.cut()
	until(t, ctx, 60*time.Second, "document.querySelector('#connection').innerText.includes('Polling')")
	during := js[int](t, ctx, "document.querySelectorAll('#log-lines [data-seq]').length")
	until(t, ctx, 30*time.Second, fmt.Sprintf("document.querySelectorAll('#log-lines [data-seq]').length > %d", during))
	p.mend()
	until(t, ctx, 60*time.Second, "document.querySelector('#connection').innerText.includes('Live')")
	after := js[int](t, ctx, "document.querySelectorAll('#log-lines [data-seq]').length")
	until(t, ctx, 30*time.Second, fmt.Sprintf("document.querySelectorAll('#log-lines [data-seq]').length > %d + 10", after))
	checkShown(t, ctx)
}

// checkShown fails when the page shows a line twice, out of order, or has left one out.
func checkShown(t *testing.T, ctx context.Context) {
	t.Helper()
	seqs := js[[]int](t, ctx, "[...document.querySelectorAll('#log-lines [data-seq]')].map(e => +e.dataset.seq)")
	for i := 1; i < len(seqs); i++ {
		if seqs[i] != seqs[i-1]+1 {
			t.Fatalf("after line %d the page shows line %d", seqs[i-1], seqs[i])
		}
	}
	if len(seqs) == 0 {
		t.Fatal("the page shows no line")
	}
}

// TestSessionEnds: when the session ends under an open page, the page goes to the login.
func TestSessionEnds(t *testing.T) {
	t.Parallel()
	s := install(t)
	ctx := browser(t)
	s.signIn(ctx)
	until(t, ctx, 15*time.Second, "document.querySelector('#connection').innerText.includes('Live')")
	cookies := js[string](t, ctx, "document.cookie")
	if strings.Contains(cookies, "session") {
		t.Errorf("scripts can read the session cookie: %q", cookies)
	}
	// Signed out in another tab of the same browser.
	js[int](t, ctx, "fetch('/logout', {method: 'POST', redirect: 'manual'}) && 1")
	until(t, ctx, 60*time.Second, "location.pathname === '/login'")
}
