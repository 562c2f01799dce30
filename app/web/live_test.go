package web

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/health"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/dashboard"
	"github.com/botswain/botswain/views/i18n"
)

// messages reads a live page's events, one string of HTML each, until the connection ends.
func (s *stage) messages(ctx context.Context, path string, header ...string) <-chan string {
	res := s.ask(ctx, http.MethodGet, path, header...)
	if res.StatusCode != http.StatusOK {
		s.t.Fatalf("%s: status %d", path, res.StatusCode)
	}
	out := make(chan string)
	go func() {
		defer close(out)
		in := bufio.NewScanner(res.Body)
		in.Buffer(nil, 4<<20)
		var b strings.Builder
		named := false
		for in.Scan() {
			line := in.Text()
			if d, ok := strings.CutPrefix(line, "data: "); ok {
				b.WriteString(d + "\n")
			}
			named = named || strings.HasPrefix(line, "event: ")
			if line == "" && b.Len() > 0 {
				if !named { // heartbeats have a name
					select {
					case out <- b.String():
					case <-ctx.Done():
						return
					}
				}
				b.Reset()
				named = false
			}
		}
	}()
	return out
}

// until reads messages up to the first one that has the text, and answers it.
func (s *stage) until(in <-chan string, text string) string {
	s.t.Helper()
	late := time.NewTimer(20 * time.Second)
	defer late.Stop()
	for {
		select {
		case m, ok := <-in:
			if !ok {
				s.t.Fatalf("the stream ended before %q", text)
			}
			if strings.Contains(m, text) {
				return m
			}
		case <-late.C:
			s.t.Fatalf("no message with %q", text)
		}
	}
}

func target(id string) string { return `hx-target="#` + id + `"` }

func TestDashboardSendsWhatChanged(t *testing.T) {
	s := newStage(t)
	a, b := s.deck.add("Anchor", bot.Running), s.deck.add("Buoy", bot.Running)
	in := s.messages(t.Context(), "/live?page=dashboard")

	first := s.until(in, target(dashboard.GridID))
	for _, id := range []string{dashboard.AttentionID, dashboard.TotalsID, dashboard.HostID, dashboard.EventsID, dashboard.ChipsID, "health"} {
		if !strings.Contains(first, target(id)) {
			t.Errorf("the first message lacks #%s", id)
		}
	}
	if strings.Contains(first, target(botcard.CardID(a))) {
		t.Error("cards are in the list already")
	}

	// The order stays: only the card and the counts go out.
	s.deck.set(b, bot.Stopping) // Stopping comes before Running
	if m := s.until(in, target(dashboard.OrderID)); strings.Contains(m, target(botcard.CardID(a))) || !strings.Contains(m, b.String()+" "+a.String()) {
		t.Errorf("more than the new order and what changed: %s", m)
	}
	s.deck.set(b, bot.Starting) // still the first of the two
	m := s.until(in, target(botcard.CardID(b)))
	if strings.Contains(m, target(dashboard.GridID)) || strings.Contains(m, target(botcard.CardID(a))) || strings.Contains(m, target(dashboard.HostID)) {
		t.Errorf("more than what changed: %s", m)
	}
	if !strings.Contains(m, target(dashboard.ChipsID)) || !strings.Contains(m, `data-state="starting"`) {
		t.Errorf("card or counts are missing: %s", m)
	}

	// Attention goes first, so the order changes.
	s.deck.set(a, bot.Crashed)
	m = s.until(in, target(dashboard.OrderID))
	if !strings.Contains(m, a.String()+" "+b.String()) || !strings.Contains(m, "1 bot needs attention") {
		t.Errorf("the crashed bot isn't first: %s", m)
	}
	s.deck.add("Capstan", bot.Stopped)
	s.until(in, "Capstan")
}

