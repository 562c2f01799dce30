package logview

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

func isControl(r rune) bool { return r < 0x20 && r != '\t' || r >= 0x7f && r < 0xa0 }

// Plain is a text as it is shown: without escape sequences and control characters, but with tabs.
func Plain(s string) string {
	if strings.IndexFunc(s, isControl) < 0 { // most lines
		return s
	}
	shown, _ := parse(s)
	return shown
}

// style is what SGR parameters have set so far in a line.
type style struct {
	fg, bg                                        colour
	bold, dim, italic, underline, strike, inverse bool
}

// styled is a part of a shown text that has one style.
type styled struct {
	from, to int
	style    style
}

// parse takes a line's text apart: what is shown of it, and with which styles, from SGR escapes
// (ECMA-48, ESC [ … m). All other escapes and control characters but the tab are left out.
func parse(s string) (shown string, parts []styled) {
	var out strings.Builder
	out.Grow(len(s))
	var now style
	from, begun := 0, 0
	text := func(to int) { out.WriteString(s[from:to]) }
	cut := func() {
		if out.Len() > begun {
			parts = append(parts, styled{begun, out.Len(), now})
			begun = out.Len()
		}
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
				cut()
				now = now.apply(params)
			}
		}
		i, from = end, end
	}
	text(len(s))
	cut()
	return out.String(), parts
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
	p := strings.Split(params, ";")
	for i := 0; i < len(p); i++ {
		if strings.Contains(p[i], ":") {
			s = s.set(strings.Split(p[i], ":"))
			continue
		}
		n := 0
		if p[i] != "" {
			var err error
			if n, err = strconv.Atoi(p[i]); err != nil {
				continue
			}
		}
		if n == 38 || n == 48 { // 38;5;N or 38;2;R;G;B
			used, c := extended(p[i+1:])
			s.colour(n, c)
			i += used
			continue
		}
		s = s.one(n)
	}
	return s
}

// set applies a parameter with parts of its own: 38:2::R:G:B, 48:5:N, 4:3.
func (s style) set(p []string) style {
	switch p[0] {
	case "38", "48":
		n, _ := strconv.Atoi(p[0])
		_, c := extended(slices.DeleteFunc(p[1:], func(x string) bool { return x == "" }))
		s.colour(n, c)
	case "4":
		s.underline = p[1] != "0"
	}
	return s
}

func (s *style) colour(n int, c colour) {
	if n == 38 {
		s.fg = c
	} else {
		s.bg = c
	}
}

// one applies a parameter that stands alone.
func (s style) one(n int) style {
	switch {
	case n == 0:
		return style{}
	case n == 1:
		s.bold = true
	case n == 2:
		s.dim = true
	case n == 3, n == 23:
		s.italic = n == 3
	case n == 4, n == 21, n == 24:
		s.underline = n != 24
	case n == 7, n == 27:
		s.inverse = n == 7
	case n == 9, n == 29:
		s.strike = n == 9
	case n == 22:
		s.bold, s.dim = false, false
	case n >= 30 && n <= 37:
		s.fg = colour(n - 30 + 1)
	case n >= 90 && n <= 97:
		s.fg = colour(n - 90 + 9)
	case n == 39:
		s.fg = 0
	case n >= 40 && n <= 47:
		s.bg = colour(n - 40 + 1)
	case n >= 100 && n <= 107:
		s.bg = colour(n - 100 + 9)
	case n == 49:
		s.bg = 0
	}
	return s
}

// extended reads the parameters after 38 or 48.
func extended(p []string) (used int, c colour) {
	var v [4]int
	for i := range min(len(p), len(v)) {
		n, err := strconv.Atoi(p[i])
		if err != nil || n < 0 || n > 255 {
			n = -1
		}
		v[i] = n
	}
	switch {
	case len(p) >= 2 && v[0] == 5:
		return 2, colour(v[1] + 1)
	case len(p) >= 4 && v[0] == 2:
		if v[1] < 0 || v[2] < 0 || v[3] < 0 {
			return 4, 0
		}
		return 4, nearest(v[1], v[2], v[3])
	}
	return len(p), 0
}

// classes gives the classes of a style: ground is "" without a colour behind the text.
func (s style) classes() (ground, text string) {
	if s.inverse {
		s.fg, s.bg = s.bg, s.fg
	}
	var c []string
	if class, ok := s.fg.themed(); ok && class != "" {
		c = append(c, class)
	} else if !ok && s.fg > 0 {
		c = append(c, "ansi-f", s.fg.class())
	} else if s.dim {
		c = append(c, "ansi-dim")
	}
	if s.bold {
		c = append(c, "font-semibold")
	}
	if s.italic {
		c = append(c, "italic")
	}
	switch {
	case s.strike: // one line is enough
		c = append(c, "line-through")
	case s.underline:
		c = append(c, "underline")
	}
	switch {
	case s.bg > 0:
		ground = "ansi-b " + s.bg.class()
	case s.inverse:
		ground = "ansi-inverse"
	}
	return ground, strings.Join(c, " ")
}
