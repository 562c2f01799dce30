package report

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
)

// The bounds of a report. MaxNames holds for gauges and counters each, in a report and in all that a
// bot sends within an hour.
const (
	MaxBytes   = 64 << 10
	MaxNames   = 32
	MaxEvents  = 50
	MaxMessage = 500 // characters
	maxAhead   = time.Minute
	maxFigure  = 1e300 // so that sums of an hour stay finite
)

var nameForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)

// Report is one message of a bot about itself.
type Report struct {
	Ready     bool
	Heartbeat bool
	Gauges    map[string]float64 // what is now
	Counters  map[string]float64 // what has come to it since the last report
	Events    []Event
}

// Event is something that a bot found worth telling.
type Event struct {
	Type    string // success, error or info
	Message string
	At      time.Time // zero: when it arrives
}

// kinds are the types of a bot's events and how they are stored.
func kinds() map[string]event.Kind {
	return map[string]event.Kind{
		"success": event.BotReportSuccess, "error": event.BotReportError, "info": event.BotReportInfo,
	}
}

// Check says what is wrong with a report: a fault.Invalid with each place, or nil. now bounds how
// far in the future an event may be.
func (r Report) Check(now time.Time) error {
	wrong := map[string]string{}
	checkFigures(wrong, "gauges", r.Gauges, math.Inf(-1))
	checkFigures(wrong, "counters", r.Counters, 0)
	if len(r.Events) > MaxEvents {
		wrong["events"] = fmt.Sprintf("Send at most %d events at once.", MaxEvents)
	}
	for i, e := range r.Events[:min(len(r.Events), MaxEvents)] {
		at := fmt.Sprintf("events[%d].", i)
		if kinds()[e.Type] == "" {
			wrong[at+"type"] = "Use success, error or info."
		}
		switch n := utf8.RuneCountInString(e.Message); {
		case cleaned(e.Message) == "":
			wrong[at+"message"] = "Say what happened."
		case n > MaxMessage:
			wrong[at+"message"] = fmt.Sprintf("Use at most %d characters.", MaxMessage)
		}
		if e.At.After(now.Add(maxAhead)) {
			wrong[at+"at"] = "This is in the future; is the clock right?"
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return &fault.Error{
		Code: fault.Invalid, Fields: wrong,
		Message: "The report isn't right, so nothing of it was stored: see errors for the places.",
	}
}

func checkFigures(wrong map[string]string, group string, figures map[string]float64, least float64) {
	if len(figures) > MaxNames {
		wrong[group] = fmt.Sprintf("Use at most %d names.", MaxNames)
		return
	}
	for name, v := range figures {
		at := group + "." + name
		switch {
		case !nameForm.MatchString(name):
			wrong[group] = "A name has lower-case letters, digits and _, begins with a letter and has at most 32 characters."
		case !(math.Abs(v) <= maxFigure):
			wrong[at] = "Give a finite number of a sensible size."
		case v < least:
			wrong[at] = "A counter only grows: give what has come to it, at least 0."
		}
	}
}

// cleaned is a text on one line, without what could disturb a page or a terminal.
func cleaned(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\r', r == '\t', r == '\u2028', r == '\u2029':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.TrimSpace(s)
}

// figures lists what is to be stored, ordered.
func (r Report) figures() (kinds, names []string, values []float64) {
	for _, g := range []struct {
		kind string
		of   map[string]float64
	}{{"counter", r.Counters}, {"gauge", r.Gauges}} {
		for _, name := range slices.Sorted(maps.Keys(g.of)) {
			kinds, names, values = append(kinds, g.kind), append(names, name), append(values, g.of[name])
		}
	}
	return kinds, names, values
}
