package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/runtimes"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/botpage"
)

// workshop makes bots as the real service does, but stores none.
type workshop struct {
	installs  []bot.ID
	templates []crew.FromTemplate
	refuse    error
}

func (*workshop) real() *crew.Service { return crew.New(crew.Options{DataDir: "data"}) }

func (w *workshop) Look(dir string) (runtimes.Proposal, error) { return w.real().Look(dir) }
func (w *workshop) Templates() []crew.Template                 { return w.real().Templates() }
func (w *workshop) Template(key string) (crew.Template, bool)  { return w.real().Template(key) }
func (w *workshop) TemplateDir(name, key string) string        { return w.real().TemplateDir(name, key) }
func (w *workshop) AddTemplate(_ context.Context, _ event.Actor, in crew.FromTemplate) (crew.View, error) {
	w.templates = append(w.templates, in)
	return crew.View{Bot: bot.Bot{ID: bot.NewID(), Spec: bot.Spec{Name: in.Name, Dir: "data/bots/x"}}}, w.refuse
}

func (w *workshop) Install(_ context.Context, _ event.Actor, id bot.ID) (crew.View, error) {
	w.installs = append(w.installs, id)
	return crew.View{}, w.refuse
}

func (w *workshop) CancelInstall(context.Context, event.Actor, bot.ID) (crew.View, error) {
	return crew.View{}, fault.New(fault.Conflict, "Nothing is being installed.")
}

// folderOf makes a directory with a Python bot.
func folderOf(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("TOKEN=\nGREETING=hi\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestLookFillsTheForm(t *testing.T) {
	b := newBench(t)
	form := postOf(formValues(filledSpec(), 0))
	form.Set("name", "Second")
	form.Set("type", string(bot.Generic))
	form.Set("command", " ")
	form.Set("dir", folderOf(t, "requirements.txt", "main.py", ".env.example"))
	w, doc := b.send(b.forms.lookNew, bot.ID{}, form)
	if w.Code != http.StatusOK || attrOf(b.byID(doc, "command"), "value") != ".venv/bin/python main.py" || attrOf(b.byID(doc, "name"), "value") != "Second" {
		t.Errorf("%d, command %q", w.Code, attrOf(b.byID(doc, "command"), "value"))
	}
	panel := wordsOf(b.byID(doc, "look"))
	for _, want := range []string{"Python requirements.txt, main.py", "python3 -m venv .venv", "GREETING", "TOKEN"} {
		if !strings.Contains(panel, want) {
			t.Errorf("no %q in %q", want, panel)
		}
	}
	if page := w.Body.String(); !strings.Contains(page, `value="GREETING"`) || !strings.Contains(page, `value="TOKEN"`) {
		t.Error("the variables of the example aren't in the form")
	}
	if len(b.shelf.bots) != 1 {
		t.Error("looking made a bot")
	}
	form.Set("dir", "/nowhere/at/all")
	if w, doc = b.send(b.forms.lookNew, bot.ID{}, form); w.Code != http.StatusUnprocessableEntity || !strings.Contains(wordsOf(b.byID(doc, "dir-err")), "no such directory") {
		t.Errorf("%d without a directory", w.Code)
	}
}

func TestLookPanelAlone(t *testing.T) {
	b := newBench(t)
	w, doc := b.send(b.forms.look, bot.ID{}, url.Values{"dir": {folderOf(t, "index.html")}})
	if w.Code != http.StatusOK || !strings.Contains(wordsOf(b.byID(doc, "look")), "Nothing was recognised") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	w, doc = b.send(b.forms.look, bot.ID{}, url.Values{"dir": {"/nowhere"}})
	if w.Code != http.StatusOK || !strings.Contains(wordsOf(b.byID(doc, "look")), "no such directory") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	t.Setenv("PATH", t.TempDir())
	_, doc = b.send(b.forms.look, bot.ID{}, url.Values{"dir": {folderOf(t, "main.py")}})
	if words := wordsOf(b.byID(doc, "look")); !strings.Contains(words, "python3 is not on this machine. Install the package python3") {
		t.Error(words)
	}
}

func TestCreateAndInstall(t *testing.T) {
	b := newBench(t)
	form := postOf(formValues(filledSpec(), 0))
	form.Set("name", "Second")
	form.Set("then", "install")
	if w, _ := b.send(b.forms.create, bot.ID{}, form); w.Code != http.StatusSeeOther || len(b.shelf.installs) != 1 || len(b.shelf.acted) != 0 {
		t.Errorf("%d, installed %v, acted %v", w.Code, b.shelf.installs, b.shelf.acted)
	}
}

// key sends a form to a handler of a template.
func (b *bench) key(h echo.HandlerFunc, key string, form url.Values) (*httptest.ResponseRecorder, error) {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(form.Encode()))
	r.Header.Set(echo.HeaderContentType, echo.MIMEApplicationForm)
	w := httptest.NewRecorder()
	c := echo.New().NewContext(r, w)
	c.SetParamNames("key")
	c.SetParamValues(key)
	return w, h(c)
}

