package web

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/botswain/botswain/app/bot"
)

// names reads the list in the page: what is shown, in its order.
const names = "[...document.querySelectorAll('#bots [data-items] > *')].map(e => e.querySelector('a[href^=\"/bots/\"]').textContent).join(' ')"

func TestFiltersAndTheBackButton(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.fleet()
	b := s.open("/?tag=eu&sort=name") // a deep link
	b.live()
	b.until(names + " === 'Anchor Capstan'")
	b.until("document.querySelector('#bot-chips input[name=tag][value=eu]').checked && document.querySelector('#bot-sort').value === 'name'")
	eval[bool](b, "document.querySelector('#bot-chips input[name=tag][value=eu]').click() ?? true")
	b.until("location.search === '?sort=name' && " + names + " === 'Anchor Buoy Capstan Dinghy'")
	b.do(chromedp.SendKeys(chromedp.CSS("#bot-search"), "dingh"))
	b.until("location.search === '?q=dingh&sort=name' && " + names + " === 'Dinghy'")
	eval[bool](b, "(e => { e.value = 'state'; e.dispatchEvent(new Event('change', {bubbles: true})); return true })(document.querySelector('#bot-by'))")
	b.until("location.search === '?by=state&q=dingh&sort=name' && document.querySelector('[data-section=stopped] h3, [data-section=stopped] [data-head]')")

	// Back goes choice by choice, not letter by letter, and the list is what the address says.
	back := func(want, list string) {
		t.Helper()
		eval[bool](b, "window.old = true, history.back() ?? true") // the page is loaded anew
		b.until(fmt.Sprintf("!window.old && location.search === '%s' && %s === '%s'", want, names, list))
		b.live()
	}
	back("?q=dingh&sort=name", "Dinghy")
	b.until("document.querySelector('#bot-search').value === 'dingh'")
	back("?sort=name", "Anchor Buoy Capstan Dinghy")
	back("?tag=eu&sort=name", "Anchor Capstan")

	// Nothing fits: the way out is there.
	b.do(chromedp.SendKeys(chromedp.CSS("#bot-search"), "zzz"))
	b.until("document.querySelector('#bots [data-nothing]')")
	b.click("#bots [data-nothing] a")
	b.until("location.search === '?sort=name' && document.querySelectorAll('#bots [data-items] > *').length === 4")
}

func TestViewGroupsAndPinsInABrowser(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	a, _, c, d := s.fleet()
	b := s.open("/?by=group")
	b.live()
	b.until("document.querySelectorAll('#bots [data-section]').length === 3")
	b.click("#view-table")
	b.until("document.querySelector('#bots[role=table] [role=row][data-bot-id]') && location.search === '?by=group&view=table'")
	b.live()
	b.do(chromedp.Navigate(s.url + "/"))
	b.until("document.querySelector('#bots[role=table]')") // it is kept
	b.live()

	// A bot that changes its place moves; the others stay the same elements.
	eval[bool](b, "[...document.querySelectorAll('#bots [data-items] > *')].forEach(e => e.marked = true) ?? true")
	s.deck.set(c, bot.Crashed)
	b.until(names + " === 'Buoy Capstan Anchor Dinghy' && document.querySelector('[data-items] > [data-state=crashed][data-bot-id=\"" + c.String() + "\"]')")
	if n := eval[int](b, "[...document.querySelectorAll('#bots [data-items] > *')].filter(e => e.marked).length"); n != 4 {
		t.Errorf("%d of 4 rows are still there", n)
	}
	s.deck.add("Ensign", bot.Stopped)
	b.until(names + " === 'Buoy Capstan Anchor Dinghy Ensign' && document.querySelectorAll('#bots [data-items] > * [data-pick]').length === 5")

	// The menu pins and moves, by keyboard.
	menu := func(id bot.ID, action string) {
		t.Helper()
		eval[bool](b, "document.querySelector('#bot-"+id.String()+" [data-bot-menu]').focus() ?? true")
		b.do(chromedp.KeyEvent("\r"))
		b.until("document.querySelector('#bot-menu:popover-open [data-action=" + action + "]') && document.activeElement.matches('[role=menuitem]')")
		for eval[bool](b, "document.activeElement.dataset.action !== '"+action+"'") {
			eval[bool](b, "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowDown', bubbles: true, cancelable: true}))")
		}
		b.do(chromedp.KeyEvent("\r"))
		b.until("!document.querySelector('#bot-menu:popover-open')")
	}
	menu(d, "pin")
	b.until(names + " === 'Dinghy Buoy Capstan Anchor Ensign' && document.querySelector('[data-section=\"*pinned\"]')")
	menu(a, "pin")
	b.until(names + " === 'Dinghy Anchor Buoy Capstan Ensign'")
	menu(a, "pin-up")
	b.until(names + " === 'Anchor Dinghy Buoy Capstan Ensign'")
	// So does dragging; and it is kept.
	eval[bool](b, `(() => {
		const at = id => document.getElementById('bot-' + id), data = new DataTransfer()
		const send = (to, type) => to.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: data }))
		send(at('`+d.String()+`'), 'dragstart'); send(at('`+a.String()+`'), 'dragover'); return send(at('`+a.String()+`'), 'drop') || true
	})()`)
	b.until(names + " === 'Dinghy Anchor Buoy Capstan Ensign'")
	b.do(chromedp.Navigate(s.url + "/?view=cards"))
	b.until(names + " === 'Dinghy Anchor Buoy Capstan Ensign' && !document.querySelector('#bots[role=table]')")
}

