package web

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/net/html"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/health"
	"github.com/botswain/botswain/app/platform"
	"github.com/botswain/botswain/app/secret"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/layout"
)

// shelf keeps definitions in memory, with the rules that the forms have to deal with.
type shelf struct {
	workshop
	bots    map[bot.ID]crew.View
	acted   []bot.Action
	secrets map[string]string // values by name, of all bots
	err     error             // what the next change answers
}

func (s *shelf) Get(_ context.Context, id bot.ID) (crew.View, error) {
	if v, ok := s.bots[id]; ok {
		return v, nil
	}
	return crew.View{}, fault.New(fault.NotFound, "There is no such bot.")
}

func (s *shelf) All(context.Context) []crew.View { return slices.Collect(maps.Values(s.bots)) }

func (s *shelf) Create(ctx context.Context, by event.Actor, spec bot.Spec) (crew.View, error) {
	return s.CreateWith(ctx, by, spec, secret.Change{})
}

// keep remembers the values, and shows what may be shown.
func (s *shelf) keep(v *crew.View, c secret.Change) {
	if s.secrets == nil {
		s.secrets = map[string]string{}
	}
	v.Secrets = slices.DeleteFunc(slices.Clone(v.Secrets), func(i secret.Info) bool {
		_, set := c.Set[i.Name]
		return set || slices.Contains(c.Remove, i.Name)
	})
	for _, name := range slices.Sorted(maps.Keys(c.Set)) {
		s.secrets[name] = c.Set[name]
		v.Secrets = append(v.Secrets, secret.Info{Name: name, Hint: "9Qk5"})
	}
}

func (s *shelf) SetSecrets(_ context.Context, _ event.Actor, id bot.ID, c secret.Change) (crew.View, error) {
	if s.err != nil {
		return crew.View{}, s.err
	}
	v := s.bots[id]
	s.keep(&v, c)
	s.bots[id] = v
	return v, nil
}

func (s *shelf) CreateWith(_ context.Context, _ event.Actor, spec bot.Spec, c secret.Change) (crew.View, error) {
	if s.err != nil {
		return crew.View{}, s.err
	}
	v := crew.View{Bot: bot.Bot{ID: bot.NewID(), Spec: spec, Version: 1}, Status: bot.Status{State: bot.Stopped}}
	s.keep(&v, c)
	s.bots[v.ID] = v
	return v, nil
}

func (s *shelf) UpdateWith(_ context.Context, _ event.Actor, id bot.ID, version int, spec bot.Spec, c secret.Change) (crew.View, error) {
	v := s.bots[id]
	switch {
	case s.err != nil:
		return crew.View{}, s.err
	case version != v.Version:
		return crew.View{}, fault.New(fault.Conflict, "It was changed.")
	}
	v.Spec, v.Version = spec, v.Version+1
	s.keep(&v, c)
	s.bots[id] = v
	return v, nil
}

func (s *shelf) Duplicate(ctx context.Context, by event.Actor, id bot.ID) (crew.View, error) {
	spec := s.bots[id].Spec
	spec.Name += " copy"
	return s.Create(ctx, by, spec)
}

func (s *shelf) Delete(_ context.Context, _ event.Actor, id bot.ID) error {
	delete(s.bots, id)
	return s.err
}

func (s *shelf) Act(_ context.Context, _ event.Actor, id bot.ID, a bot.Action) (crew.View, error) {
	s.acted = append(s.acted, a)
	return s.bots[id], nil
}

// bench is the forms over a shelf with one bot.
type bench struct {
	t     *testing.T
	shelf *shelf
	forms *botForms
	one   bot.ID
}

func newBench(t *testing.T) *bench {
	s := &shelf{bots: map[bot.ID]crew.View{}}
	v, err := s.Create(t.Context(), "", filledSpec())
	if err != nil {
		t.Fatal(err)
	}
	server := &Server{log: slog.New(slog.DiscardHandler)}
	return &bench{t, s, &botForms{server, s, around{
		card: plainCard, tab: noTab, health: func() health.State { return health.State{} }, outages: func() []platform.Outage { return nil },
	}}, v.ID}
}

func noTab(context.Context, bot.ID) layout.Tab { return layout.Tab{} }

func plainCard(v crew.View, at time.Time) botcard.Bot {
	return botcard.Bot{Bot: v.Bot, Status: v.Status, Now: at}
}

