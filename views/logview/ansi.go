package logview

import (
	"context"
	"html"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"
)

// Text draws a line's text: escaped, with the colours of SGR escapes (ECMA-48, ESC [ … m) as
// classes. All other escapes and control characters but the tab are left out.
func Text(s string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		if strings.IndexFunc(s, isControl) < 0 { // most lines
			_, err := io.WriteString(w, html.EscapeString(s))
			return err
		}
		_, err := io.WriteString(w, ansiHTML(s))
		return err
	})
}

func isControl(r rune) bool { return r < 0x20 && r != '\t' || r >= 0x7f && r < 0xa0 }

// style is what SGR parameters have set so far in a line.
type style struct {
	color     string // a class of the css, or ""
	bold, dim bool
}

func (s style) class() string {
	var c []string
	switch {
	case s.color != "":
		c = append(c, s.color)
	case s.dim:
		c = append(c, "ansi-dim")
	}
	if s.bold {
		c = append(c, "font-semibold")
	}
	return strings.Join(c, " ")
}

// ansiHTML turns a line with control characters into HTML. Spans are opened only around text, so
// the result is always balanced.
func ansiHTML(s string) string {
	var out strings.Builder
	var now style
	from := 0
	text := func(to int) {
		if from >= to {
			return
		}
		escaped := html.EscapeString(s[from:to])
		if class := now.class(); class != "" {
			out.WriteString(`<span class="` + class + `">` + escaped + `</span>`)
			return
		}
		out.WriteString(escaped)
	}
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if !isControl(r) {
			i += size
			continue
		}
		text(i)
		end := i + size
		if r == 0x1b || r == 0x9b {
			var params string
			var sgr bool
			end, params, sgr = escape(s, i)
			if sgr {
				now = now.apply(params)
			}
		}
		i, from = end, end
	}
	text(len(s))
	return out.String()
}

// escape measures the escape sequence at i: where it ends, and the parameters when it is an SGR.
// One that is cut off goes on to the end of the line.
func escape(s string, i int) (end int, params string, sgr bool) {
	rest := s[i:]
	switch {
	case strings.HasPrefix(rest, "\x1b["):
		return control(s, i+2)
	case strings.HasPrefix(rest, "\u009b"):
		return control(s, i+2) // U+009B takes two bytes
	case len(rest) >= 2 && strings.IndexByte("]PX^_", rest[1]) >= 0:
		// A string (title, link, …): up to BEL or ESC \.
		for j := i + 2; j < len(s); j++ {
			if s[j] == 0x07 {
				return j + 1, "", false
			}
			if strings.HasPrefix(s[j:], "\x1b\\") {
				return j + 2, "", false
			}
		}
		return len(s), "", false
	}
	j := i + 1
	for j < len(s) && s[j] >= 0x20 && s[j] <= 0x2f { // intermediates, as in ESC ( B
		j++
	}
	if j < len(s) && s[j] < 0x80 && s[j] >= 0x30 {
		j++
	}
	return j, "", false
}

// control measures a control sequence whose parameters begin at i.
func control(s string, i int) (end int, params string, sgr bool) {
	for j := i; j < len(s); j++ {
		switch c := s[j]; {
		case c >= 0x40 && c <= 0x7e:
			return j + 1, s[i:j], c == 'm'
		case c < 0x20 || c > 0x7e: // not a sequence after all: show what follows
			return j, "", false
		}
	}
	return len(s), "", false
}

// apply changes a style by the parameters of one SGR sequence.
func (s style) apply(params string) style {
	p := strings.FieldsFunc(params, func(r rune) bool { return r == ';' || r == ':' })
	if len(p) == 0 {
		return style{}
	}
	for i := 0; i < len(p); i++ {
		n, err := strconv.Atoi(p[i])
		if err != nil {
			continue
		}
		switch {
		case n == 0:
			s = style{}
		case n == 1:
			s.bold = true
		case n == 2:
			s.dim = true
		case n == 22:
			s.bold, s.dim = false, false
		case n >= 30 && n <= 37:
			s.color = colorClass(n - 30)
		case n >= 90 && n <= 97:
			s.color = colorClass(n - 90 + 8)
		case n == 39:
			s.color = ""
		case n == 38 || n == 48: // 38;5;N or 38;2;R;G;B
			skip, color := extended(p[i+1:])
			if n == 38 {
				s.color = color
			}
			i += skip
		}
	}
	return s
}

// extended reads the parameters after 38 or 48. Only the first 16 colours of the palette are shown.
func extended(p []string) (used int, class string) {
	switch {
	case len(p) >= 2 && p[0] == "5":
		if n, err := strconv.Atoi(p[1]); err == nil && n >= 0 && n < 16 {
			class = colorClass(n)
		}
		return 2, class
	case len(p) >= 4 && p[0] == "2":
		return 4, ""
	}
	return len(p), ""
}

// colorClass gives the class of a palette colour. White is the text's own colour; both blacks would
// be unreadable on one of the themes, so they are dim.
func colorClass(n int) string {
	return [16]string{
		"ansi-dim", "ansi-red", "ansi-green", "ansi-yellow", "ansi-blue", "ansi-magenta", "ansi-cyan", "",
		"ansi-dim", "ansi-red", "ansi-green", "ansi-yellow", "ansi-blue", "ansi-magenta", "ansi-cyan", "",
	}[n]
}
