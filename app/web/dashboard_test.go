package web

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/desk"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/dashboard"
)

// give changes a bot of the deck.
func (d *deck) give(id bot.ID, change func(*bot.Spec)) bot.ID {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range d.bots {
		if d.bots[i].ID == id {
			change(&d.bots[i].Spec)
			d.bots[i].Version++
		}
	}
	return id
}

func (s *stage) html(path string, header ...string) string {
	s.t.Helper()
	res := s.ask(s.t.Context(), http.MethodGet, path, header...)
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		s.t.Fatalf("%s: status %d, %v", path, res.StatusCode, err)
	}
	return string(body)
}

var listed = regexp.MustCompile(`data-section="([^"]*)"|<(?:article|div) id="bot-([^"]+)"`)

// sections reads the list out of a page: "[section]" and names of bots, in order.
func (s *stage) sections(html string) string {
	names := map[string]string{}
	for _, v := range s.deck.All(s.t.Context()) {
		names[v.ID.String()] = v.Name
	}
	var out []string
	for _, m := range listed.FindAllStringSubmatch(html, -1) {
		if m[2] != "" && names[m[2]] == "" {
			continue // a part of the page, not a bot
		}
		if m[2] != "" {
			out = append(out, names[m[2]])
		} else {
			out = append(out, "["+m[1]+"]")
		}
	}
	return strings.Join(out, " ")
}

// fleet makes four bots of two groups with tags.
func (s *stage) fleet() (a, b, c, d bot.ID) {
	mk := func(name string, state bot.State, group string, tags ...string) bot.ID {
		return s.deck.give(s.deck.add(name, state), func(x *bot.Spec) { x.Group, x.Tags = group, tags })
	}
	return mk("Anchor", bot.Running, "deck", "prod", "eu"), mk("Buoy", bot.Crashed, "deck", "prod"), mk("Capstan", bot.Running, "hold", "eu"), mk("Dinghy", bot.Stopped, "")
}

// TestListInTheAddress: what an address says is what the server draws, for pages and fragments alike.
func TestListInTheAddress(t *testing.T) {
	s := newStage(t)
	s.fleet()
	for path, want := range map[string]string{
		"/":                          "[] Buoy Anchor Capstan Dinghy",
		"/?sort=name":                "[] Anchor Buoy Capstan Dinghy",
		"/?tag=prod":                 "[] Buoy Anchor",
		"/?tag=prod&tag=eu":          "[] Anchor",
		"/?tag=nowhere":              "",
		"/?by=group":                 "[deck] Buoy Anchor [hold] Capstan [] Dinghy",
		"/?by=state":                 "[crashed] Buoy [running] Anchor Capstan [stopped] Dinghy",
		"/?by=tag&sort=name":         "[eu] Capstan [prod] Anchor Buoy [] Dinghy",
		"/?by=type":                  "[generic] Buoy Anchor Capstan Dinghy",
		"/?group=deck&state=running": "[] Anchor",
		"/?q=an&view=table":          "[] Anchor Capstan",
		"/?by=nonsense&sort=x&tag=&view=heap&state=none&type=fish": "[] Buoy Anchor Capstan Dinghy",
	} {
		if got := s.sections(s.html(path)); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
		part := s.html(path, "HX-Request", "true", "HX-Request-Type", "partial")
		if got := s.sections(part); got != want {
			t.Errorf("%s as a fragment: %q, want %q", path, got, want)
		}
	}
	html := s.html("/?tag=prod&by=group&view=table")
	for _, want := range []string{`role="table"`, `value="prod" checked`, `value="group" selected`, `name="view" value="table"`, `href="/?by=group&amp;view=table" data-clear`} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if html := s.html("/?q=nothing-like-it"); !strings.Contains(html, "No bot matches") || !strings.Contains(html, "Clear filter") {
		t.Error("an empty list doesn't say what to do")
	}
}

