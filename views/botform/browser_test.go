package botform_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/static"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/botform"
	"github.com/botswain/botswain/views/layout"
	"github.com/botswain/botswain/views/ui"
)

// policy is as strict as the server's.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// serve answers with the settings page of a bot; what is posted is sent on the channel.
func serve(t *testing.T) (url string, posted chan map[string][]string) {
	posted = make(chan map[string][]string, 10)
	page := botform.Page(botform.Props{
		Page: layout.Props{Title: "Settings", User: layout.User{Name: "admin", Role: "admin"},
			Toasts: []ui.Toast{{State: "error", Text: "It did not start"}}},
		Values: botform.Values{Name: "Tide Times", Type: "telegram_bot", Tags: "prod, sea", Command: "python bot.py", Dir: ".", Env: []botform.EnvRow{{Name: "TZ", Value: "UTC"}},
			Policy: "always", FirstWait: "1", LongestWait: "300", GiveUpAfter: "0", Signal: "SIGTERM", StopGrace: "10", StartSeconds: "1", Version: 3},
		Argv: []string{"python", "bot.py"}, ResetAfter: time.Minute,
		Editing: &botform.Editing{Bot: botcard.Bot{Bot: bot.Bot{ID: bot.NewID(), Spec: bot.Spec{Name: "Tide Times", Type: bot.TelegramBot}}, Status: bot.Status{State: bot.Running}, Now: time.Now()}},
	})
	mux := http.NewServeMux()
	mux.Handle("GET /static/", static.Handler())
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = page.Render(r.Context(), w)
	})
	mux.HandleFunc("POST /bots/command", func(w http.ResponseWriter, r *http.Request) {
		argv, _ := bot.ParseCommandLine(r.PostFormValue("command"))
		_ = botform.Argv(argv, "").Render(r.Context(), w)
	})
	mux.HandleFunc("POST /", func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		posted <- r.PostForm
		http.Redirect(w, r, "/done", http.StatusSeeOther)
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	return srv.URL, posted
}

// open starts a Chromium and complains about everything on its console but hints.
func open(t *testing.T) context.Context {
	alloc, cancelAlloc := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.WindowSize(1280, 1000), chromedp.UserDataDir(t.TempDir()))...)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(func() { cancel(); cancelAlloc() })
	// The first call starts the browser, which lives as long as that call's context.
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("chromium: %v", err)
	}
	messages := chromedp.Console(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for m, err := range messages {
			if err != nil {
				return
			}
			if m.Type == chromedp.ConsoleError || m.Type == chromedp.ConsoleWarning || m.Type == chromedp.ConsoleException {
				t.Errorf("console: %+v", m)
			}
		}
	}()
	t.Cleanup(func() { chromedp.Cancel(ctx); <-done })
	return ctx
}

func do(t *testing.T, ctx context.Context, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := chromedp.Do(limited, actions...); err != nil {
		t.Fatal(err)
	}
}

// patience is how long a browser may take for anything.
const patience = time.Minute

// js evaluates an expression in the page; await waits until one is true.
func js[T any](t *testing.T, ctx context.Context, expr string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expr))
	if err != nil {
		t.Fatalf("%s: %v", expr, err)
	}
	return v
}

func await(t *testing.T, ctx context.Context, expr string) {
	t.Helper()
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+expr+")"))
		if err == nil && ok {
			return
		}
		select {
		case <-tick.C: // an error may be a page that goes while it is asked
		case <-limited.Done():
			t.Fatalf("never true: %s (%v)", expr, err)
		}
	}
}

const rows = `[...document.querySelectorAll('[data-row]')].map(r => [...r.querySelectorAll('input')].map(i => i.value).join('=')).join(' ')`

