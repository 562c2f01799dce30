package web

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"golang.org/x/net/html"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
)

const (
	goodToken = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1"
	badToken  = "no-token-at-all-9Qk5"
)

// page is a document as text.
func page(t *testing.T, doc *html.Node) string {
	t.Helper()
	var b strings.Builder
	if err := html.Render(&b, doc); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestSecretsOfANewBot(t *testing.T) {
	b := newBench(t)
	form := postOf(formValues(filledSpec(), 0))
	form.Set("name", "Another")
	form.Set("type", string(bot.TelegramBot))
	form.Set("secret.telegram_bot.TOKEN", badToken)
	form.Set("secret.discord_bot.TOKEN", "of another type")
	w, doc := b.send(b.forms.create, b.one, form)
	input := b.byID(doc, "secret-telegram_bot-TOKEN")
	if w.Code != http.StatusUnprocessableEntity || attrOf(input, "aria-invalid") != "true" || attrOf(input, "value") != "" || attrOf(input, "type") != "password" {
		t.Errorf("%d, %v", w.Code, input.Attr)
	}
	if text := page(t, doc); strings.Contains(text, badToken) || !strings.Contains(text, `href="#secret-telegram_bot-TOKEN"`) || !strings.Contains(text, "t.me/BotFather") || !strings.Contains(text, "Type the secrets again") {
		t.Errorf("the page:\n%s", text)
	}
	if n := b.byID(doc, "secret-discord_bot-TOKEN"); attrOf(n, "aria-invalid") != "" {
		t.Error("the field of another type is marked")
	}
	form.Set("secret.telegram_bot.TOKEN", " "+goodToken+" ")
	if w, _ := b.send(b.forms.create, b.one, form); w.Code != http.StatusSeeOther || b.shelf.secrets["TOKEN"] != goodToken {
		t.Errorf("%d, %v", w.Code, b.shelf.secrets)
	}
}

func TestFreeSecretsOfANewBot(t *testing.T) {
	b := newBench(t)
	form := postOf(formValues(filledSpec(), 0))
	form.Set("name", "Another")
	form.Set("type", string(bot.Generic))
	form["secret_name"] = []string{"A", "", goodToken, "A", "BOT_ID"}
	form["secret_value"] = []string{"hidden-1", "hidden-2", "hidden-3", "hidden-4", "hidden-5"}
	w, doc := b.send(b.forms.create, b.one, form)
	text := page(t, doc)
	if w.Code != http.StatusUnprocessableEntity || strings.Contains(text, "hidden-") || strings.Contains(text, goodToken) || !strings.Contains(text, `href="#secrets"`) {
		t.Errorf("%d\n%s", w.Code, text)
	}
	for _, want := range []string{"Give this secret a name", "is there twice", "BOT_ID is set by Botswain itself"} {
		if !strings.Contains(text, want) {
			t.Errorf("it doesn't say %q", want)
		}
	}
	form["secret_name"], form["secret_value"] = []string{"A", "B", ""}, []string{"1", "2", ""}
	if w, _ := b.send(b.forms.create, b.one, form); w.Code != http.StatusSeeOther || b.shelf.secrets["A"] != "1" || b.shelf.secrets["B"] != "2" {
		t.Errorf("%d, %v", w.Code, b.shelf.secrets)
	}
}

func TestSecretsPage(t *testing.T) {
	b := newBench(t)
	set := func(name, value string) (int, string) {
		w, doc := b.send(b.forms.setSecret, b.one, url.Values{"name": {name}, "value": {value}})
		return w.Code, page(t, doc)
	}
	if code, _ := set(" OWN ", " hidden-9Qk5 "); code != http.StatusSeeOther || b.shelf.secrets["OWN"] != "hidden-9Qk5" {
		t.Errorf("%d, %v", code, b.shelf.secrets)
	}
	_, doc := b.send(b.forms.secretsPage, b.one, nil)
	if text := page(t, doc); strings.Contains(text, "hidden-9Qk5") || !strings.Contains(text, "ends in 9Qk5") || !strings.Contains(text, "takes effect at the next start") {
		t.Errorf("the page:\n%s", text)
	}
	if strings.Contains(page(t, doc), "<textarea") || !strings.Contains(page(t, doc), "many=1") {
		t.Error("the box isn't of one line, or there is no way to the other")
	}
	const key = "-----BEGIN KEY-----\nhidden\n-----END KEY-----"
	if _, doc = b.send(b.forms.setSecret, b.one, url.Values{"name": {"BOT_ID"}, "value": {"hidden"}, "many": {"1"}}); b.byID(doc, "value").Data != "textarea" {
		t.Error("a refused value of several lines has a box of one")
	}
	w, _ := b.send(b.forms.setSecret, b.one, url.Values{"name": {"OWN"}, "value": {"\r\n" + strings.ReplaceAll(key, "\n", "\r\n") + "\r\n"}, "many": {"1"}})
	if w.Code != http.StatusSeeOther || b.shelf.secrets["OWN"] != key {
		t.Errorf("%d, %q", w.Code, b.shelf.secrets["OWN"])
	}
	for name, c := range map[string]struct{ name, value, want string }{
		"a token for a name": {goodToken, "hidden", "The name of a secret has letters"},
		"no value":           {"X", "  ", "Give a value."},
		"ours":               {"BOT_ID", "hidden", "set by Botswain itself"},
		"too long":           {"X", "hidden" + strings.Repeat("x", 64<<10), "at most 64 KiB"},
	} {
		code, text := set(c.name, c.value)
		if code != http.StatusUnprocessableEntity || !strings.Contains(text, c.want) || strings.Contains(text, goodToken) || strings.Contains(text, "value=\"hidden") {
			t.Errorf("%s: %d\n%s", name, code, text)
		}
	}
	if w, _ := b.send(b.forms.removeSecret, b.one, url.Values{"name": {"OWN"}}); w.Code != http.StatusSeeOther || len(b.shelf.bots[b.one].Secrets) != 0 {
		t.Errorf("remove: %d, %v", w.Code, b.shelf.bots[b.one].Secrets)
	}
	if w, _ := b.send(b.forms.removeSecret, b.one, url.Values{"name": {"OWN"}}); w.Code != http.StatusSeeOther {
		t.Errorf("remove again: %d", w.Code)
	}
	b.shelf.err = &fault.Error{Code: fault.Invalid, Message: "x", Fields: map[string]string{"secrets": "A bot may have at most 50 secrets."}}
	if code, text := set("X", "y"); code != http.StatusUnprocessableEntity || !strings.Contains(text, "at most 50 secrets") {
		t.Errorf("a refusal of the service: %d", code)
	}
}

// While the database is away the name stays in the form; the value never comes back, and that is said.
func TestSecretThatIsNotStored(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		status int
		says   string
	}{
		"database away": {fault.Wrap(errors.New("dial the cause"), fault.Unavailable, "The database is away."), http.StatusServiceUnavailable, "The database is away."},
		"a bug":         {errors.New("the cause in detail"), http.StatusInternalServerError, "Something went wrong on our side"},
	} {
		b := newBench(t)
		b.shelf.err = c.err
		w, doc := b.send(b.forms.setSecret, b.one, url.Values{"name": {"OWN"}, "value": {"hidden-9Qk5"}})
		text := page(t, doc)
		if w.Code != c.status || !strings.Contains(wordsOf(b.byID(doc, "problems")), c.says) || strings.Contains(text, "the cause") || strings.Contains(text, "hidden-9Qk5") {
			t.Errorf("%s: %d\n%s", name, w.Code, text)
		}
		if attrOf(b.byID(doc, "name"), "value") != "OWN" || !strings.Contains(wordsOf(b.byID(doc, "value-err")), "Type the value again") {
			t.Errorf("%s: the name is gone, or nothing says that the value has to be typed again", name)
		}
	}
	b := newBench(t)
	b.shelf.err = fault.New(fault.NotFound, "There is no such bot.")
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(url.Values{"name": {"OWN"}, "value": {"x"}}.Encode()))
	r.Header.Set(echo.HeaderContentType, echo.MIMEApplicationForm)
	c := echo.New().NewContext(r, httptest.NewRecorder())
	c.SetParamNames("id")
	c.SetParamValues(b.one.String())
	if err := b.forms.setSecret(c); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("a bot that is gone: %v", err)
	}
}
