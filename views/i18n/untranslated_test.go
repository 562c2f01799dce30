package i18n

import (
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// TestUntranslated finds text that stands in the code instead of the catalogue: in elements and attributes of components, and in
// strings of Go that look like words for a person. What it can't know is listed in harmless. The gallery, which only
// developers see, is in English.
func TestUntranslated(t *testing.T) {
	for _, f := range sources(t, "views", "app/web") {
		shown := strings.Replace(f.path, "_templ.go", ".templ", 1)
		if strings.HasPrefix(shown, "views/i18n/") || strings.HasPrefix(shown, "views/icon/") || strings.HasPrefix(shown, "views/gallery/") {
			continue
		}
		for _, text := range slices.Concat(markup(t, f), words(f)) {
			if !harmless(text) {
				t.Errorf("%s: %q isn't in the catalogue", lineOf(shown, text), text)
			}
		}
	}
}

// harmless are names, which are the same in all languages, and examples.
func harmless(text string) bool {
	switch strings.Trim(text, " ·") {
	case "Botswain", "Telegram", "Discord", "Python", "Node", "Go", "Rust":
		return true
	}
	if field.MatchString(text) { // of a struct: "MemUsed"
		return true
	}
	return text == strings.ToUpper(text) || strings.HasPrefix(text, "curl -H") // abbreviations, names of variables, units
}

var (
	letters = regexp.MustCompile(`[A-Za-z]{2}`)
	// sentence is what begins like one, or like a title; inner what has one of the small words of English in it.
	sentence = regexp.MustCompile(`^[A-Z][A-Za-z]*['’]?[a-z]*( |$|[.,:;…?!])`)
	inner    = regexp.MustCompile(`(^|[A-Za-z%,] )(of|in|the|an|is|are|and|to|for|not|by|ago|no|at|since|with|was|or|from|until)( |$)`)
	field    = regexp.MustCompile(`^[A-Z][a-z]+[A-Z][A-Za-z]*$`)
	code     = regexp.MustCompile(`^(GET|POST|HX-|X-|web: )|[/<>={}_#]|^[A-Z][a-z]+-[A-Z]`)
)

// elsewhere stands for what isn't in the component itself.
const elsewhere = "\x01"

// markup gives the text in the elements of a component, and in the attributes that are read out or shown.
func markup(t *testing.T, f sourceFile) []string {
	t.Helper()
	if !strings.HasSuffix(f.path, "_templ.go") {
		return nil
	}
	var page strings.Builder
	ast.Inspect(f.file, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && called(call) == "templruntime.WriteString" && len(call.Args) == 3 {
			if s, ok := literal(call.Args[2]); ok {
				page.WriteString(s)
			}
		} else if ok && strings.HasPrefix(called(call), "templ.Escape") {
			page.WriteString(elsewhere) // what stands here comes from elsewhere
		}
		return true
	})
	var list []string
	z := html.NewTokenizer(strings.NewReader(page.String()))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return list
		case html.TextToken:
			for part := range strings.SplitSeq(string(z.Text()), elsewhere) {
				if part = strings.TrimSpace(part); letters.MatchString(part) && !strings.Contains(part, "<") { // the elements of a <noscript>
					list = append(list, part)
				}
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			tok := z.Token()
			for _, a := range tok.Attr {
				shown := slices.Contains([]string{"aria-label", "title", "placeholder", "alt", "data-busy", "label"}, a.Key)
				if shown && letters.MatchString(a.Val) {
					list = append(list, a.Val)
				}
			}
		}
	}
}

// words gives the strings of Go code that look like words for a person and aren't given to T, to a log or to an
// error. What a language translates by itself (Say) doesn't count.
func words(f sourceFile) []string {
	said := phrasesOf(Languages()[1])
	web := strings.HasPrefix(f.path, "app/")
	var list []string
	ast.Inspect(f.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec, *ast.Field:
			return false
		case *ast.CallExpr:
			switch name := called(n); {
			case inEnglish(name) && !strings.HasPrefix(f.path, "views/ui/"):
				list = append(list, "call of "+name)
			case name == "templruntime.WriteString", name == "templ.Error", name == "i18n.T", name == "tr", name == "i18n.Key", name == "errors.New", name == "fmt.Errorf", name == "fault.New", name == "fault.Wrap":
				return false
			case slices.Contains([]string{"Log", "Debug", "Info", "Warn", "Error", "Format", "Set", "Add", "Get"}, name[strings.LastIndex(name, ".")+1:]):
				return false // logs, layouts of times, headers
			}
		case ast.Expr:
			s, ok := literal(n)
			if !ok {
				return true
			}
			glued := strings.Contains(s, " ") // a small word alone is the name of a field or of a column
			if s = strings.TrimSpace(s); !said[s] && letters.MatchString(s) && !code.MatchString(s) &&
				(sentence.MatchString(s) && (!web || glued) || glued && inner.MatchString(s)) {
				list = append(list, s)
			}
			return false
		}
		return true
	})
	return list
}

// inEnglish says whether a function of package ui writes English, where i18n has one that takes the context.
func inEnglish(name string) bool {
	return slices.Contains([]string{"ui.Span", "ui.Bytes", "ui.Percent", "ui.Count", "ui.Number", "ui.Short"}, name)
}

// lineOf says where a text stands, as well as it can be found.
func lineOf(path, text string) string {
	b, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		return path
	}
	at := strings.Index(string(b), strings.TrimPrefix(text, "call of "))
	if at < 0 {
		return path
	}
	return path + ":" + English().Count(int64(strings.Count(string(b[:at]), "\n")+1))
}
