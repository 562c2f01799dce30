package i18n

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/feature/plural"
)

var (
	anyVerb   = regexp.MustCompile(`%(?:\[(\d+)\])?([a-zA-Z])`)
	slotName  = regexp.MustCompile(`\{[a-z]+\}`)
	scriptKey = regexp.MustCompile(`botswainWords\(([^)]*)`)
	quoted    = regexp.MustCompile(`'([a-z-]+)'`)
)

// verbs lists what a format takes, by position: "d", "s".
func verbs(format string) []string {
	var list []string
	next := 0
	for _, m := range anyVerb.FindAllStringSubmatch(strings.ReplaceAll(format, "%%", ""), -1) {
		if m[1] != "" {
			next = int(m[1][0]-'0') - 1
		}
		for len(list) <= next {
			list = append(list, "")
		}
		list[next] = m[2]
		next++
	}
	return list
}

// needs is how many arguments a text takes; a plural takes its number even where no form shows it.
func (t text) needs() int {
	n := len(verbs(t.other))
	for _, form := range t.forms {
		n = max(n, len(verbs(form)), 1)
	}
	return n
}

// TestKeys finds keys that the code uses and English doesn't have, and wrong numbers of arguments.
func TestKeys(t *testing.T) {
	english := English()
	used := map[string]bool{}
	for _, f := range sources(t, "views", "app/web", "app/api") {
		ast.Inspect(f.file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok {
				if s, ok := literal(lit); ok {
					used[s] = true
				}
			}
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			at := 0
			switch name := called(call); {
			case name == "i18n.T" || name == "tr":
				at = 1
			case name == "i18n.Key" || strings.HasSuffix(name, ".T") && len(call.Args) > 0:
			default:
				return true
			}
			if len(call.Args) <= at {
				return true
			}
			key, ok := literal(call.Args[at])
			if !ok {
				return true // a variable: its literal is a Key, or unknown below
			}
			text, known := english.texts[Key(key)]
			switch {
			case !known:
				t.Errorf("%s: there is no text %q", f.at(call), key)
			case called(call) != "i18n.Key" && !call.Ellipsis.IsValid() && len(call.Args)-at-1 != text.needs():
				t.Errorf("%s: %q takes %d arguments, not %d", f.at(call), key, text.needs(), len(call.Args)-at-1)
			}
			return true
		})
	}
	for key := range scriptKeys(t) {
		if _, ok := english.texts[Key("js."+key)]; !ok {
			t.Errorf("static/js: there is no text %q", "js."+key)
		}
		used["js."+key] = true
	}
	for key := range english.texts {
		if !used[string(key)] {
			t.Errorf("nobody uses %q (or somebody misspelt it)", key)
		}
	}
}

// scriptKeys are the names that scripts ask for, in the words of a call of botswainWords or in a list beside one.
func scriptKeys(t *testing.T) map[string]bool {
	t.Helper()
	keys := map[string]bool{}
	files, err := filepath.Glob(root + "/static/src/js/*.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(string(b), "\n") {
			if strings.Contains(line, "function") || !strings.Contains(line, "botswainWords(") {
				continue
			}
			for _, call := range scriptKey.FindAllStringSubmatch(line, -1) {
				for _, m := range quoted.FindAllStringSubmatch(call[1], -1) {
					keys[m[1]] = true
				}
			}
			if strings.Contains(line, ".map(name => botswainWords(name))") {
				for _, m := range quoted.FindAllStringSubmatch(line, -1) {
					keys[m[1]] = true
				}
			}
		}
	}
	for _, mode := range []string{"connecting", "live", "polling", "resting", "out"} { // connection.js asks by its mode
		keys[mode] = true
	}
	return keys
}

// TestLanguages compares each language with English: the same texts, with the same arguments and slots,
// all plural forms that it needs, and none empty.
func TestLanguages(t *testing.T) {
	english, err := loadLanguage(files, source)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range Languages() {
		own, err := loadLanguage(files, l.Tag()) // without what English lends
		if err != nil {
			t.Fatal(err)
		}
		for key, want := range english.texts {
			got, ok := own.texts[key]
			if !ok {
				t.Errorf("%s lacks %q", l.Tag(), key)
				continue
			}
			if msg := fits(own, want, got); msg != "" {
				t.Errorf("%s: %q %s", l.Tag(), key, msg)
			}
		}
		for key := range own.texts {
			if _, ok := english.texts[key]; !ok {
				t.Errorf("%s has %q, and English doesn't", l.Tag(), key)
			}
		}
	}
}