// send calls a handler with a form (nil: none) and gives the answer and its page.
func (b *bench) send(h echo.HandlerFunc, id bot.ID, form url.Values) (*httptest.ResponseRecorder, *html.Node) {
	b.t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(form.Encode()))
	r.Header.Set(echo.HeaderContentType, echo.MIMEApplicationForm)
	w := httptest.NewRecorder()
	c := echo.New().NewContext(r, w)
	c.SetParamNames("id")
	c.SetParamValues(id.String())
	if err := h(c); err != nil {
		b.t.Fatal(err)
	}
	doc, err := html.Parse(strings.NewReader(w.Body.String()))
	if err != nil {
		b.t.Fatal(err)
	}
	return w, doc
}

func (b *bench) stored() bot.Spec { return b.shelf.bots[b.one].Spec }

// byID finds an element, or fails.
func (b *bench) byID(doc *html.Node, id string) *html.Node {
	b.t.Helper()
	for n := range doc.Descendants() {
		if attrOf(n, "id") == id {
			return n
		}
	}
	b.t.Fatalf("there is no #%s", id)
	return nil
}

func attrOf(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func wordsOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func TestCreateForm(t *testing.T) {
	b := newBench(t)
	form := postOf(formValues(filledSpec(), 0))
	form.Set("name", "Second")
	w, _ := b.send(b.forms.create, bot.ID{}, form)
	if w.Code != http.StatusSeeOther || len(b.shelf.bots) != 2 || len(b.shelf.acted) != 0 {
		t.Fatalf("create only: %d, %d bots, actions %v", w.Code, len(b.shelf.bots), b.shelf.acted)
	}
	form.Set("name", "Third")
	form.Set("then", "start")
	if b.send(b.forms.create, bot.ID{}, form); !slices.Equal(b.shelf.acted, []bot.Action{bot.Start}) {
		t.Errorf("create and start: actions %v", b.shelf.acted)
	}
}

// TestWrongForm: what was typed comes back, each problem stands at its field and is linked from the
// banner, which takes the focus.
func TestWrongForm(t *testing.T) {
	b := newBench(t)
	form := postOf(formValues(filledSpec(), 0))
	form.Set("name", "")
	form.Set("command", `python "bot.py`)
	form.Set("stop-grace", "soon")
	form.Add("env_name", "TZ")
	form.Add("env_value", "UTC")
	w, doc := b.send(b.forms.create, bot.ID{}, form)
	if w.Code != http.StatusUnprocessableEntity || len(b.shelf.bots) != 1 {
		t.Fatalf("%d, %d bots", w.Code, len(b.shelf.bots))
	}
	banner := b.byID(doc, "problems")
	if want := "4 things need a change before this bot can be created Name Start command Environment Stop grace"; wordsOf(banner) != want {
		t.Errorf("banner %q, want %q", wordsOf(banner), want)
	}
	if attrOf(banner, "role") != "alert" || attrOf(banner, "tabindex") != "-1" {
		t.Error("the banner can't take the focus")
	}
	for n := range banner.Descendants() {
		if href := attrOf(n, "href"); href != "" {
			b.byID(doc, strings.TrimPrefix(href, "#"))
		}
	}
	for id, value := range map[string]string{"name": "", "command": `python "bot.py`, "stop-grace": "soon", "dir": "/srv/bots/tide"} {
		if got := attrOf(b.byID(doc, id), "value"); got != value {
			t.Errorf("#%s has %q, want %q", id, got, value)
		}
	}
	for _, id := range []string{"name", "command", "stop-grace", "env-2"} {
		in := b.byID(doc, id)
		if attrOf(in, "aria-invalid") != "true" || wordsOf(b.byID(doc, attrOf(in, "aria-describedby"))) == "" {
			t.Errorf("#%s isn't marked", id)
		}
	}
}

func TestRefusedForm(t *testing.T) {
	b := newBench(t)
	form := postOf(formValues(filledSpec(), 0))
	tests := []struct {
		name   string
		err    error
		status int
		says   string
	}{
		{"name is taken", &fault.Error{Code: fault.Conflict, Message: "m", Fields: map[string]string{"name": "A bot with this name exists."}}, 422, "A bot with this name exists."},
		{"database away", fault.Wrap(errors.New("dial the cause"), fault.Unavailable, "The database is away."), 503, "The database is away."},
		{"a bug", errors.New("the cause in detail"), 500, "This was not saved"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b.shelf.err = tt.err
			w, doc := b.send(b.forms.create, bot.ID{}, form)
			page := wordsOf(doc)
			if w.Code != tt.status || !strings.Contains(page, tt.says) || strings.Contains(page, "the cause") {
				t.Errorf("%d, want %d and %q, and no cause:\n%s", w.Code, tt.status, tt.says, page)
			}
			if got := attrOf(b.byID(doc, "name"), "value"); got != "Tide Times" {
				t.Errorf("the input is gone: name %q", got)
			}
		})
	}
}

