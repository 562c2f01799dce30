package web

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"
	"golang.org/x/sync/singleflight"

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

// unread is the error of a drawing that lacks what couldn't be read. Any other error of a drawing is a bug.
type unread struct{ error }

func (e unread) Unwrap() error { return e.error }

// fragments keeps the newest drawing of each part in each language that somebody reads, so that it is
// drawn once for all browsers of a language.
type fragments struct {
	marker  marker
	drawing singleflight.Group

	mu   sync.Mutex
	byID map[string]fragment
}

type fragment struct{ rev, html string }

func newFragments() *fragments { return &fragments{marker: newMarker(), byID: map[string]fragment{}} }

// get answers the drawing of key at rev, or calls draw for it. Who asks for the same meanwhile shares that one drawing,
// or its failure: a line of those who wait would take as long as all of them together. Failed drawings aren't kept.
func (f *fragments) get(key, rev string, draw func() (string, error)) (string, error) {
	if key == "" {
		return draw()
	}
	if html, ok := f.kept(key, rev); ok {
		return html, nil
	}
	html, err, _ := f.drawing.Do(key+"\n"+rev, func() (any, error) {
		if html, ok := f.kept(key, rev); ok { // since just now
			return html, nil
		}
		html, err := draw()
		if err == nil {
			f.keep(key, fragment{rev, html})
		}
		return html, err
	})
	return html.(string), err
}

func (f *fragments) kept(key, rev string) (html string, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	x := f.byID[key]
	return x.html, x.html != "" && x.rev == rev
}

func (f *fragments) keep(key string, x fragment) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.byID[key]; !ok && len(f.byID) >= maxFragments*len(i18n.Languages()) {
		clear(f.byID)
	}
	f.byID[key] = x
}

// sender remembers what one page has been sent, and writes what is new.
type sender struct {
	cache *fragments
	sent  map[string]string // rev by target
	drawn map[string]bool   // marks of what the page shows already when it is first written to

	patience time.Duration // for what all parts of a message read
	missed   bool          // something of the message written last couldn't be read
}

func newSender(cache *fragments) *sender {
	return &sender{cache: cache, sent: map[string]string{}, patience: readPatience}
}

// write appends the parts that the page doesn't have yet to out, as partials for htmx. What can't be read, or not in
// time, stays as it is on the page.
func (s *sender) write(ctx context.Context, out *strings.Builder, parts []part) error {
	reading, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	s.missed = false
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
		html, err := s.cache.get(inLanguage(ctx, p.key), p.rev+"/"+p.drawn, func() (string, error) { return p.html(ctx, reading) })
		missed := errors.As(err, new(unread))
		if err != nil && !missed {
			return err
		}
		s.missed = s.missed || missed
		if html != "" || !missed {
			writePartial(out, p.target, p.swap, html)
		}
		if !missed {
			s.note(p)
		}
	}
	return nil
}

// html draws a part; what it needs is read within the second context.
func (p part) html(ctx, reading context.Context) (string, error) {
	c, err := p.draw(reading)
	if err != nil {
		err = unread{err}
	}
	if c == nil {
		return "", err
	}
	var b strings.Builder
	// Others may share the drawing: that this one's browser leaves is nothing to them.
	if bug := c.Render(context.WithoutCancel(ctx), &b); bug != nil {
		return "", bug
	}
	return b.String(), err
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
