package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"golang.org/x/net/html"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/views/botform"
)

// valuesOf are the values of all inputs of a name, from top to bottom.
func valuesOf(doc *html.Node, name string) []string {
	var list []string
	for n := range doc.Descendants() {
		if n.Data == "input" && attrOf(n, "name") == name {
			list = append(list, attrOf(n, "value"))
		}
	}
	return list
}

// Looking into a folder loses nothing of what was typed before, but for values of secrets, and that is said.
func TestLookKeepsWhatWasTyped(t *testing.T) {
	b := newBench(t)
	form := postOf(formValues(filledSpec(), 0))
	form.Set("type", string(bot.Generic))
	form.Set("command", "my own command")
	form.Set("dir", folderOf(t, "main.py", ".env.example"))
	form["secret_name"], form["secret_value"] = []string{"MINE", "", goodToken}, []string{"hidden-1", "", "hidden-2"}
	w, doc := b.send(b.forms.lookNew, bot.ID{}, form)
	text := page(t, doc)
	if got := attrOf(b.byID(doc, "command"), "value"); w.Code != http.StatusOK || got != "my own command" {
		t.Errorf("%d, the command became %q", w.Code, got)
	}
	if got := valuesOf(doc, "secret_name"); !slices.Equal(got, []string{"MINE", "TOKEN", ""}) {
		t.Errorf("the names of secrets are %q", got)
	}
	if strings.Contains(text, "hidden-") || strings.Contains(text, goodToken) {
		t.Error("the value of a secret came back")
	}
	if panel := wordsOf(b.byID(doc, "look")); !strings.Contains(panel, "Type the secrets again") || !strings.Contains(panel, "The start command that you typed stays") {
		t.Errorf("the panel says %q", panel)
	}

	// What was filled in isn't typed: the next folder's takes its place, but for a command that was changed.
	form.Set("command", "")
	_, doc = b.send(b.forms.lookNew, bot.ID{}, form)
	filled := attrOf(b.byID(doc, "command"), "value")
	if got := valuesOf(doc, botform.FilledInput); filled == "" || !slices.Equal(got, []string{filled}) {
		t.Fatalf("%q was filled in, and it is noted as %q", filled, got)
	}
	form.Set("command", filled)
	form.Set(botform.FilledInput, filled)
	form.Set("dir", folderOf(t, "bot.py"))
	_, doc = b.send(b.forms.lookNew, bot.ID{}, form)
	if got := attrOf(b.byID(doc, "command"), "value"); got == filled || !strings.Contains(got, "bot.py") {
		t.Errorf("the command of another folder: %q", got)
	}
	form.Set("command", filled+" --verbose")
	_, doc = b.send(b.forms.lookNew, bot.ID{}, form)
	if got := attrOf(b.byID(doc, "command"), "value"); got != filled+" --verbose" {
		t.Errorf("a command that was changed became %q", got)
	}

	// A folder that isn't there.
	form.Set("dir", "/nowhere/at/all")
	w, doc = b.send(b.forms.lookNew, bot.ID{}, form)
	if got := valuesOf(doc, "secret_name"); w.Code != http.StatusUnprocessableEntity || got[0] != "MINE" || !strings.Contains(wordsOf(b.byID(doc, "problems")), "Type the secrets again") {
		t.Errorf("%d, the names are %q", w.Code, got)
	}
}

// To scripts only what is filled in is sent, so that all else stays as it is.
func TestLookFillsAnOpenForm(t *testing.T) {
	b := newBench(t)
	form := postOf(formValues(filledSpec(), 0))
	form.Set("type", string(bot.Generic))
	form.Set("command", "")
	form["secret_name"], form["secret_value"] = []string{"", "MINE", ""}, []string{"a value without a name", "hidden-1", ""}
	send := func(dir string) string {
		t.Helper()
		form.Set("dir", dir)
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(form.Encode()))
		r.Header.Set(echo.HeaderContentType, echo.MIMEApplicationForm)
		r.Header.Set("HX-Request", "true")
		w := httptest.NewRecorder()
		if err := b.forms.lookNew(echo.New().NewContext(r, w)); err != nil || w.Code != http.StatusOK {
			t.Fatal(w.Code, err)
		}
		if strings.Contains(w.Body.String(), "hidden-1") || strings.Contains(w.Body.String(), "without a name") {
			t.Error("the value of a secret came back")
		}
		return w.Body.String()
	}
	dir := folderOf(t, "main.py", ".env.example")
	got := send(dir)
	for _, want := range []string{`hx-target="#command-box"`, `value="GREETING"`, `hx-target="#secret-name-2"`, `main.py`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
	form["secret_name"], form["secret_value"] = []string{"A", "B", "C"}, []string{"", "", ""}
	if got = send(dir); !strings.Contains(got, `hx-target="#secret-rows"`) || !strings.Contains(got, `id="secret-value-3"`) {
		t.Errorf("no new row: %s", got)
	}
	form.Set("command", "mine")
	form["env_name"], form["secret_name"] = append(form["env_name"], "GREETING"), []string{"TOKEN"}
	if got = send(dir); strings.Contains(got, "<hx-partial") || !strings.Contains(got, "The start command that you typed stays") {
		t.Errorf("what was typed is sent: %s", got)
	}
	if got = send("/nowhere/at/all"); !strings.Contains(got, "no such directory") || strings.Contains(got, "<hx-partial") {
		t.Errorf("a folder that isn't there: %s", got)
	}
	// A bot that exists isn't made, and may have the secrets already.
	form = url.Values{"dir": {dir}, "version": {"3"}, "type": {string(bot.Generic)}}
	if got = send(dir); strings.Contains(got, "secret-") || strings.Contains(got, `value="install"`) || !strings.Contains(got, "#command-box") {
		t.Errorf("in the settings of a bot: %s", got)
	}
}