// fits says in which way a text differs from the English one.
func fits(l *Language, english, own text) string {
	if (english.forms == nil) != (own.forms == nil) {
		return "has plural forms in one of the two only"
	}
	forms := own.forms
	if forms == nil {
		forms = map[string]string{"other": own.other}
	} else {
		for form := range formsOf(l) {
			if forms[form] == "" {
				return "lacks the plural form " + form
			}
		}
	}
	for form, s := range forms {
		switch {
		case strings.TrimSpace(s) == "":
			return "is empty"
		case !slices.Equal(slots(s), slots(english.other)):
			return fmt.Sprintf("has the slots %v, not %v", slots(s), slots(english.other))
		}
		have, want := verbs(s), verbs(english.other)
		if form == "other" && !slices.Equal(have, want) {
			return fmt.Sprintf("takes %v, not %v", have, want)
		}
		for i, v := range have { // other forms may leave the number out
			if v != "" && (i >= len(want) || v != want[i]) {
				return fmt.Sprintf("takes %v, not %v", have, want)
			}
		}
	}
	return ""
}

func slots(s string) []string {
	list := slotName.FindAllString(s, -1)
	slices.Sort(list)
	return list
}

// formsOf are the plural forms that whole numbers have in a language.
func formsOf(l *Language) map[string]bool {
	names := map[plural.Form]string{plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many", plural.Other: "other"}
	found := map[string]bool{}
	for n := range 201 {
		found[names[plural.Cardinal.MatchPlural(l.tag, n, 0, 0, 0, 0)]] = true
	}
	return found
}

// TestPhrases: what a service says and a language translates is in the code to the letter, so that a
// sentence that was changed there isn't left behind in English.
func TestPhrases(t *testing.T) {
	said := map[string]bool{}
	for _, f := range sources(t, "app", "views") {
		ast.Inspect(f.file, func(n ast.Node) bool {
			if e, ok := n.(ast.Expr); ok {
				if s, ok := literal(e); ok {
					said[s], said[strings.TrimSpace(s)] = true, true
				}
			}
			return true
		})
	}
	for _, l := range Languages() {
		for english := range phrasesOf(l) {
			if !said[english] {
				t.Errorf("%s: nobody says %q any more", l.Tag(), english)
			}
		}
	}
}

// phrasesOf are the left sides of a language's said-*.toml.
func phrasesOf(l *Language) map[string]bool {
	list := map[string]bool{}
	for english := range l.said.source {
		list[english] = true
	}
	return list
}

// silent are the packages whose faults nobody reads on a page: the command line's, those of the start, and those of programs.
func silent(path string) bool {
	for _, prefix := range []string{
		"app/api/", "app/report/", "app/localpg/", "app/writer/", "app/config/", "app/secret/rotate", "app/secret/wrong", "app/secret/open",
		"app/platform/", "app/runner/account.go", "app/fault/",
	} {
		if strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return strings.Count(path, "/") == 1 // the wiring
}

// TestFaults: each fault that a page may show is translated.
func TestFaults(t *testing.T) {
	for _, l := range Languages()[1:] {
		have := phrasesOf(l)
		check := func(f sourceFile, n ast.Node, e ast.Expr) {
			if s, ok := literal(e); ok && s != "%s" && s != "" && !have[s] {
				t.Errorf("%s: %s has no translation of %q (catalogue/%s/said-….toml)", f.at(n), l.Tag(), s, l.Tag())
			}
		}
		for _, f := range sources(t, "app") {
			if silent(f.path) {
				continue
			}
			ast.Inspect(f.file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					switch called(n) {
					case "fault.New":
						check(f, n, n.Args[1])
					case "fault.Wrap":
						check(f, n, n.Args[2])
					case "p.add", "wrong.add": // problems of fields
						if len(n.Args) > 1 {
							check(f, n, n.Args[1])
						}
					}
				case *ast.KeyValueExpr:
					if k, ok := n.Key.(*ast.Ident); ok && k.Name == "Message" && !strings.Contains(f.path, "event") {
						if s, ok := literal(n.Value); ok && strings.HasSuffix(s, ".") {
							check(f, n, n.Value)
						}
					}
				}
				return true
			})
		}
	}
}

