package web

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/logs"
)

// run gives a bot a new run.
func (d *deck) run(id bot.ID) bot.RunID {
	run := bot.NewID()
	d.runs(id, run)
	return run
}

// runs gives a bot a run, or none.
func (d *deck) runs(id bot.ID, run bot.RunID) {
	d.mu.Lock()
	for i := range d.bots {
		if d.bots[i].ID == id {
			d.rev++
			d.bots[i].Status.Run, d.bots[i].Status.Revision = run, d.rev
		}
	}
	d.mu.Unlock()
	d.hub.Publish(event.Topic{Kind: event.TopicBot, Bot: id})
}

// group puts a bot into a group.
func (d *deck) group(id bot.ID, group string) bot.ID {
	d.mu.Lock()
	for i := range d.bots {
		if d.bots[i].ID == id {
			d.rev++
			d.bots[i].Group, d.bots[i].Status.Revision = group, d.rev
		}
	}
	d.mu.Unlock()
	d.hub.Publish(event.Topic{Kind: event.TopicCrew})
	return id
}

func (d *deck) got() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.input)
}

// post sends a form as a browser without scripts does, and reads what comes.
func (s *stage) post(path string, form url.Values) (*http.Response, string) {
	s.t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.PostForm(s.url+path, form)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res, string(body)
}

func TestConsole(t *testing.T) {
	s := newStage(t)
	id := s.deck.add("Anchor", bot.Running)
	run := s.deck.run(id)
	page, _ := io.ReadAll(s.ask(t.Context(), http.MethodGet, "/bots/"+id.String()).Body)
	if !strings.Contains(string(page), `name="run" value="`+run.String()+`"`) || !strings.Contains(string(page), `action="/bots/`+id.String()+`/input"`) {
		t.Error("the page has no console for its run")
	}
	send := func(run bot.RunID, line string, header ...string) (*http.Response, string) {
		q := url.Values{"run": {run.String()}, "line": {line}, "view": {"logs"}}
		res := s.ask(t.Context(), http.MethodPost, "/bots/"+id.String()+"/input?"+q.Encode(), header...)
		body, _ := io.ReadAll(res.Body)
		return res, string(body)
	}
	if res, _ := send(run, "reload now", "HX-Request", "true"); res.StatusCode != http.StatusOK {
		t.Errorf("status %d", res.StatusCode)
	}
	if res, _ := send(run, "without scripts"); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/bots/"+id.String()+"/logs" {
		t.Errorf("status %d to %s", res.StatusCode, res.Header.Get("Location"))
	}
	if res, body := send(bot.NewID(), "for another run", "HX-Request", "true"); res.StatusCode != http.StatusConflict || !strings.Contains(body, "Anchor did not get the line") || !strings.Contains(body, "started again meanwhile") {
		t.Errorf("status %d: %s", res.StatusCode, body)
	}
	for view, also := range map[string]string{"logs": `id="log-filter"`, "": `id="bot-head"`} {
		form := url.Values{"run": {bot.NewID().String()}, "line": {`say "again"`}, "view": {view}}
		res, body := s.post("/bots/"+id.String()+"/input", form)
		if res.StatusCode != http.StatusConflict || !strings.Contains(body, `name="line" value="say &#34;again&#34;"`) || !strings.Contains(body, "Anchor did not get the line") || !strings.Contains(body, also) {
			t.Errorf("refused without scripts, from %q: status %d: %s", view, res.StatusCode, body)
		}
	}
	for body, want := range map[string]int{"run=" + run.String(): http.StatusUnprocessableEntity, "line=a%zz": http.StatusBadRequest} {
		res, err := http.Post(s.url+"/bots/"+id.String()+"/input", "application/x-www-form-urlencoded", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if res.Body.Close(); res.StatusCode != want {
			t.Errorf("%s: status %d", body, res.StatusCode)
		}
	}
	if got := s.deck.got(); len(got) != 2 || !strings.HasSuffix(got[0], "> reload now") {
		t.Errorf("the bot got %q", got)
	}
	if level, _ := levelWords(logs.Line{Stream: logs.System, Message: "> reload now"}); level != "input" {
		t.Errorf("a typed line is shown as %s", level)
	}
	if level, _ := levelWords(logs.Line{Stream: logs.Stdout, Message: "> reload now"}); level == "input" {
		t.Error("what a bot prints passes for a typed line")
	}
}

func TestActionsOnAGroup(t *testing.T) {
	s := newStage(t)
	s.deck.group(s.deck.add("Rain", bot.Running), "weather")
	s.deck.group(s.deck.add("Sun", bot.Stopped), "weather")
	s.deck.add("Other", bot.Running)
	page, _ := io.ReadAll(s.ask(t.Context(), http.MethodGet, "/?group=weather").Body)
	for _, want := range []string{"2 bots of weather", `action="/bots/actions?action=stop&amp;group=weather"`, `name="group" value="weather" checked`, "Rain", "Sun"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(string(page), "Other</a>") {
		t.Error("the filter lets others through")
	}
	res := s.ask(t.Context(), http.MethodPost, "/bots/actions?action=stop&group=weather", "HX-Request", "true")
	if body, _ := io.ReadAll(res.Body); res.StatusCode != 200 || !strings.Contains(string(body), "Stopping 1 bot") || !strings.Contains(string(body), "1 bot was left as it is") {
		t.Errorf("status %d: %s", res.StatusCode, body)
	}
	res = s.ask(t.Context(), http.MethodPost, "/bots/actions?action=start&group=weather")
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/?group=weather" {
		t.Errorf("status %d to %s", res.StatusCode, res.Header.Get("Location"))
	}
	if res := s.ask(t.Context(), http.MethodPost, "/bots/actions?action=kill"); res.StatusCode < 400 {
		t.Errorf("kill all: status %d", res.StatusCode)
	}
}

