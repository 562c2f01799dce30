package logview

import (
	"context"
	"html"
	"io"
	"strings"

	"github.com/a-h/templ"
)

// Text draws a line's text: escaped, with its colours as classes, addresses as links, and the parts that
// find gives (pairs of offsets into the shown text; nil: none) marked.
func Text(s string, find func(string) [][]int) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		var b strings.Builder
		writeText(&b, s, find)
		_, err := io.WriteString(w, b.String())
		return err
	})
}

func writeText(b *strings.Builder, s string, find func(string) [][]int) {
	shown, parts := s, []styled(nil)
	if strings.IndexFunc(s, isControl) >= 0 {
		shown, parts = parse(s)
	}
	var marks [][]int
	if find != nil {
		marks = find(shown)
	}
	at := links(shown)
	if len(parts) == 0 && len(marks) == 0 && len(at) == 0 { // most lines
		b.WriteString(html.EscapeString(shown))
		return
	}
	if len(parts) == 0 {
		parts = []styled{{0, len(shown), style{}}}
	}
	d := drawing{b: b, text: shown, parts: parts, marks: marks}
	pos := 0
	for _, l := range at {
		d.styled(pos, l[0])
		// noopener: the page behind the link gets no hand on this one. Out of the way of the Tab key: a log
		// may have thousands; the key O opens those of a line.
		b.WriteString(`<a class="log-link" rel="noopener noreferrer nofollow" target="_blank" tabindex="-1" href="` + html.EscapeString(shown[l[0]:l[1]]) + `">`)
		d.styled(l[0], l[1])
		b.WriteString(`</a>`)
		pos = l[1]
	}
	d.styled(pos, len(shown))
}

// drawing writes parts of a text; elements are opened and closed around each piece, so the result is
// always balanced.
type drawing struct {
	b     *strings.Builder
	text  string
	parts []styled
	marks [][]int
}

// styled draws the text from…to, piece by piece.
func (d *drawing) styled(from, to int) {
	for _, p := range d.parts {
		f, t := max(from, p.from), min(to, p.to)
		if f >= t {
			continue
		}
		ground, class := p.style.classes()
		open := 0
		for _, c := range [...]string{ground, class} {
			if c != "" {
				d.b.WriteString(`<span class="` + c + `">`)
				open++
			}
		}
		d.marked(f, t)
		for range open {
			d.b.WriteString(`</span>`)
		}
	}
}

func (d *drawing) marked(from, to int) {
	for _, m := range d.marks {
		f, t := max(from, m[0]), min(to, m[1])
		if f >= t {
			continue
		}
		d.b.WriteString(html.EscapeString(d.text[from:f]))
		// A match that goes on from another piece is one match.
		if f > m[0] {
			d.b.WriteString(`<mark data-more>`)
		} else {
			d.b.WriteString(`<mark>`)
		}
		d.b.WriteString(html.EscapeString(d.text[f:t]) + `</mark>`)
		from = t
	}
	d.b.WriteString(html.EscapeString(d.text[from:to]))
}