// TestCauses: each cause's title, explanation and remedy are translated.
func TestCauses(t *testing.T) {
	for _, l := range Languages()[1:] {
		have := phrasesOf(l)
		found := 0
		for _, f := range sources(t, "app/cause") {
			ast.Inspect(f.file, func(n ast.Node) bool {
				kv, ok := n.(*ast.KeyValueExpr)
				if !ok {
					return true
				}
				if k, ok := kv.Key.(*ast.Ident); !ok || !slices.Contains([]string{"title", "explanation", "remedy"}, k.Name) {
					return true
				}
				text, ok := literal(kv.Value)
				if text = strings.TrimSpace(text); !ok || text == "{err}" {
					return true // a constant: it is there once, and TestPhrases knows it
				}
				found++
				first, joined := strings.CutSuffix(text, "%s")
				if !have[text] && !(joined && have[strings.TrimSpace(first)]) {
					t.Errorf("%s: %s has no translation of %q", f.at(kv), l.Tag(), text)
				}
				return true
			})
		}
		if found < 100 {
			t.Errorf("only %d texts of causes were found", found)
		}
	}
}

// unread is what services say in the log of a bot or of Botswain, to the database and to programs, and what they look for in
// the output of bots.
func unread(f sourceFile, text string) bool {
	switch f.path {
	case "app/logs/level.go", "app/logs/trace.go", "app/logs/cap.go", "app/logs/replay.go", "app/logs/search_sql.go", "app/guard/signs.go",
		"app/stats/history/read.go", "app/stats/history/store.go", "app/secret/cipher.go", "app/secret/wrong.go", "app/auth/token.go", "app/auth/store.go":
		return true
	}
	for _, start := range []string{
		"Telegram %s", "Discord %s", "Userbot %s", // names of new bots
		"Started (pid", "Botswain is back; ", "Installing what the bot needs: ", "That line was not sent: ", // in the log of a bot
		"recover the ", "read the ", "list the ", "two bots that live ", "a bot's p", "an event is not ", "a platform gave ", "what a platform said ", // in Botswain's
		"it asked for its watchdog", "The platform", "an address that can't", "Telegram has no address for", "Discord has no address for",
	} {
		if strings.HasPrefix(text, start) {
			return true
		}
	}
	return false
}

// TestReasons: what services say of why something happened, in states, events and findings, is translated as well as
// their faults are.
func TestReasons(t *testing.T) {
	for _, f := range sources(t, "app/supervisor", "app/crew", "app/guard", "app/probe", "app/runner", "app/platform", "app/stats", "app/health", "app/runs",
		"app/secret", "app/runtimes", "app/bot", "app/logs", "app/figures", "app/auth") {
		if strings.Contains(f.path, "test/") {
			continue
		}
		for _, text := range words(f) {
			if !harmless(text) && !unread(f, text) {
				t.Errorf("%s: nobody translates %q (catalogue/de/said-….toml)", lineOf(f.path, text), text)
			}
		}
	}
}

// TestScriptsWriteNumbersAlike: pages and their scripts write numbers in the same way.
func TestScriptsWriteNumbersAlike(t *testing.T) {
	for _, l := range Languages() {
		var scripts map[string]string
		if err := json.Unmarshal([]byte(l.Scripts()), &scripts); err != nil {
			t.Fatal(err)
		}
		for name, server := range map[string]string{"decimal": l.T("number.decimal"), "group": l.T("number.group"), "percent": l.T("number.percent", "{n}")} {
			if script := scripts[name]; server != script {
				t.Errorf("%s: %s is %q, and %q for scripts", l.Tag(), name, server, script)
			}
		}
	}
}