func TestTemplates(t *testing.T) {
	b := newBench(t)
	w, err := b.key(b.forms.gallery, "", nil)
	for _, want := range []string{"python-telegram", "node-discord", "/bots/templates/python-telegram-userbot"} {
		if err != nil || !strings.Contains(w.Body.String(), want) {
			t.Errorf("no %s in the gallery, %v", want, err)
		}
	}
	if w, err = b.key(b.forms.templatePage, "python-telegram-userbot", nil); err != nil || !strings.Contains(w.Body.String(), `name="secret.API_HASH"`) {
		t.Errorf("form: %v", err)
	}
	if _, err = b.key(b.forms.templatePage, "cobol", nil); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("unknown: %v", err)
	}
	form := url.Values{"name": {"Mine"}, "secret.TOKEN": {"hush"}, "secret.OTHER": {"x"}, "install-now": {"on"}}
	w, err = b.key(b.forms.addTemplate, "node-telegram", form)
	in := b.shelf.templates[0]
	if err != nil || w.Code != http.StatusSeeOther || in.Name != "Mine" || len(in.Secrets) != 1 || in.Secrets["TOKEN"] != "hush" || len(b.shelf.installs) != 1 {
		t.Errorf("%d, %v, %+v, installed %v", w.Code, err, in.Name, b.shelf.installs)
	}
	b.shelf.refuse = &fault.Error{Code: fault.Invalid, Message: "Please correct: dir.", Fields: map[string]string{"dir": "There is a main.py already."}}
	w, err = b.key(b.forms.addTemplate, "node-telegram", form)
	if page := w.Body.String(); err != nil || w.Code != http.StatusUnprocessableEntity || !strings.Contains(page, "There is a main.py already.") || strings.Contains(page, "hush") {
		t.Errorf("%d, %v", w.Code, err)
	}
}

func TestHeadTellsOfAnInstallation(t *testing.T) {
	began := time.Now().Add(-time.Minute)
	for want, i := range map[string]*bot.Install{
		"Install dependencies":           nil,
		"Installing what it needs":       {Commands: "npm ci", StartedAt: began},
		"Stopping the installation":      {StartedAt: began, Outcome: bot.InstallCancelled},
		"It failed: exit code 1":         {StartedAt: began, EndedAt: time.Now(), Outcome: bot.InstallFailed, Reason: "exit code 1"},
		"cancelled by anna":              {StartedAt: began, EndedAt: time.Now(), Outcome: bot.InstallCancelled, Reason: "cancelled by anna"},
		"Install dependencies Installed": {StartedAt: began, EndedAt: time.Now(), Outcome: bot.Installed},
	} {
		var out strings.Builder
		b := botcard.Bot{Bot: bot.Bot{ID: bot.NewID(), Spec: filledSpec()}, Status: bot.Status{State: bot.Stopped, Install: i}, Now: time.Now()}
		for _, part := range []templ.Component{botpage.Head(b, botcard.OnPage), botpage.Notices(b), botpage.Process(b, botpage.MayInstall(b))} {
			if err := part.Render(t.Context(), &out); err != nil {
				t.Fatal(err)
			}
		}
		words := strings.Join(strings.Fields(stripTags(out.String())), " ")
		if !strings.Contains(words, want) || i.Open() == strings.Contains(out.String(), "-start-stopped") {
			t.Errorf("%q: %s", want, words)
		}
	}
}

func stripTags(s string) string {
	var b strings.Builder
	inside := false
	for _, r := range s {
		switch {
		case r == '<':
			inside = true
			b.WriteByte(' ')
		case r == '>':
			inside = false
		case !inside:
			b.WriteRune(r)
		}
	}
	return b.String()
}
