package i18n

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/message/catalog"
)

//go:embed catalogue
var files embed.FS

// source is the language that keys are defined in.
const source = "en"

// text is one message of a language.
type text struct {
	other string            // the text, or the form for most numbers
	forms map[string]string // "one": …, with plurals only
	// plain texts have nothing to fill in.
	plain bool
}

type collection struct {
	list    []*Language
	matcher language.Matcher
}

// all are the embedded languages. They are read once, and a broken file is a bug of the build that
// any test shows.
var all = sync.OnceValue(func() collection {
	c, err := load(files)
	if err != nil {
		panic(fmt.Sprintf("i18n: %v", err))
	}
	return c
})

// load reads catalogue/<language>/*.toml.
func load(from fs.FS) (collection, error) {
	dirs, err := fs.ReadDir(from, "catalogue")
	if err != nil {
		return collection{}, err
	}
	names := []string{source}
	for _, d := range dirs {
		if d.Name() != source {
			names = append(names, d.Name())
		}
	}
	var c collection
	var tags []language.Tag
	builder := catalog.NewBuilder(catalog.Fallback(language.English))
	for _, name := range names {
		l, err := loadLanguage(from, name)
		if err != nil {
			return collection{}, err
		}
		if len(c.list) > 0 {
			fallBack(l, c.list[0])
		}
		if err := l.add(builder); err != nil {
			return collection{}, err
		}
		c.list, tags = append(c.list, l), append(tags, l.tag)
	}
	for _, l := range c.list {
		l.printer = message.NewPrinter(l.tag, message.Catalog(builder))
		l.number = numberStyle{decimal: l.T("number.decimal"), group: l.T("number.group")}
		scripts := map[string]string{}
		for key, t := range l.texts {
			if name, ok := strings.CutPrefix(string(key), "js."); ok {
				scripts[name] = t.other
			}
		}
		text, err := json.Marshal(scripts)
		if err != nil {
			return collection{}, err
		}
		l.scripts = string(text)
	}
	c.matcher = language.NewMatcher(tags)
	return c, nil
}

func loadLanguage(from fs.FS, name string) (*Language, error) {
	tag, err := language.Parse(name)
	if err != nil {
		return nil, fmt.Errorf("catalogue/%s: %w", name, err)
	}
	l := &Language{tag: tag, texts: map[Key]text{}, said: newPhrases()}
	list, err := fs.Glob(from, path.Join("catalogue", name, "*.toml"))
	if err != nil {
		return nil, err
	}
	for _, file := range list {
		if err := l.read(from, file); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	l.said.sort()
	l.name = l.texts["language.name"].other
	return l, nil
}

// read takes over one file: texts of an area, or phrases when its name begins with "said-".
func (l *Language) read(from fs.FS, file string) error {
	b, err := fs.ReadFile(from, file)
	if err != nil {
		return err
	}
	var content map[string]any
	if err := toml.Unmarshal(b, &content); err != nil {
		return err
	}
	area := strings.TrimSuffix(path.Base(file), ".toml")
	if strings.HasPrefix(area, "said-") {
		for english, v := range content {
			to, ok := v.(string)
			if !ok {
				return fmt.Errorf("%q is not a text", english)
			}
			if err := l.said.add(english, to); err != nil {
				return err
			}
		}
		return nil
	}
	return l.take(area, content)
}

// take reads a table of texts and tables: nested ones lengthen the key, those with the names of plural forms
// are plurals.
func (l *Language) take(prefix string, content map[string]any) error {
	for name, v := range content {
		key := Key(prefix + "." + name)
		switch v := v.(type) {
		case string:
			l.texts[key] = text{other: v, plain: !strings.ContainsRune(v, '%')}
		case map[string]any:
			if _, plural := v["other"]; !plural {
				if err := l.take(string(key), v); err != nil {
					return err
				}
				continue
			}
			t, err := pluralOf(v)
			if err != nil {
				return fmt.Errorf("%s: %w", key, err)
			}
			l.texts[key] = t
		default:
			return fmt.Errorf("%s is neither a text nor a table", key)
		}
	}
	return nil
}

func pluralOf(table map[string]any) (text, error) {
	t := text{forms: map[string]string{}}
	for form, v := range table {
		s, ok := v.(string)
		if !ok || !slices.Contains(pluralForms(), form) {
			return text{}, fmt.Errorf("there is no plural form %q", form)
		}
		t.forms[form] = s
	}
	t.other = t.forms["other"]
	return t, nil
}

// pluralForms are CLDR's, "other" last.
func pluralForms() []string {
	return []string{"zero", "one", "two", "few", "many", "other"}
}

// add puts the texts with arguments into x/text's catalogue. The plural goes by the first argument.
func (l *Language) add(b *catalog.Builder) error {
	for key, t := range l.texts {
		var err error
		switch {
		case t.plain:
			continue
		case t.forms == nil:
			err = b.SetString(l.tag, string(key), t.other)
		default:
			var cases []any
			for _, form := range pluralForms() { // x/text wants "other" last
				if s, ok := t.forms[form]; ok {
					cases = append(cases, form, s)
				}
			}
			err = b.Set(l.tag, string(key), plural.Selectf(1, "%d", cases...))
		}
		if err != nil {
			return fmt.Errorf("%s in %s: %w", key, l.tag, err)
		}
	}
	return nil
}

// fallBack lends a language the English texts that it lacks.
func fallBack(l, english *Language) {
	for key, t := range english.texts {
		if _, ok := l.texts[key]; !ok {
			l.texts[key] = t
		}
	}
}