func TestConsoleInTheBrowser(t *testing.T) {
	s := newStage(t)
	id := s.deck.add("Anchor", bot.Running)
	first := s.deck.run(id)
	b := s.open("/bots/" + id.String() + "/logs")
	b.live()
	const line = "#console-line"
	b.do(chromedp.SendKeys(chromedp.CSS(line), "one\r"))
	b.until("document.querySelector('#console-line').value === '' && !document.querySelector('[data-console] [aria-busy=true]')")
	b.do(chromedp.SendKeys(chromedp.CSS(line), "two\r"))
	b.until("document.querySelector('#console-line').value === ''")
	if got := s.deck.got(); len(got) != 2 || !strings.HasSuffix(got[1], "> two") {
		t.Errorf("the bot got %q", got)
	}
	// The arrow keys bring sent lines back, and what was being written.
	key := func(name, want string) {
		t.Helper()
		eval[bool](b, fmt.Sprintf("document.querySelector('#console-line').dispatchEvent(new KeyboardEvent('keydown', {key: '%s', bubbles: true, cancelable: true})) || true", name))
		if got := eval[string](b, "document.querySelector('#console-line').value"); got != want {
			t.Errorf("after %s the line is %q, want %q", name, got, want)
		}
	}
	b.do(chromedp.SendKeys(chromedp.CSS(line), "dra"))
	key("ArrowUp", "two")
	key("ArrowUp", "one")
	key("ArrowUp", "one")
	key("ArrowDown", "two")
	key("ArrowDown", "dra")
	// When the bot is started again, the page knows it, and what is being written stays.
	second := s.deck.run(id)
	b.until("document.querySelector('#console-run').value === '" + second.String() + "'")
	if got := eval[string](b, "document.querySelector('#console-line').value"); got != "dra" || first == second {
		t.Errorf("the line became %q", got)
	}
	// A refusal says why and keeps the line.
	s.deck.mu.Lock()
	s.deck.bots[0].Status.Run = bot.NewID()
	s.deck.mu.Unlock()
	b.do(chromedp.SendKeys(chromedp.CSS(line), "ft\r"))
	b.until("/did not get the line/.test(document.getElementById('toasts').innerText)")
	if got := eval[string](b, "document.querySelector('#console-line').value"); got != "draft" {
		t.Errorf("the refused line became %q", got)
	}
	// While nothing runs the line can be written, but not sent.
	const send = "document.querySelector('[data-console] [type=submit]').disabled"
	before := len(s.deck.got())
	s.deck.runs(id, bot.RunID{})
	b.until(send + " && /not running/.test(document.querySelector('[data-console]').innerText)")
	b.do(chromedp.SendKeys(chromedp.CSS(line), "ed\r"))
	if got := eval[string](b, "document.querySelector('#console-line').value"); got != "drafted" || len(s.deck.got()) != before {
		t.Errorf("the line became %q, and %d were sent", got, len(s.deck.got())-before)
	}
	s.deck.run(id)
	b.until("!" + send + " && !/not running/.test(document.querySelector('[data-console]').innerText)")
}

func TestGroupMenuInTheBrowser(t *testing.T) {
	s := newStage(t)
	rain := s.deck.group(s.deck.add("Rain", bot.Running), "weather")
	other := s.deck.add("Other", bot.Running)
	b := s.open("/")
	b.live()
	b.until("/All 2 bots/i.test(document.querySelector('#many').textContent)")
	eval[bool](b, "document.querySelector('#bot-chips input[value=weather]').click() ?? true")
	b.until("location.search === '?group=weather' && document.querySelectorAll('article').length === 1")
	b.until("document.querySelector('#many').dataset.group === 'weather'")
	b.click("#many summary")
	b.click("#many [data-open=stop-many]")
	b.until("document.querySelector('#stop-many').open")
	b.click("#stop-many [type=submit]")
	b.until("location.search === '?group=weather' && document.querySelector('article[data-state=stopping]')")
	for late := time.Now().Add(10 * time.Second); ; {
		v, err := s.deck.Get(t.Context(), other)
		if err == nil && v.Status.State == bot.Running {
			break
		}
		if time.Now().After(late) {
			t.Fatalf("the other bot is %s", v.Status.State)
		}
	}
	if v, _ := s.deck.Get(t.Context(), rain); v.Status.State != bot.Stopping {
		t.Errorf("it is %s", v.Status.State)
	}
}
