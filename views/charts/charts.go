// Package charts draws figures over time: a set of charts with one span, marks of what happened, and
// a table that says the same. Each chart is an SVG that needs no script; static/src/js/charts.js puts a live
// one with zoom and read-out in its place, made from the same Set as JSON.
package charts

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/botswain/botswain/views/i18n"
)

// Unit says how values are written.
type Unit string

// Units. chartlook.js knows the same ones.
const (
	Percent Unit = "percent" // 100 is "100%"
	Bytes   Unit = "bytes"
	Rate    Unit = "rate" // bytes a second
	Count   Unit = "count"
	Number  Unit = "number"
	Celsius Unit = "celsius"
)

// Write gives a value with its unit, as the language of the context does; "–" when it isn't known.
func (u Unit) Write(ctx context.Context, v float64) string {
	switch {
	case math.IsNaN(v):
		return "–"
	case u == Percent:
		return i18n.Percent(ctx, v/100)
	case u == Bytes:
		return i18n.Bytes(ctx, int64(v))
	case u == Rate:
		return i18n.Bytes(ctx, int64(v)) + "/s"
	case u == Count:
		return i18n.Short(ctx, math.Round(v*10)/10)
	case u == Celsius:
		return fmt.Sprintf("%.0f °C", v)
	}
	return i18n.Short(ctx, v)
}

// Values are figures at even steps; NaN is a gap, and null in JSON.
type Values []float64

// MarshalJSON writes five digits: more aren't seen.
func (v Values) MarshalJSON() ([]byte, error) {
	out := make([]byte, 0, len(v)*7+2)
	out = append(out, '[')
	for i, x := range v {
		if i > 0 {
			out = append(out, ',')
		}
		if math.IsNaN(x) || math.IsInf(x, 0) {
			out = append(out, "null"...)
			continue
		}
		out = strconv.AppendFloat(out, round(x), 'f', -1, 64)
	}
	return append(out, ']'), nil
}

func round(x float64) float64 {
	if x == 0 {
		return 0
	}
	scale := math.Pow(10, 4-math.Floor(math.Log10(math.Abs(x))))
	return math.Round(x*scale) / scale
}

// Line is one figure of a chart. Min and Max may be nil: then no band is drawn.
type Line struct {
	Name  string `json:"name"`
	Color string `json:"color"` // "primary", "secondary", …: a theme variable
	Mean  Values `json:"mean"`
	Min   Values `json:"min,omitempty"`
	Max   Values `json:"max,omitempty"`
}

// Limit is a dashed line that a figure should stay below.
type Limit struct {
	Value float64 `json:"value"`
	Label string  `json:"label"` // "limit 768 MB"
}

// Chart is one of a set. Point i of its lines begins at From + i*Step.
type Chart struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Unit  Unit   `json:"unit"`
	// Kind is "line", or "bars" for what is counted in each point.
	Kind  string  `json:"kind"`
	From  int64   `json:"from"` // Unix seconds
	Step  float64 `json:"step"` // seconds
	Lines []Line  `json:"lines"`
	// Top is the least upper end of the scale.
	Top    float64 `json:"top"`
	Limits []Limit `json:"limits,omitempty"`
	// Minor charts are smaller, below the others.
	Minor bool `json:"-"`
	// Note is said beside the title; "": average and peak are.
	Note string `json:"-"`
	// Now is the newest value in words; "": it isn't shown.
	Now string `json:"-"`
	// Missing says why there is no such figure; "": there is.
	Missing string `json:"-"`
}

// Known says whether any point of it is known.
func (c Chart) Known() bool {
	for _, l := range c.Lines {
		for _, v := range l.Mean {
			if !math.IsNaN(float64(v)) {
				return true
			}
		}
	}
	return false
}

// Mark is something that happened: Kind is "start", "crash" or "deploy".
type Mark struct {
	At   int64  `json:"at"` // Unix seconds
	Kind string `json:"kind"`
	Text string `json:"text"`
}

// Range is one of the spans that can be chosen.
type Range struct {
	Key  string
	Long i18n.Key // "the last hour"
	Span time.Duration
}

// Ranges lists them, the shortest first. The first is live: it shows each sample.
func Ranges() []Range {
	const day = 24 * time.Hour
	return []Range{
		{Live, i18n.Key("chart.last-minutes"), 3 * time.Minute},
		{"1h", i18n.Key("chart.last-hour"), time.Hour},
		{"6h", i18n.Key("chart.last-6-hours"), 6 * time.Hour},
		{"24h", i18n.Key("chart.last-day"), day},
		{"7d", i18n.Key("chart.last-week"), 7 * day},
		{"30d", i18n.Key("chart.last-month"), 30 * day},
		{"1y", i18n.Key("chart.last-year"), year},
	}
}

const year = 365 * 24 * time.Hour

