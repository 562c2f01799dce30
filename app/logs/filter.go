package logs

import (
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/botswain/botswain/app/ansi"
	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
)

// maxPattern bounds what is searched for, in bytes.
const maxPattern = 500

// Levels is a set of levels; empty means all.
type Levels uint8

// LevelSet is the set of the given levels.
func LevelSet(levels ...Level) Levels {
	var s Levels
	for _, l := range levels {
		s |= 1 << l
	}
	return s
}

// AtLeast is the set of a level and all worse ones; Unknown gives the empty set, which means all.
func AtLeast(l Level) Levels {
	if l <= Unknown {
		return 0
	}
	return Levels(1<<(Fatal+1) - 1<<l)
}

// Has says whether a line of a level is picked.
func (s Levels) Has(l Level) bool { return s == 0 || s&(1<<l) != 0 }

// Filter picks lines. The zero Filter picks all.
type Filter struct {
	Levels Levels
	Stream Stream // 0: all
	Run    *bot.RunID
	From   time.Time // lines read at or after it; zero: from the beginning
	To     time.Time // lines read before it; zero: to the end
	Text   string    // what the line has in it, as it is shown: without colours
	Regexp bool      // Text is a regular expression (RE2, as in Go)
	Case   bool      // Text is found in its own case only
}

// Matcher is a Filter made ready. It may be used by many goroutines.
type Matcher struct {
	Filter
	re      *regexp.Regexp // finds Text; nil without one
	literal string         // what each match has in it, for the database to look for first; "": not known
}

// Compile makes a filter ready. A Text that is no regular expression, or is too long, is a
// fault.Invalid with the field "q".
func (f Filter) Compile() (*Matcher, error) {
	m := &Matcher{Filter: f, literal: f.Text}
	if f.Text == "" {
		return m, nil
	}
	switch {
	case len(f.Text) > maxPattern:
		return nil, badPattern(nil, "Search for at most 500 characters.")
	case strings.ContainsRune(f.Text, 0), !utf8.ValidString(f.Text):
		return nil, badPattern(nil, "Search for text: this has bytes that are none.")
	}
	pattern := f.Text
	if !f.Regexp {
		pattern = regexp.QuoteMeta(f.Text)
	}
	if !f.Case {
		pattern = "(?i)" + pattern
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, badPattern(err, "This is no regular expression: %s.", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	m.re = re
	if f.Regexp {
		m.literal = literalOf(pattern)
	}
	return m, nil
}

func badPattern(err error, format string, args ...any) error {
	f := fault.New(fault.Invalid, format, args...)
	f.Fields, f.Err = map[string]string{"q": f.Message}, err
	return f
}

// All says whether every line is picked.
func (m *Matcher) All() bool { return m == nil || m.Filter == (Filter{}) }

// Match says whether a line is picked.
func (m *Matcher) Match(l *Line) bool {
	return m == nil || m.fits(l) && m.matches(l.Message)
}

// fits is Match without the text.
func (m *Matcher) fits(l *Line) bool {
	return m.Levels.Has(l.Level) && (m.Stream == 0 || m.Stream == l.Stream) && (m.Run == nil || *m.Run == l.Run) &&
		(m.From.IsZero() || !l.At.Before(m.From)) && (m.To.IsZero() || l.At.Before(m.To))
}

func (m *Matcher) matches(text string) bool { return m.re == nil || m.re.MatchString(ansi.Strip(text)) }

// Find gives where in a shown text the matches are, as pairs of offsets; empty matches are left out.
func (m *Matcher) Find(shown string) [][]int {
	if m == nil || m.re == nil {
		return nil
	}
	all := m.re.FindAllStringIndex(shown, -1)
	some := all[:0]
	for _, at := range all {
		if at[1] > at[0] {
			some = append(some, at)
		}
	}
	return some
}