func TestDashboardKeepsItsFilter(t *testing.T) {
	s := newStage(t)
	a := s.deck.add("Anchor", bot.Running)
	s.deck.add("Buoy", bot.Stopped)
	in := s.messages(t.Context(), "/live?page=dashboard&state=running")
	if m := s.until(in, target(dashboard.GridID)); strings.Contains(m, "Buoy") {
		t.Errorf("a stopped bot in %s", m)
	}
	s.deck.set(a, bot.Stopped)
	s.until(in, "No bot matches")

	res := s.ask(t.Context(), http.MethodGet, "/?q=buoy&state=&type=", "HX-Request", "true", "HX-Request-Type", "partial")
	body, _ := io.ReadAll(res.Body)
	if html := string(body); strings.Contains(html, "Anchor") || !strings.Contains(html, "Buoy") || !strings.Contains(html, `data-live-url="/live?`) || !strings.Contains(html, `&amp;q=buoy&amp;lang=en"`) {
		t.Errorf("filtered: %s", html)
	}
	if got := res.Header.Get("HX-Push-Url"); got != "/?q=buoy" {
		t.Errorf("address %q", got)
	}
}

func TestHealthReachesEveryPage(t *testing.T) {
	s := newStage(t)
	id := s.deck.add("Anchor", bot.Running)
	for _, path := range []string{"/live?page=dashboard", "/live?page=bot&id=" + id.String(), "/live?page=logs&id=" + id.String()} {
		in := s.messages(t.Context(), path)
		s.until(in, target("health"))
		s.setHealth(health.State{DatabaseDown: true, Message: "The database has not answered."})
		s.until(in, "The database has not answered.")
		s.setHealth(health.State{})
		m := s.until(in, target("health"))
		if strings.Contains(m, "status-banner") {
			t.Errorf("%s: the banner must go: %s", path, m)
		}
	}
}

func TestDeletedBotIsSaidSo(t *testing.T) {
	s := newStage(t)
	id := s.deck.add("Anchor", bot.Running)
	in := s.messages(t.Context(), "/live?page=bot&id="+id.String())
	s.until(in, "Anchor")
	s.deck.mu.Lock()
	s.deck.bots = nil
	s.deck.mu.Unlock()
	s.hub.Publish(event.Topic{Kind: event.TopicCrew})
	s.until(in, "Anchor was deleted")
}

// When the session ends, so does the stream; while the database is away it stays.
func TestStreamEndsWithTheSession(t *testing.T) {
	s := newStage(t)
	s.door.err = fault.New(fault.Unavailable, "away")
	in := s.messages(t.Context(), "/live?page=dashboard")
	s.until(in, target(dashboard.GridID))
	id := s.deck.add("Late", bot.Stopped) // several heartbeats may pass
	s.until(in, botcard.CardID(id))
	s.door.mu.Lock()
	s.door.err = fault.New(fault.Unauthorized, "signed out")
	s.door.mu.Unlock()
	for range in {
	}
}

func TestLiveNeedsASession(t *testing.T) {
	s := newStage(t)
	res, err := http.Get(s.url + "/live?page=dashboard")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusUnauthorized {
		t.Errorf("status %d", res.StatusCode)
	}
	for _, path := range []string{"/live?page=other", "/live?page=bot&id=x", "/live"} {
		if res := s.ask(t.Context(), http.MethodGet, path); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: status %d", path, res.StatusCode)
		}
	}
}

func TestActions(t *testing.T) {
	s := newStage(t)
	id := s.deck.add("Anchor", bot.Running)
	stop := "/bots/" + id.String() + "/stop"
	res := s.ask(t.Context(), http.MethodPost, stop+"?view=card", "HX-Request", "true")
	body, _ := io.ReadAll(res.Body)
	if res.StatusCode != http.StatusOK || !strings.Contains(string(body), target(botcard.CardID(id))) || !strings.Contains(string(body), "Stopping Anchor") {
		t.Errorf("status %d: %s", res.StatusCode, body)
	}
	// Pressed twice: said in words, and the page gets the bot as it is.
	res = s.ask(t.Context(), http.MethodPost, stop+"?view=page", "HX-Request", "true")
	body, _ = io.ReadAll(res.Body)
	if res.StatusCode != http.StatusConflict || !strings.Contains(string(body), `data-state="stopping"`) || !strings.Contains(string(body), "it can&#39;t stop") {
		t.Errorf("status %d: %s", res.StatusCode, body)
	}
	// Without scripts: back to where it was pressed.
	res = s.ask(t.Context(), http.MethodPost, "/bots/"+id.String()+"/kill?view=logs")
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/bots/"+id.String()+"/logs" {
		t.Errorf("status %d to %s", res.StatusCode, res.Header.Get("Location"))
	}
	if res := s.ask(t.Context(), http.MethodPost, "/bots/"+bot.NewID().String()+"/stop"); res.StatusCode != http.StatusNotFound {
		t.Errorf("unknown bot: status %d", res.StatusCode)
	}
}

