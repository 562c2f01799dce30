package i18n

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func german(t *testing.T) *Language {
	t.Helper()
	l, ok := Find("de")
	if !ok {
		t.Fatal("there is no German")
	}
	return l
}

func TestMatch(t *testing.T) {
	for accept, want := range map[string]string{
		"": "en", "de": "de", "de-AT,de;q=0.9,en;q=0.8": "de", "en-GB,en;q=0.9,de;q=0.8": "en", "fr,de;q=0.5": "de", "fr-FR,fr": "en",
		"de;q=0, en": "en", "*": "en", ";;;": "en", "de-CH-1996": "de", strings.Repeat("de,", 1000): "en", "gsw": "de",
	} {
		if got := Match(accept).Tag(); got != want {
			t.Errorf("%.40q gives %s, want %s", accept, got, want)
		}
	}
	if _, ok := Find("DE; Path=/"); ok {
		t.Error("an invented tag is a language")
	}
}

func TestText(t *testing.T) {
	de, en := german(t), English()
	for _, tt := range []struct{ got, want string }{
		{en.T("auth.welcome"), "Welcome aboard"}, {de.T("auth.welcome"), "Willkommen an Bord"},
		{en.T("form.change-before-save", 1), "One thing needs a change before this can be saved"},
		{en.T("form.change-before-save", 2), "2 things need a change before this can be saved"},
		{de.T("form.change-before-save", 1), "Eine Angabe muss geändert werden, bevor gespeichert werden kann"},
		{de.T("form.change-before-save", 1234), "1.234 Angaben müssen geändert werden, bevor gespeichert werden kann"},
		{de.T("ui.show-field", "100 % <b>"), "100 % <b> anzeigen"},
		{de.T("no.such.key"), "no.such.key"},
		{T(With(t.Context(), de), "auth.sign-in"), "Anmelden"}, {T(t.Context(), "auth.sign-in"), "Sign in"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

func TestFigures(t *testing.T) {
	de, en := german(t), English()
	at := time.Date(2026, 3, 5, 14, 7, 0, 0, time.UTC)
	for _, tt := range []struct{ got, want string }{
		{de.Count(-1234567), "-1.234.567"}, {de.Number(1234.567), "1.234,57"}, {de.Short(1_234_567), "1,2M"}, {de.Bytes(16750372454), "15,6 GB"},
		{de.Percent(0.068), "6,8\u00a0%"}, {de.Percent(0.991), "99\u00a0%"}, {en.Percent(0.068), "6.8%"}, {en.Number(1234.567), "1,234.57"},
		{de.Span(218 * time.Hour), "9 T 2 h"}, {en.Span(218 * time.Hour), "9 d 2 h"}, {de.Span(134 * time.Second), "2 min 14 s"},
		{de.Time("time.date", at), "5.3.2026"}, {en.Time("time.date", at), "5 Mar 2026"},
		{de.Time("time.moment", at), "Do, 5.3.2026 14:07 UTC"}, {en.Time("time.moment", at), "Thu 5 Mar 2026 14:07 UTC"},
		{Countdown(time.Hour + 2*time.Minute + 3*time.Second), "1:02:03"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

func TestSay(t *testing.T) {
	de := german(t)
	for english, want := range map[string]string{
		"Wrong user name or password.":                              "Benutzername oder Passwort ist falsch.",
		"Use at most 64 characters.":                                "Verwende höchstens 64 Zeichen.",
		`Shorten the tag "a \"b\"" to at most 32 characters.`:       `Kürze das Tag "a \"b\"" auf höchstens 32 Zeichen.`,
		"The bot is not running (crashed); start it instead.":       "Der Bot läuft nicht (abgestürzt); starte ihn stattdessen.",
		"TOKEN is there twice. Keep one of them.":                   "TOKEN gibt es zweimal. Behalte eins davon.",
		"running is there twice. Keep one of them.":                 "running gibt es zweimal. Behalte eins davon.",
		"The database has not answered since 12:00:01. Bots go on.": "Die Datenbank antwortet seit 12:00:01 nicht. Die Bots laufen weiter.",
		"The Python module discord is not installed":                "Das Python-Modul discord ist nicht installiert",
		"It was not started: the Discord token is not valid. Correct the command in this bot's settings, then start it.":                                                                                    "Er wurde nicht gestartet: Das Discord-Token ist ungültig. Korrigiere den Befehl in den Einstellungen dieses Bots, und starte ihn dann.",
		"Stop the other copy, for each needs a session of its own. Delete the session file in the bot's directory, start the bot, and type phone number and login code into the console line of this page.": "Stoppe die andere Kopie, denn jede braucht eine eigene Sitzung. Lösche die Sitzungsdatei im Ordner des Bots, starte ihn und gib Telefonnummer und Anmeldecode in die Konsolenzeile dieser Seite ein.",
		"Ended: exit code 1; 2 processes had to be killed; starting again in 2s":                                                                                                                            "Geendet: Exit-Code 1; 2 Prozesse mussten beendet werden; startet neu in 2s",
		"stopped by admin": "gestoppt von admin",
		"not ready within 30s: http://127.0.0.1:1/: connection refused, 3 times in a row": "nicht bereit innerhalb von 30s: http://127.0.0.1:1/: Verbindung abgelehnt, 3-mal nacheinander",
		"could not be started: The command \"x\" was not found in PATH (/bin)":            "ließ sich nicht starten: Der Befehl \"x\" wurde nicht im PATH gefunden (/bin)",
		"5 crashes in 10 minutes: killed by SIGSEGV":                                      "5 Abstürze in 10 Minuten: beendet durch SIGSEGV",
		"panic: stopped":                 "panic: stopped",
		"Nobody knows this. Bots go on.": "Nobody knows this. Die Bots laufen weiter.",
		"Nobody knows this.":             "Nobody knows this.",
		"":                               "",
		"%s %d %":                        "%s %d %",
	} {
		for range 2 { // the second time from memory
			if got := de.Say(english); got != want {
				t.Errorf("%q is %q, want %q", english, got, want)
			}
		}
		if got := English().Say(english); got != english {
			t.Errorf("English %q is %q", english, got)
		}
	}
	for i := range maxSaid + 10 { // what is remembered is bounded
		de.Say("Use at most " + English().Count(int64(i)) + " characters.")
	}
	if n := len(de.said.done); n > maxSaid {
		t.Errorf("%d translations are kept", n)
	}
}

// TestLoad: broken catalogues are refused with the name of what is wrong; a language may lack texts.
func TestLoad(t *testing.T) {
	good := fstest.MapFS{
		"catalogue/en/language.toml": {Data: []byte(`name = "English"`)},
		"catalogue/en/number.toml":   {Data: []byte("decimal = \".\"\ngroup = \",\"")},
		"catalogue/en/a.toml":        {Data: []byte("x = \"X %d\"\n[b]\ny = \"Y\"\nn = {one = \"one\", other = \"%d of them\"}")},
		"catalogue/pl/language.toml": {Data: []byte(`name = "polski"`)},
		"catalogue/pl/a.toml":        {Data: []byte("b.n = {one = \"jeden\", few = \"%d razy\", many = \"%d raz\", other = \"%d razu\"}")},
	}
	c, err := load(good)
	if err != nil {
		t.Fatal(err)
	}
	pl := c.list[1]
	for _, tt := range []struct{ got, want string }{
		{pl.T("a.b.y"), "Y"}, {pl.T("a.x", 3), "X 3"}, {pl.T("a.b.n", 1), "jeden"}, {pl.T("a.b.n", 3), "3 razy"}, {pl.T("a.b.n", 5), "5 raz"}, {pl.Name(), "polski"},
		{c.list[0].T("a.b.n", 1), "one"}, {c.list[0].T("a.b.n", 0), "0 of them"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
	for name, content := range map[string]string{
		"catalogue/pl/bad.toml":       `x = `,
		"catalogue/pl/num.toml":       `x = 3`,
		"catalogue/pl/form.toml":      `x = {other = "a", several = "b"}`,
		"catalogue/pl/said-x.toml":    `"a %d" = "b %d %d"`,
		"catalogue/nolanguage/a.toml": `x = "y"`,
	} {
		bad := fstest.MapFS{name: {Data: []byte(content)}}
		for k, v := range good {
			bad[k] = v
		}
		if _, err := load(bad); err == nil || !strings.Contains(err.Error(), strings.Split(name, "/")[1]) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