func TestChoosingBots(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	var ids []bot.ID
	for i := range 6 {
		ids = append(ids, s.deck.add(fmt.Sprintf("Bot %d", i), bot.Running))
	}
	last := s.deck.add("Bot 6", bot.Stopped)
	b := s.open("/?sort=name")
	b.live()
	box := func(id bot.ID) string { return "#bot-" + id.String() + " [data-pick]" }
	click := func(id bot.ID, shift bool) {
		t.Helper()
		eval[bool](b, fmt.Sprintf("document.querySelector(%q).dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true, shiftKey: %v}))", box(id), shift))
	}
	click(ids[1], false)
	click(ids[3], true)
	b.until("document.querySelector('#pick-bar[data-open]') && document.querySelector('#pick-count').textContent === '3 selected'")
	// What is drawn anew stays chosen.
	s.deck.set(ids[2], bot.Unresponsive)
	b.until("document.querySelector('#bot-" + ids[2].String() + "[data-state=unresponsive] [data-pick]:checked')")
	b.click("#pick-bar [data-pick-all]")
	b.until("document.querySelector('#pick-count').textContent === '7 selected' && document.querySelector('#pick-bar [data-pick-all]').hidden")
	b.click("#pick-bar [value=stop]")
	b.until("/Stopping 6 bots/.test(document.getElementById('toasts').innerText) && /1 bot was left as it is/.test(document.getElementById('toasts').innerText)")
	b.until("document.querySelectorAll('#bots [data-items] > [data-state=stopping]').length === 6 && !document.querySelector('#pick-bar[data-open]')")

	// A kill asks, by name; only what is chosen is killed.
	s.deck.set(ids[0], bot.Running)
	b.until("document.querySelector('#bot-" + ids[0].String() + "[data-state=running]')")
	click(ids[0], false)
	eval[bool](b, "document.getElementById('toasts').replaceChildren() ?? true") // they lie over the bar in a small window
	b.click("#pick-bar [data-kill]")
	b.until("document.querySelector('#kill-picked').open && document.querySelector('#kill-picked [data-names]').textContent === 'Bot 0'")
	b.click("[data-kill-sure]")
	b.until("!document.querySelector('#kill-picked').open && /Killing 1 bot/.test(document.getElementById('toasts').innerText)")
	// What the filter hides isn't chosen any more.
	click(last, false)
	b.do(chromedp.SendKeys(chromedp.CSS("#bot-search"), "Bot 1"))
	b.until("document.querySelectorAll('#bots [data-items] > *').length === 1 && !document.querySelector('#pick-bar[data-open]')")
}