// label is the range where there is little room: "6 h", "30 d".
func (r Range) label(ctx context.Context) string {
	switch {
	case r.Key == Live:
		return i18n.T(ctx, "chart.live")
	case r.Span <= 24*time.Hour:
		return i18n.T(ctx, "chart.hours", int(r.Span/time.Hour))
	case r.Span < year:
		return i18n.T(ctx, "chart.days", int(r.Span/(24*time.Hour)))
	}
	return i18n.T(ctx, "chart.years", int(r.Span/year))
}

// Live is the key of the range that shows each sample, Default that of the one that is shown first.
const (
	Live    = "live"
	Default = "1h"
)

// RangeOf finds a range by its key; the default for an unknown one.
func RangeOf(key string) Range {
	var chosen Range
	for _, r := range Ranges() {
		if r.Key == key {
			return r
		}
		if r.Key == Default {
			chosen = r
		}
	}
	return chosen
}

// Set is charts of one span.
type Set struct {
	ID   string // of the section
	Base string // the page's address
	Data string // where charts.js asks for the set as JSON
	// Range is the chosen one; its Key is "" when From and To were chosen by hand.
	Range    Range
	From, To time.Time
	Charts   []Chart
	Marks    []Mark
	// Zone names the zone of the table's times: "UTC+1".
	Zone string
	// Home is the key of the range that the page begins with; "": Default.
	Home string
	// Away says why there is nothing to show.
	Away string
	// Still: it is of a time that is over, and won't change.
	Still bool
	// Part: the set is a part of a page below a heading of the second level.
	Part bool
}

// words says which span is shown, in a sentence.
func (s Set) words(ctx context.Context) string {
	if s.Range.Key != "" {
		return i18n.T(ctx, s.Range.Long)
	}
	return s.spanWords(ctx)
}

func (s Set) spanWords(ctx context.Context) string {
	l := i18n.Of(ctx)
	if s.To.Sub(s.From) > 48*time.Hour {
		return l.T("chart.span", l.Time("time.date", s.From), l.Time("time.date", s.To))
	}
	if s.From.YearDay() == s.To.YearDay() {
		return l.T("chart.span", l.Time("chart.day", s.From), l.Time("time.clock", s.To))
	}
	return l.T("chart.span", l.Time("chart.day", s.From), l.Time("chart.day", s.To))
}

// offset is how many seconds the span's words are ahead of UTC.
func (s Set) offset() string {
	_, seconds := s.To.Zone()
	return strconv.Itoa(seconds)
}

// href is the page with another range.
func (s Set) href(r Range) string { return s.Base + "?range=" + r.Key }

// stats of a line's known values; false without any.
func (l Line) stats() (mean, most float64, known bool) {
	n, sum := 0, 0.0
	most = math.Inf(-1)
	for i, v := range l.Mean {
		if math.IsNaN(v) {
			continue
		}
		n, sum, most = n+1, sum+v, math.Max(most, v)
		if l.Max != nil {
			most = math.Max(most, l.Max[i])
		}
	}
	return sum / float64(n), most, n > 0
}

// Sub is what is said beside the title.
func (c Chart) Sub(ctx context.Context) string {
	if len(c.Lines) != 1 {
		return ""
	}
	mean, most, known := c.Lines[0].stats()
	switch {
	case c.Note != "":
		return c.Note
	case !known:
		return i18n.T(ctx, "chart.nothing")
	case c.Kind == "bars":
		sum := 0.0
		for _, v := range c.Lines[0].Mean {
			sum += v
		}
		return i18n.T(ctx, "chart.in-all", i18n.Short(ctx, sum))
	}
	return i18n.T(ctx, "chart.average", c.Unit.Write(ctx, mean), c.Unit.Write(ctx, most))
}

// Label says in a sentence what a chart of the set shows.
func (s Set) Label(ctx context.Context, c Chart) string {
	var parts []string
	for _, l := range c.Lines {
		mean, most, known := l.stats()
		name := ""
		if len(c.Lines) > 1 {
			name = l.Name + ": "
		}
		switch {
		case !known:
			parts = append(parts, name+i18n.T(ctx, "chart.nothing"))
		case c.Kind == "bars":
			parts = append(parts, c.Sub(ctx))
		default:
			parts = append(parts, name+i18n.T(ctx, "chart.average", c.Unit.Write(ctx, mean), c.Unit.Write(ctx, most)))
		}
	}
	for _, l := range c.Limits {
		parts = append(parts, l.Label)
	}
	if n := len(s.Marks); n > 0 && c.Kind != "bars" {
		parts = append(parts, i18n.T(ctx, "chart.marks", n))
	}
	return i18n.T(ctx, "chart.label", c.Title, s.words(ctx), strings.Join(parts, "; "))
}

// of picks the charts that have figures: the large ones or the minor ones.
func (s Set) of(minor bool) (list []Chart) {
	for _, c := range s.Charts {
		if c.Minor == minor && c.Missing == "" {
			list = append(list, c)
		}
	}
	return list
}

// missing are those without.
func (s Set) missing() (list []Chart) {
	for _, c := range s.Charts {
		if c.Missing != "" {
			list = append(list, c)
		}
	}
	return list
}