func TestSettingsForm(t *testing.T) {
	b := newBench(t)
	v := formValues(b.stored(), 1)
	v.Name = "Renamed"
	form := postOf(v)
	form.Set("version", "1")
	form.Set("then", "restart")
	if w, _ := b.send(b.forms.update, b.one, form); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code)
	}
	got := b.stored()
	if got.Name != "Renamed" || got.Limits.OpenFiles != 64 || got.Restart.Factor != 3 {
		t.Errorf("stored %+v", got)
	}
	if !slices.Equal(b.shelf.acted, []bot.Action{bot.Restart}) {
		t.Errorf("actions %v", b.shelf.acted)
	}
}

// TestOvertakenForm: two people edit at once; the second is told, keeps the input, and may save
// again on top.
func TestOvertakenForm(t *testing.T) {
	b := newBench(t)
	first, second := formValues(b.stored(), 1), formValues(b.stored(), 1)
	first.Dir, second.Name = "/srv/theirs", "Mine"
	f := postOf(first)
	f.Set("version", "1")
	b.send(b.forms.update, b.one, f)

	f = postOf(second)
	f.Set("version", "1")
	w, doc := b.send(b.forms.update, b.one, f)
	banner := wordsOf(b.byID(doc, "problems"))
	if w.Code != http.StatusConflict || b.stored().Name == "Mine" || !strings.Contains(banner, "Name, Working folder") {
		t.Fatalf("%d, stored %q, banner %q", w.Code, b.stored().Name, banner)
	}
	if got := attrOf(b.byID(doc, "name"), "value"); got != "Mine" {
		t.Errorf("the input is gone: %q", got)
	}
	for n := range doc.Descendants() {
		if attrOf(n, "name") == "version" {
			f.Set("version", attrOf(n, "value"))
		}
	}
	if w, _ := b.send(b.forms.update, b.one, f); w.Code != http.StatusSeeOther || b.stored().Name != "Mine" {
		t.Errorf("saving again: %d, stored %q", w.Code, b.stored().Name)
	}
}

func TestDuplicateAndDelete(t *testing.T) {
	b := newBench(t)
	w, _ := b.send(b.forms.duplicate, b.one, nil)
	if w.Code != http.StatusSeeOther || !strings.HasSuffix(w.Header().Get("Location"), "/settings") || len(b.shelf.bots) != 2 {
		t.Fatalf("duplicate: %d to %q, %d bots", w.Code, w.Header().Get("Location"), len(b.shelf.bots))
	}
	w, doc := b.send(b.forms.delete, b.one, url.Values{"confirm": {"tide times"}})
	if w.Code != http.StatusUnprocessableEntity || len(b.shelf.bots) != 2 {
		t.Fatalf("with a wrong name: %d, %d bots", w.Code, len(b.shelf.bots))
	}
	b.byID(doc, "delete-bot")
	if w, _ := b.send(b.forms.delete, b.one, url.Values{"confirm": {" Tide Times "}}); w.Code != http.StatusSeeOther || len(b.shelf.bots) != 1 {
		t.Errorf("delete: %d, %d bots", w.Code, len(b.shelf.bots))
	}
}

func TestCommandPreview(t *testing.T) {
	b := newBench(t)
	_, doc := b.send(b.forms.command, bot.ID{}, url.Values{"command": {`python -c "print(1)" ''`}})
	if got := wordsOf(doc); got != "Understood as python -c print(1) (empty)" {
		t.Errorf("got %q", got)
	}
	if _, doc = b.send(b.forms.command, bot.ID{}, url.Values{"command": {`python "`}}); !strings.Contains(wordsOf(doc), "quotation mark") {
		t.Errorf("got %q", wordsOf(doc))
	}
}