func TestExamplesAreAddedAndStarted(t *testing.T) {
	s := newStage(t)
	page, _ := io.ReadAll(s.ask(t.Context(), http.MethodGet, "/").Body)
	if !strings.Contains(string(page), "No bots on deck yet") || !strings.Contains(string(page), `value="clock"`) {
		t.Error("a new installation isn't offered examples")
	}
	if res := s.ask(t.Context(), http.MethodPost, "/bots/examples?key=clock"); res.StatusCode != http.StatusSeeOther {
		t.Errorf("status %d", res.StatusCode)
	}
	if all := s.deck.All(t.Context()); len(all) != 1 || all[0].Status.State != bot.Starting {
		t.Errorf("%+v", all)
	}
}

// Pages show all that is in memory while the database is away, and say what isn't there.
func TestPagesWithoutTheDatabase(t *testing.T) {
	s := newStage(t)
	id := s.deck.add("Anchor", bot.Running)
	s.book.print(id, 3)
	away := fault.New(fault.Unavailable, "away")
	s.deck.err, s.book.err = away, away
	for _, path := range []string{"/", "/bots/" + id.String(), "/bots/" + id.String() + "/logs"} {
		res := s.ask(t.Context(), http.MethodGet, path)
		body, _ := io.ReadAll(res.Body)
		if res.StatusCode != http.StatusOK || !strings.Contains(string(body), "Anchor") {
			t.Errorf("%s: status %d", path, res.StatusCode)
		}
		if strings.HasSuffix(path, "/logs") && !strings.Contains(string(body), "line 3") {
			t.Error("the log's end is in memory")
		}
	}
}

func TestFragmentsAreDrawnOnce(t *testing.T) {
	f := newFragments()
	var drawn atomic.Int64
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			html, err := f.get("card", "1", func() (string, error) { drawn.Add(1); return "<p>", nil })
			if html != "<p>" || err != nil {
				t.Error(html, err)
			}
		})
	}
	all.Wait()
	if drawn.Load() != 1 {
		t.Errorf("drawn %d times", drawn.Load())
	}
	for range maxFragments*len(i18n.Languages()) + 10 {
		_, _ = f.get(bot.NewID().String(), "1", func() (string, error) { return "x", nil })
	}
	if len(f.byID) > maxFragments*len(i18n.Languages()) {
		t.Errorf("%d drawings are kept", len(f.byID))
	}
}

// A database that stands still answers nothing: pages say so all the same, and show what needs no database.
func TestLivePagesWhileTheDatabaseStandsStill(t *testing.T) {
	s := newStage(t)
	id := s.deck.add("Anchor", bot.Running)
	s.pages.patience = 20 * time.Millisecond
	in := s.messages(t.Context(), "/live?page=dashboard")
	s.until(in, target(dashboard.GridID))
	others := s.messages(t.Context(), "/live?page=dashboard") // they wait for the same drawings
	s.until(others, target(dashboard.GridID))

	s.deck.hangs.Store(true)
	s.hub.Publish(event.Topic{Kind: event.TopicEvents})
	s.setHealth(health.State{DatabaseDown: true, Message: "The database is away"})
	s.until(in, "The database is away")
	s.until(others, "The database is away")
	s.deck.set(id, bot.Stopping)
	s.until(in, `data-state="stopping"`)

	s.deck.hangs.Store(false) // nobody tells the page: what was late is looked at again
	s.until(in, target(dashboard.EventsID))
}

// What uses up the time for reading takes nothing from what needs none: lines of a log that were handed out once would be
// lost. And who waits for the same drawing fails together with it, instead of one after the other.
func TestLateReadingCostsNothingElse(t *testing.T) {
	cache := newFragments()
	hangs := part{target: "events", rev: "1", key: "events", draw: func(ctx context.Context) (templ.Component, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			to, out := newSender(cache), strings.Builder{}
			to.patience = 50 * time.Millisecond
			lines := part{target: "log-lines", rev: fmt.Sprint(i), key: "log", draw: just(templ.Raw("a line"))}
			if err := to.write(t.Context(), &out, []part{hangs, lines}); err != nil || !strings.Contains(out.String(), "a line") || !to.missed {
				t.Errorf("%v, missed %v: %q", err, to.missed, out.String())
			}
		})
	}
	all.Wait()
}

