// Package i18n has the words of the interface, in each of its languages, and writes numbers, sizes
// and times as a language does.
//
// The words are in catalogue/<language>/<area>.toml, embedded. T gives the one of a key: in pages
// `{ i18n.T(ctx, "login.title") }`. English is the source: where another language lacks a key its English
// text is shown. The test of this package reads the code and fails on a key that is missing or misspelt, on one
// that nobody uses, on arguments that don't fit, and on languages that differ.
//
// Services speak English, and what they say is stored and answered to programs in English. Say
// translates that where a person reads it (catalogue/<language>/said-<area>.toml).
package i18n

import (
	"context"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// Key names a text: "area.name", as in catalogue/en/area.toml. Write Key("…") in tables, so that the
// test sees it; an argument of T is seen anyway.
type Key string

// Language is one language of the interface. It never changes, so all may use it.
type Language struct {
	tag     language.Tag
	name    string // in itself
	texts   map[Key]text
	printer *message.Printer
	said    *phrases
	number  numberStyle
	scripts string // what static/src/js/words.js gets
}

// Tag is the language's BCP 47 tag, for <html lang> and cookies: "en", "de".
func (l *Language) Tag() string { return l.tag.String() }

// Name is what the language calls itself.
func (l *Language) Name() string { return l.name }

// T gives the text of a key. The arguments go into its verbs (%d, %s, %[2]s); whole numbers are written as the language does,
// and decide about the plural. Give other numbers as text made by Number, Bytes or Percent.
// A key that isn't there gives itself: that is a bug which the test finds.
func (l *Language) T(key Key, args ...any) string {
	t, ok := l.texts[key]
	switch {
	case !ok:
		return string(key)
	case t.plain:
		return t.other
	}
	return l.printer.Sprintf(message.Key(string(key), t.other), args...)
}

// Scripts are the texts of the area "js" by their names, as JSON.
func (l *Language) Scripts() string { return l.scripts }

// Languages lists all, English first.
func Languages() []*Language { return all().list }

// English is the language that everything falls back to.
func English() *Language { return all().list[0] }

// Find gives the language of a tag that one of Languages has; false for anything else.
func Find(tag string) (*Language, bool) {
	for _, l := range all().list {
		if l.Tag() == tag {
			return l, true
		}
	}
	return nil, false
}

// Match picks the language for an Accept-Language header (RFC 9110, 12.5.4); English when it is
// empty, broken, or names none that there is.
func Match(accept string) *Language {
	const longest = 500 // real ones have less than 100 characters
	if len(accept) > longest {
		return English()
	}
	wanted, _, err := language.ParseAcceptLanguage(accept)
	if err != nil || len(wanted) == 0 {
		return English()
	}
	_, index, sure := all().matcher.Match(wanted...)
	if sure == language.No {
		return English()
	}
	return all().list[index]
}

type contextKey struct{}

// With puts the language that a person reads into a context.
func With(ctx context.Context, l *Language) context.Context {
	return context.WithValue(ctx, contextKey{}, l)
}

// Of is the language of a context; English when nobody chose one.
func Of(ctx context.Context) *Language {
	if l, ok := ctx.Value(contextKey{}).(*Language); ok {
		return l
	}
	return English()
}

// T gives the text of a key in the language of the context; see Language.T.
func T(ctx context.Context, key Key, args ...any) string { return Of(ctx).T(key, args...) }