// TestHistoryOfTheAddress: letters of a search replace each other, other choices can be gone back from.
func TestHistoryOfTheAddress(t *testing.T) {
	s := newStage(t)
	s.fleet()
	for _, c := range []struct{ from, to, header string }{
		{"/", "/?q=a", "HX-Push-Url"}, {"/?q=a", "/?q=an", "HX-Replace-Url"}, {"/?q=an", "/?q=an&state=running", "HX-Push-Url"},
		{"/?q=an&state=running", "/?q=a&state=running", "HX-Replace-Url"}, {"/?tag=eu", "/", "HX-Push-Url"},
	} {
		res := s.ask(t.Context(), http.MethodGet, c.to, "HX-Request", "true", "HX-Request-Type", "partial", "HX-Current-URL", s.url+c.from)
		if got := res.Header.Get(c.header); got != c.to {
			t.Errorf("from %s to %s: %s is %q", c.from, c.to, c.header, got)
		}
	}
}

// TestPageDoesNotGetTwiceWhatItHas: the stream of a page that was just drawn sends no bot of it, but
// what has changed since, also after a lost connection.
func TestPageDoesNotGetTwiceWhatItHas(t *testing.T) {
	s := newStage(t)
	a, b, _, _ := s.fleet()
	s.html("/") // an older version than the one below
	s.deck.set(a, bot.Unresponsive)
	live := regexp.MustCompile(`data-live-url="([^"]+)"`).FindStringSubmatch(s.html("/?sort=name"))[1]
	live = strings.ReplaceAll(live, "&amp;", "&")
	in := s.messages(t.Context(), live)
	first := s.until(in, target(dashboard.TotalsID))
	for _, id := range []string{dashboard.GridID, dashboard.OrderID, botcard.CardID(a), botcard.CardID(b), botcard.UsageID(a)} {
		if strings.Contains(first, target(id)) {
			t.Errorf("#%s is sent though the page has it", id)
		}
	}
	s.deck.set(a, bot.Running)
	if m := s.until(in, target(botcard.CardID(a))); strings.Contains(m, target(dashboard.OrderID)) || strings.Contains(m, target(botcard.CardID(b))) {
		t.Errorf("more than what changed: %s", m)
	}
	// Somebody who comes back with the same address gets what has changed since it was made.
	again := s.until(s.messages(t.Context(), live), target(dashboard.TotalsID))
	if !strings.Contains(again, target(botcard.CardID(a))) || strings.Contains(again, target(botcard.CardID(b))) {
		t.Errorf("after coming back: %s", again)
	}
	// Nothing changes: nothing is gathered or drawn anew.
	if x, y := s.pages.muster(t.Context()), s.pages.muster(t.Context()); x != y {
		t.Error("a crew that didn't change was gathered twice")
	}
}

func TestPinsAndView(t *testing.T) {
	s := newStage(t)
	a, b, c, d := s.fleet()
	pin := func(id bot.ID, to string) {
		t.Helper()
		if res := s.ask(t.Context(), http.MethodPost, "/bots/"+id.String()+"/pin?to="+to, "Referer", s.url+"/?sort=name"); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/?sort=name" {
			t.Fatalf("pin %s: status %d to %q", to, res.StatusCode, res.Header.Get("Location"))
		}
	}
	pin(d, "on")
	pin(c, "on")
	pin(a, "on")
	want := func(sections string) {
		t.Helper()
		if got := s.sections(s.html("/?sort=name")); got != sections {
			t.Errorf("%q, want %q", got, sections)
		}
	}
	want("[*pinned] Dinghy Capstan Anchor [] Buoy")
	pin(a, "up")
	want("[*pinned] Dinghy Anchor Capstan [] Buoy")
	pin(d, "down")
	pin(c, "before&before="+a.String())
	want("[*pinned] Capstan Anchor Dinghy [] Buoy")
	pin(a, "off")
	want("[*pinned] Capstan Dinghy [] Anchor Buoy")
	if got := s.sections(s.html("/?by=state&state=running")); got != "[*pinned] Capstan [running] Anchor" {
		t.Errorf("filtered and grouped: %q", got)
	}
	menu := s.html("/bots/"+c.String()+"/menu?view=row", "HX-Request", "true")
	if !strings.Contains(menu, "Unpin") || !strings.Contains(menu, "Move down") || strings.Contains(menu, "Move up") || strings.Contains(menu, "<html") {
		t.Errorf("the menu of the first pinned bot: %s", menu)
	}
	if page := s.html("/bots/" + b.String() + "/menu"); !strings.Contains(page, "<html") || !strings.Contains(page, "Pin to the top") {
		t.Error("without scripts the menu is no page")
	}
	for _, bad := range []string{"/bots/" + b.String() + "/pin?to=moon", "/bots/" + bot.NewID().String() + "/pin?to=on", "/dashboard/view?view=heap"} {
		if res := s.ask(t.Context(), http.MethodPost, bad); res.StatusCode < 400 {
			t.Errorf("%s: status %d", bad, res.StatusCode)
		}
	}

	if res := s.ask(t.Context(), http.MethodPost, "/dashboard/view?q=an&view=table"); res.Header.Get("Location") != "/?q=an&view=table" {
		t.Errorf("to %q", res.Header.Get("Location"))
	}
	if html := s.html("/"); !strings.Contains(html, `role="table"`) {
		t.Error("the view isn't kept")
	}
	if html := s.html("/?view=cards"); strings.Contains(html, `role="table"`) {
		t.Error("the address doesn't win")
	}
}