// What could be drawn only in part is tried again with the next change.
func TestFailedDrawingsAreSentAgain(t *testing.T) {
	to := newSender(newFragments())
	err := error(fault.New(fault.Unavailable, "away"))
	p := part{target: "events", rev: "1", key: "events", draw: func(context.Context) (templ.Component, error) { return templ.Raw("drawn"), err }}
	for i, want := range []int{1, 2, 3, 3} {
		var out strings.Builder
		if e := to.write(t.Context(), &out, []part{p}); e != nil {
			t.Fatal(e)
		}
		if sent := out.Len() > 0; sent != (i < 3) {
			t.Errorf("round %d: sent %v (%d)", i, sent, want)
		}
		if i == 1 {
			err = nil
		}
	}
}

func TestOlderAndTail(t *testing.T) {
	s := newStage(t)
	id := s.deck.add("Anchor", bot.Running)
	s.book.print(id, 1500)
	get := func(path string) string {
		w := s.ask(t.Context(), http.MethodGet, "/bots/"+id.String()+path)
		body, _ := io.ReadAll(w.Body)
		return string(body)
	}
	page := get("/logs")
	if !strings.Contains(page, "before=1301") || strings.Count(page, `class="log-line"`) != pageLines || !strings.Contains(page, `data-cursor="1500"`) {
		t.Error("the page must have the newest lines and the way to older ones")
	}
	if part := get("/logs/more?place=1301"); !strings.Contains(part, `"place":"801"`) || strings.Count(part, `log-line`) != batchLines {
		t.Error("a step back isn't right")
	}
	if part := get("/logs/more?place=301"); !strings.Contains(part, `"done":true`) || strings.Count(part, `log-line`) != 300 {
		t.Error("the last step back isn't right")
	}
	if part := get("/logs/tail"); !strings.Contains(part, `data-seq="1500"`) {
		t.Error("the tail isn't right")
	}
}

// What somebody should think about first leads to a page that asks, with scripts and without.
func TestActionThatIsAskedAboutFirst(t *testing.T) {
	s := newStage(t)
	id := s.deck.add("Anchor", bot.Stopped)
	s.deck.question = &fault.Error{Code: fault.Conflict, Confirm: "budget", Message: "Only 90 of 1000 sessions left."}
	start, ask := "/bots/"+id.String()+"/start", "/bots/"+id.String()+"/confirm/start"
	if res := s.ask(t.Context(), http.MethodPost, start); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != ask {
		t.Errorf("status %d to %s", res.StatusCode, res.Header.Get("Location"))
	}
	if res := s.ask(t.Context(), http.MethodPost, start, "HX-Request", "true"); res.Header.Get("HX-Redirect") != ask {
		t.Errorf("status %d to %s", res.StatusCode, res.Header.Get("HX-Redirect"))
	}
	res := s.ask(t.Context(), http.MethodGet, ask)
	body, _ := io.ReadAll(res.Body)
	for _, want := range []string{`data-question="budget"`, "Only 90 of 1000 sessions left.", `action="` + start + `"`, `name="confirm" value="budget"`} {
		if !strings.Contains(string(body), want) {
			t.Errorf("no %s in %s", want, body)
		}
	}
	if res := s.ask(t.Context(), http.MethodPost, start+"?confirm=budget&view=page"); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/bots/"+id.String() {
		t.Errorf("status %d to %s", res.StatusCode, res.Header.Get("Location"))
	}
	if v, _ := s.deck.Get(t.Context(), id); v.Status.State != bot.Starting {
		t.Errorf("it is %s", v.Status.State)
	}
	s.deck.question = nil
	if res := s.ask(t.Context(), http.MethodGet, ask); res.StatusCode != http.StatusSeeOther {
		t.Errorf("nothing to ask: status %d", res.StatusCode)
	}
}
