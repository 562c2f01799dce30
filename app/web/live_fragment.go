package web

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"

	"github.com/botswain/botswain/views/i18n"
)

// part is one thing of a live page: where it goes and how to draw it.
type part struct {
	target string // the id of the element that it replaces
	swap   string // htmx's swap style; "" is outerMorph
	// rev changes whenever a new drawing would be worth sending.
	rev string
	// key and drawn name the drawing in the cache: pages with the same key and drawn share it. An
	// empty key isn't shared.
	key, drawn string
	// draw gives what to show. With an error it is shown as well, unless it is nil, and tried again at
	// the next change.
	draw func(context.Context) (templ.Component, error)
	// covers lists parts that this one contains, with their revs: they needn't be sent as well.
	covers map[string]string
}

// just makes a draw function of a component that needs nothing.
func just(c templ.Component) func(context.Context) (templ.Component, error) {
	return func(context.Context) (templ.Component, error) { return c, nil }
}

// maxFragments is how many drawings are kept for each language; when there are more, all are dropped.
const maxFragments = 4096

// readPatience is how long what a live page shows may take to be read before the rest goes out without it: a database
// that stands still answers nothing, not even an error.
const readPatience = 3 * time.Second

// errLate: others draw the same, and it takes them too long.
var errLate = errors.New("not drawn in time")

// fragments keeps the newest drawing of each part in each language that somebody reads, so that it is
// drawn once for all browsers of a language.
type fragments struct {
	marker marker

	mu   sync.Mutex
	byID map[string]*fragment
}

type fragment struct {
	turn chan struct{} // has one place: who put something in may use the rest
	rev  string
	html string
}

func newFragments() *fragments { return &fragments{marker: newMarker(), byID: map[string]*fragment{}} }

// get answers the drawing of key at rev, or calls draw for it. Who asks for the same key meanwhile
// waits for that one drawing, at most until ctx ends. Failed drawings aren't kept.
func (f *fragments) get(ctx context.Context, key, rev string, draw func() (string, error)) (string, error) {
	if key == "" {
		return draw()
	}
	f.mu.Lock()
	e := f.byID[key]
	if e == nil {
		if len(f.byID) >= maxFragments*len(i18n.Languages()) {
			clear(f.byID)
		}
		e = &fragment{turn: make(chan struct{}, 1)}
		f.byID[key] = e
	}
	f.mu.Unlock()

	select {
	case e.turn <- struct{}{}:
		defer func() { <-e.turn }()
	case <-ctx.Done():
		return "", errLate
	}
	if e.html != "" && e.rev == rev {
		return e.html, nil
	}
	html, err := draw()
	if err == nil {
		e.rev, e.html = rev, html
	}
	return html, err
}

// sender remembers what one page has been sent, and writes what is new.
type sender struct {
	cache *fragments
	sent  map[string]string // rev by target
	drawn map[string]bool   // marks of what the page shows already when it is first written to

	patience time.Duration // for what all parts of a message read
	late     bool          // of the message written last something could not be read in that time
}

func newSender(cache *fragments) *sender {
	return &sender{cache: cache, sent: map[string]string{}, patience: readPatience}
}

// write appends the parts that the page doesn't have yet to out, as partials for htmx. What can't be read in time stays
// as it is on the page.
func (s *sender) write(ctx context.Context, out *strings.Builder, parts []part) error {
	reading, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	s.late = false
	drawn := s.drawn
	s.drawn = nil
	for _, p := range parts {
		if rev, ok := s.sent[p.target]; ok && rev == p.rev {
			continue
		}
		if len(drawn) > 0 && drawn[s.cache.marker.mark(p.target, p.rev)] {
			s.note(p)
			continue
		}
		var drawErr error
		html, err := s.cache.get(reading, inLanguage(ctx, p.key), p.rev+"/"+p.drawn, func() (string, error) {
			var c templ.Component
			if c, drawErr = p.draw(reading); c == nil {
				return "", drawErr
			}
			var b strings.Builder
			if err := c.Render(ctx, &b); err != nil {
				return "", err
			}
			return b.String(), drawErr
		})
		if errors.Is(err, errLate) {
			drawErr = err
		} else if err != nil && drawErr == nil {
			return err // a component that can't be drawn is a bug
		}
		s.late = s.late || drawErr != nil && reading.Err() != nil
		if drawErr != nil && html == "" {
			continue // what is on the page stays
		}
		writePartial(out, p.target, p.swap, html)
		if drawErr != nil {
			continue
		}
		s.note(p)
	}
	return nil
}

// note remembers that the page has the part.
func (s *sender) note(p part) {
	s.sent[p.target] = p.rev
	for target, rev := range p.covers {
		s.sent[target] = rev
	}
}

// inLanguage makes the key of a drawing one of the language that ctx speaks.
func inLanguage(ctx context.Context, key string) string {
	if key == "" {
		return "" // not shared at all
	}
	return i18n.Of(ctx).Tag() + " " + key
}

// writePartial writes one <hx-partial>. Target and swap are ours, never a visitor's words.
func writePartial(out *strings.Builder, target, swap, html string) {
	if swap == "" {
		swap = "outerMorph"
	}
	out.WriteString(`<hx-partial hx-target="#` + target + `" hx-swap="` + swap + `">`)
	out.WriteString(html)
	out.WriteString("</hx-partial>\n")
}