// TestScripts goes through what scripts add to the form, under the real content policy.
func TestScripts(t *testing.T) {
	url, posted := serve(t)
	ctx := open(t)
	do(t, ctx, chromedp.Navigate(url+"/"), chromedp.SendKeys(chromedp.CSS("#command"), "env "))
	await(t, ctx, `document.querySelector('#argv').innerText.includes('env')`)

	do(t, ctx, chromedp.SendKeys(chromedp.CSS("#tags"), "night,"))
	if got := js[string](t, ctx, `document.querySelector('[name=tags]').value`); got != "prod, sea, night" {
		t.Errorf("tags %q", got)
	}
	do(t, ctx, chromedp.Click(chromedp.CSS(`[aria-label="Remove prod"]`)))

	if got := js[string](t, ctx, `document.querySelector('[name=tags]').value`); got != "sea, night" {
		t.Errorf("tags without prod: %q", got)
	}

	do(t, ctx, chromedp.Click(chromedp.CSS(`[data-open="paste-env"]`)),
		chromedp.SetValue(chromedp.CSS("#paste-env-text"), "# a note\nexport LOG=debug # why\nTZ=\"Europe/Berlin\"\nnonsense\nEMPTY=\n"),
		chromedp.Click(chromedp.CSS(`[data-take-env]`)))
	if got := js[string](t, ctx, rows); got != "TZ=Europe/Berlin LOG=debug EMPTY=" {
		t.Errorf("rows %q", got)
	}
	do(t, ctx, chromedp.Click(chromedp.CSS(`[aria-label="Remove TZ"]`)), chromedp.Click(chromedp.CSS(`[data-add-row]`)))
	if got := js[string](t, ctx, rows); got != "LOG=debug EMPTY= =" {
		t.Errorf("rows %q", got)
	}

	// The dialog: the safe choice has the focus, the other waits for the name.
	do(t, ctx, chromedp.Click(chromedp.CSS(`[data-open="delete-bot"]`)))
	if got := js[string](t, ctx, `document.activeElement.innerText + document.querySelector('#delete-bot [type=submit]').disabled`); got != "Keep ittrue" {
		t.Errorf("focus and lock: %q", got)
	}
	do(t, ctx, chromedp.SendKeys(chromedp.CSS("#delete-bot-type"), "Tide Times"))
	await(t, ctx, `!document.querySelector('#delete-bot [type=submit]').disabled`)
	do(t, ctx, chromedp.Click(chromedp.CSS(`#delete-bot [data-close]`)))
	await(t, ctx, `!document.querySelector('#delete-bot').open`)

	// Errors stay until they are dismissed.
	do(t, ctx, chromedp.Click(chromedp.CSS(`[data-dismiss]`)))
	await(t, ctx, `!document.querySelector('[data-toast]')`)

	// Enter saves and does nothing else.
	do(t, ctx, chromedp.SendKeys(chromedp.CSS("#name"), "\r"))
	await(t, ctx, `location.pathname === '/done'`)
	form := <-posted
	if fmt.Sprint(form["then"], form["tags"], form["version"], form["command"]) != "[] [sea, night] [3] [env python bot.py]" {
		t.Errorf("posted %v", form)
	}
}

// TestTheme: it follows the system until somebody chooses, and forgets a choice that is the same.
func TestTheme(t *testing.T) {
	url, _ := serve(t)
	ctx := open(t)
	do(t, ctx, chromedp.Func(func(c context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(c, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}})
		return err
	}), chromedp.Navigate(url+"/"))
	state := `[getComputedStyle(document.documentElement).colorScheme, localStorage.getItem('theme')].join()`
	press := chromedp.Click(chromedp.CSS("header [data-theme-toggle]"))
	for _, want := range []string{"dark,", "light,harbor", "dark,"} {
		if got := js[string](t, ctx, state); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		do(t, ctx, press)
	}
}

// TestWithoutScripts: the form sends everything, with spare rows for variables.
func TestWithoutScripts(t *testing.T) {
	url, posted := serve(t)
	ctx := open(t)
	do(t, ctx, chromedp.Func(func(c context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(c, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}), chromedp.Navigate(url+"/"),
		chromedp.SendKeys(chromedp.CSS("#env-spare-0"), "LOG"),
		chromedp.SendKeys(chromedp.CSS("#tags"), "night, "),
		chromedp.Click(chromedp.CSS("[name=then]")))
	select {
	case form := <-posted:
		if fmt.Sprint(form["then"], form["tags"], form["env_name"]) != "[restart] [night, prod, sea] [TZ LOG  ]" {
			t.Errorf("posted %v", form)
		}
	case <-time.After(patience):
		t.Fatal("nothing was posted")
	}
}

// TestNoSidewaysScroll on a phone.
func TestNoSidewaysScroll(t *testing.T) {
	url, _ := serve(t)
	ctx := open(t)
	do(t, ctx, chromedp.EmulateViewport(390, 844), chromedp.Navigate(url+"/"))
	if w := js[int](t, ctx, "document.documentElement.scrollWidth"); w > 390 {
		t.Errorf("the page is %d px wide", w)
	}
}