func TestActionsOnChosenBots(t *testing.T) {
	s := newStage(t)
	a, b, c, _ := s.fleet()
	both := "id=" + a.String() + "&id=" + c.String()
	if res := s.ask(t.Context(), http.MethodPost, "/bots/actions?action=stop"); res.StatusCode < 400 {
		t.Error("no selection stopped something")
	}
	body, _ := io.ReadAll(s.ask(t.Context(), http.MethodPost, "/bots/actions?action=stop&id="+b.String()+"&"+both, "HX-Request", "true").Body)
	if !strings.Contains(string(body), "Stopping 2 bots") || !strings.Contains(string(body), "1 bot was left as it is") {
		t.Errorf("the summary is %s", body)
	}
	page, _ := io.ReadAll(s.ask(t.Context(), http.MethodPost, "/bots/actions?action=kill&"+both, "Referer", s.url+"/?tag=eu").Body)
	if !strings.Contains(string(page), "Kill 2 bots?") || !strings.Contains(string(page), `name="back" value="/?tag=eu"`) {
		t.Errorf("a kill doesn't ask: %s", page)
	}
	if res := s.ask(t.Context(), http.MethodPost, "/bots/actions?action=kill&confirm=yes&back="+url.QueryEscape("/?tag=eu")+"&"+both); res.Header.Get("Location") != "/?tag=eu" {
		t.Errorf("back to %q", res.Header.Get("Location"))
	}
}

// TestOrderByFigures: places change only now and then, members at once.
func TestOrderByFigures(t *testing.T) {
	one, two := 10.0, 20.0
	mk := func(name string, cpu *float64) *berth {
		b := &berth{}
		b.ID, b.Name, b.Usage.CPU = bot.NewID(), name, cpu
		return b
	}
	a, b, c := mk("a", &one), mk("b", &two), mk("c", nil)
	m := &muster{bots: []*berth{a, b, c}}
	names := func(places map[bot.ID]int) string {
		var out []string
		for _, s := range arrange(m, dashboard.Filter{Sort: dashboard.SortCPU}, desk.Desk{}, places) {
			for _, x := range s.Bots {
				out = append(out, x.Name)
			}
		}
		return strings.Join(out, " ")
	}
	if got := names(nil); got != "b a c" {
		t.Errorf("by CPU: %s", got)
	}
	places := map[bot.ID]int{a.ID: 0, b.ID: 1, c.ID: 2}
	m.bots = append([]*berth{mk("new", &two)}, m.bots...)
	if got := names(places); got != "a b c new" {
		t.Errorf("kept: %s", got)
	}
	m.bots = slices.Delete(m.bots, 1, 2)
	if got := names(places); got != "b c new" {
		t.Errorf("one has left: %s", got)
	}
}
