package redact

import (
	"bytes"
	"cmp"
	"slices"
)

// Finder finds secrets; it keeps what it needs for that, so that a text without any costs no memory.
// The zero Finder is ready. It is for one goroutine at a time.
type Finder struct {
	found   []finding
	spans   []Span
	view    view
	lines   []byte
	decoded []byte
}

// finding is a span before overlapping ones are made one.
type finding struct {
	Span
	weight int // of which the name is taken: how long the pattern is; 0: only a shape
}

// Edges says what a text's ends are.
type Edges struct {
	// Open: it goes on from a piece that ended at Held. Cut: its last line ends early and for ever, so
	// the beginning of a secret at its end is one too.
	Open, Cut bool
}

const (
	// heldLeast is how many characters of a secret a piece may end with, and one.
	heldLeast = 4
	// headSkip is how many characters of a torn escape may stand before the rest of a secret.
	headSkip = 5
	// cutLeast is how much of a secret, cut off, is a secret.
	cutLeast = 8
	// cutShape is the same for one that only its shape tells, with its other parts.
	cutShape = 24
	// keepMost is for how many bytes of text a view may keep memory that says where they came from.
	keepMost = 64 << 10
)

// Find gives the parts of text, which may have many lines, that give a secret away: in order,
// without overlap, none over the end of a line. They are valid until the next call.
func (f *Finder) Find(s *Set, text []byte, e Edges) []Span {
	f.found, f.spans = f.found[:0], f.spans[:0]
	f.scan(s, text, nil, 0, e.Open)
	f.disguised(s, text, e)
	if len(f.found) > 0 {
		f.merge()
	}
	if cap(f.view.from) > keepMost {
		f.view = view{}
	}
	return f.spans
}

// scan looks through a text as it stands; v is where it came from, when it isn't the original.
func (f *Finder) scan(s *Set, text []byte, v *view, base int, open bool) {
	if s != nil {
		s.search.each(text, func(p *pattern, at int) { f.match(p, text, at, at+len(p.text), v, base) })
	}
	runs(text, func(from, to int) {
		shape := func(a, b int, name string) { f.add(a, b, name, 0, v, base) }
		shapes(text, from, to, open, shape)
		if to-from >= encodedLeast {
			f.encodedShapes(text, from, to, shape)
		}
	})
}

// match adds a pattern that stands at text[from:to].
func (f *Finder) match(p *pattern, text []byte, from, to int, v *view, base int) {
	if p.before && from > 0 && classes[text[from-1]]&inStd != 0 {
		from--
	}
	if p.after {
		if to < len(text) && classes[text[to]]&inStd != 0 {
			to++
		}
		for n := 0; n < 2 && to < len(text) && text[to] == '='; n++ {
			to++
		}
	}
	f.add(from, to, p.name, len(p.text), v, base)
}

func (f *Finder) add(from, to int, name string, weight int, v *view, base int) {
	if v != nil && v.mapped {
		from, to = int(v.from[from]), int(v.to[to-1])
	}
	f.found = append(f.found, finding{Span{base + from, base + to, name}, weight})
}

// merge makes spans of what was found.
func (f *Finder) merge() {
	slices.SortFunc(f.found, func(a, b finding) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(b.To, a.To), cmp.Compare(b.weight, a.weight))
	})
	now := f.found[0]
	for _, next := range f.found[1:] {
		if next.From >= now.To {
			f.spans = append(f.spans, now.Span)
			now = next
			continue
		}
		now.To = max(now.To, next.To)
		if next.weight > now.weight {
			now.Name, now.weight = next.Name, next.weight
		}
	}
	f.spans = append(f.spans, now.Span)
}

// disguised looks at the lines that may read otherwise than they stand.
func (f *Finder) disguised(s *Set, text []byte, e Edges) {
	if e.Open {
		f.line(s, text, 0, lineEnd(text, 0), Edges{Open: true})
	}
	if e.Cut {
		from := bytes.LastIndexByte(text, '\n') + 1
		f.line(s, text, from, len(text), Edges{Cut: true})
	}
	f.lines = f.lines[:0]
	s.eachMarked(text, func(from, to int) { f.lines = append(f.lines, text[from:min(to+1, len(text))]...) })
	if len(f.lines) == 0 {
		return
	}
	before := len(f.found)
	f.view.mapped = false
	f.layers(s, f.lines, 0, Edges{})
	if len(f.found) > before { // rarely, so that only now it is asked where
		f.found = f.found[:before]
		s.eachMarked(text, func(from, to int) { f.line(s, text, from, to, Edges{}) })
	}
}

// eachMarked visits the lines with bytes that may make them read otherwise, in a way that matters.
func (s *Set) eachMarked(text []byte, visit func(from, to int)) {
	m := newMarks(ofTerminal + ofEscapes)
	quotes := s != nil && s.quotes
	for pos, seek := 0, 0; seek < len(text); {
		at := m.next(text, seek)
		if at == len(text) {
			return
		}
		if n := dull(text[at:], quotes); n > 0 {
			seek = at + n
			continue
		}
		from, to := pos+bytes.LastIndexByte(text[pos:at], '\n')+1, lineEnd(text, at)
		visit(from, to)
		pos, seek = to+1, to+1
	}
}

// line looks at text[from:to] as it reads with one disguise after the other undone.
func (f *Finder) line(s *Set, text []byte, from, to int, e Edges) {
	before := len(f.found)
	f.view.mapped = false
	f.layers(s, text[from:to], from, e)
	if len(f.found) > before {
		f.found = f.found[:before]
		f.view.mapped = true
		f.layers(s, text[from:to], from, e)
	}
}

func (f *Finder) layers(s *Set, line []byte, base int, e Edges) {
	v := &f.view
	v.layers(line, func(changed bool) {
		if changed {
			f.scan(s, v.text, v, base, e.Open)
		}
		if e.Open {
			f.heads(s, v, base)
		}
		if e.Cut {
			f.tails(s, v, cutLeast, func(at int, name string, weight int) {
				if weight > 0 || len(v.text)-at >= cutShape {
					f.add(at, len(v.text), name, weight, v, base)
				}
			})
		}
	})
}

// heads looks for secrets whose first characters are in the piece before.
func (f *Finder) heads(s *Set, v *view, base int) {
	if s == nil {
		return
	}
	for i := range s.patterns {
		p := &s.patterns[i]
		for k := 1; k < heldLeast; k++ {
			for skip := 0; skip <= headSkip && skip < len(v.text); skip++ {
				if rest := p.text[k:]; bytes.HasPrefix(v.text[skip:], []byte(rest)) {
					f.match(p, v.text, 0, skip+len(rest), v, base)
				}
			}
		}
	}
}