// TestManyBotsChanging: 500 bots, of which some change; each change touches what it is about.
func TestManyBotsChanging(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	var ids []bot.ID
	for i := range 500 {
		ids = append(ids, s.deck.add(fmt.Sprintf("Bot %03d", i), bot.Running))
	}
	b := s.open("/?sort=name")
	b.live()
	b.until("document.querySelectorAll('#bots [data-items] > *').length === 500")
	eval[bool](b, `(() => { window.touched = new Set(); new MutationObserver(list => {
		for (const m of list) { if (m.target.parentNode?.matches?.('[data-since]')) continue; const a = (m.target.nodeType === 1 ? m.target : m.target.parentNode)?.closest?.('[data-items] > *'); if (a) touched.add(a.id) }
	}).observe(document.querySelector('#bots'), { subtree: true, childList: true, attributes: true, characterData: true }); return true })()`)
	for i := range 40 {
		s.deck.set(ids[i*12], bot.Stopping)
	}
	b.until("document.querySelectorAll('#bots [data-items] > [data-state=stopping]').length === 40")
	// Times count on; nothing else may be touched.
	if n := eval[int](b, "[...touched].filter(id => document.getElementById(id).dataset.state !== 'stopping').length"); n > 0 {
		t.Errorf("%d other bots were touched", n)
	}
	eval[bool](b, "(e => { e.value = ''; e.dispatchEvent(new Event('change', {bubbles: true})); return true })(document.querySelector('#bot-sort'))")
	b.until("location.search === '' && document.querySelector('#bots [data-items] > *').dataset.state === 'stopping'")
	b.live()
	for i := range 20 {
		s.deck.set(ids[i*12+1], bot.Crashed)
	}
	b.until("[...document.querySelectorAll('#bots [data-items] > *')].slice(0, 20).every(e => e.dataset.state === 'crashed')")
	if got := eval[string](b, names); strings.Count(got, "Bot") != 500 {
		t.Errorf("%d bots are left", strings.Count(got, "Bot"))
	}
}

func TestDashboardWithoutScripts(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	a, _, c, _ := s.fleet()
	b := s.open("/")
	b.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}))
	html := func() string {
		t.Helper()
		for {
			h, err := chromedp.Run(b.ctx, chromedp.OuterHTML(chromedp.CSS("html")))
			if err == nil {
				return h
			}
			if b.ctx.Err() != nil {
				t.Fatal(err)
			} // else a page was just giving way to the next
		}
	}
	// shows waits for a page with these bots: what comes first may be a page that is still on its way.
	shows := func(what, want string) {
		t.Helper()
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		got := ""
		for late := time.Now().Add(30 * time.Second); time.Now().Before(late); <-tick.C {
			if got = s.sections(html()); got == want {
				return
			}
		}
		t.Errorf("%s shows %q", what, got)
	}
	b.do(chromedp.Navigate(s.url+"/?state=running"), chromedp.SendKeys(chromedp.CSS("#bot-search"), "an\r"),
		chromedp.WaitReady(chromedp.CSS(`#bot-search[value="an"]`)), chromedp.WaitVisible(chromedp.CSS("[data-clear]")))
	shows("the filter form", "[] Anchor Capstan")
	b.do(chromedp.Click(chromedp.CSS("#view-table")), chromedp.WaitVisible(chromedp.CSS("#bots[role=table]")))
	shows("the table", "[] Anchor Capstan")
	// By keyboard, which hits whatever the layout does meanwhile. Chosen bots are stopped, a kill asks on a page of its own.
	b.do(chromedp.Navigate(s.url+"/"), chromedp.SendKeys(chromedp.CSS("#bot-"+a.String()+" [data-pick]"), " "), chromedp.SendKeys(chromedp.CSS("#pick-bar [value=stop]"), "\r"), chromedp.WaitReady(chromedp.CSS("#bot-"+a.String()+"[data-state=stopping]")))
	if v, _ := s.deck.Get(t.Context(), a); v.Status.State != bot.Stopping {
		t.Errorf("it is %s", v.Status.State)
	}
	b.do(chromedp.Navigate(s.url+"/"), chromedp.SendKeys(chromedp.CSS("#bot-"+c.String()+" [data-pick]"), " "), chromedp.SendKeys(chromedp.CSS("#pick-bar [value=kill]"), "\r"), chromedp.WaitReady(chromedp.CSS("[name=confirm]")))
}
