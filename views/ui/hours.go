package ui

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/botswain/botswain/views/i18n"
)

// HoursProps describes a chart of what came to something in each hour.
type HoursProps struct {
	// Hours are the beginnings of the hours, oldest first; the last one goes on. Their location is the
	// zone that they are shown in.
	Hours  []time.Time
	Series []HourSeries // at most two, the larger first: they share a scale
	// Crashes counts them in each hour, for a row of marks below the lines; nil: there is none.
	Crashes []int
}

// HourSeries is one line of the chart.
type HourSeries struct {
	Name   string    // "Messages"
	Values []float64 // one for each hour; NaN: nothing is known
	Class  string    // its colour: "text-primary", "text-secondary"
	Swatch string    // the same for the legend: "bg-primary", "bg-secondary"
}

// Total is the sum of what is known; false: nothing is.
func (s HourSeries) Total() (total float64, known bool) {
	for _, v := range s.Values {
		if !math.IsNaN(v) {
			total, known = total+v, true
		}
	}
	return total, known
}

// The chart's box, in units of its own: it is stretched to the space that it gets.
const hoursWide, hoursHigh = 960.0, 200.0

// top is the upper end of the scale: the next round number that four steps lead to.
func (p HoursProps) top() float64 {
	most := 0.0
	for _, s := range p.Series {
		for _, v := range s.Values {
			if !math.IsNaN(v) {
				most = math.Max(most, v)
			}
		}
	}
	if most <= 4 {
		return 4
	}
	step := math.Pow(10, math.Floor(math.Log10(most/4)))
	for _, round := range []float64{1, 2, 2.5, 5, 10} {
		if top := 4 * round * step; top >= most && round*step == math.Trunc(round*step) {
			return top
		}
	}
	return 40 * step
}

// scale lists the labels beside the chart, from the top.
func (p HoursProps) scale(ctx context.Context) []string {
	top := p.top()
	labels := make([]string, 5)
	for i := range labels {
		labels[i] = i18n.Short(ctx, top*float64(4-i)/4)
	}
	return labels
}

// paths are the line and the area of a series. A value stands in the middle of its hour.
func (p HoursProps) paths(s HourSeries) (line, area string) {
	width := p.slot()
	var l, a strings.Builder
	y := func(v float64) float64 { return hoursHigh - math.Max(0, v)/p.top()*hoursHigh }
	for i := 0; i < len(s.Values); {
		from := i
		for i < len(s.Values) && !math.IsNaN(s.Values[i]) {
			i++
		}
		if i == from {
			i++
			continue
		}
		var points strings.Builder
		for n, v := range s.Values[from:i] {
			fmt.Fprintf(&points, "%s%s %s", map[bool]string{true: "M", false: "L"}[n == 0], coordinate((float64(from+n)+0.5)*width), coordinate(y(v)))
		}
		left, right := (float64(from)+0.5)*width, (float64(i)-0.5)*width
		l.WriteString(points.String())
		if i-from == 1 { // an hour alone is a short stroke
			fmt.Fprintf(&l, "m%s 0h%s", coordinate(-width/4), coordinate(width/2))
			continue
		}
		fmt.Fprintf(&a, "%sL%s %sL%s %sZ", points.String(), coordinate(right), coordinate(hoursHigh), coordinate(left), coordinate(hoursHigh))
	}
	return l.String(), a.String()
}

func (p HoursProps) slot() float64 { return hoursWide / float64(max(1, len(p.Hours))) }

// label says in a sentence what the chart shows.
func (p HoursProps) label(ctx context.Context) string {
	var parts []string
	for _, s := range p.Series {
		total, known := s.Total()
		if !known {
			continue
		}
		most := 0
		for i, v := range s.Values {
			if !math.IsNaN(v) && (math.IsNaN(s.Values[most]) || v > s.Values[most]) {
				most = i
			}
		}
		parts = append(parts, i18n.T(ctx, "ui.hours.series", s.Name, i18n.Short(ctx, total), i18n.Short(ctx, s.Values[most]), i18n.Clock(ctx, p.Hours[most])))
	}
	if len(parts) == 0 {
		return i18n.T(ctx, "ui.hours.nothing", len(p.Hours))
	}
	if n := p.crashes(); n > 0 {
		parts = append(parts, i18n.T(ctx, "ui.hours.crashes", n))
	}
	return i18n.T(ctx, "ui.hours.label", len(p.Hours), strings.Join(parts, "; "))
}

// crashes is their sum.
func (p HoursProps) crashes() (sum int) {
	for _, n := range p.Crashes {
		sum += n
	}
	return sum
}

// tip is what an hour tells: "11:00 to 12:00: Messages 1,161, Commands 199".
func (p HoursProps) tip(ctx context.Context, i int) string {
	var parts []string
	for _, s := range p.Series {
		parts = append(parts, i18n.T(ctx, "ui.hours.value", s.Name, hourValue(ctx, s.Values[i])))
	}
	if p.Crashes != nil && p.Crashes[i] > 0 {
		parts = append(parts, i18n.T(ctx, "ui.hours.crashes", p.Crashes[i]))
	}
	return p.span(ctx, i) + ": " + strings.Join(parts, ", ")
}

// span names an hour.
func (p HoursProps) span(ctx context.Context, i int) string {
	from := i18n.Clock(ctx, p.Hours[i])
	if i == len(p.Hours)-1 {
		return i18n.T(ctx, "ui.hours.until-now", from)
	}
	return i18n.T(ctx, "ui.hours.span", from, i18n.Clock(ctx, p.Hours[i].Add(time.Hour)))
}

func hourValue(ctx context.Context, v float64) string {
	if math.IsNaN(v) {
		return i18n.T(ctx, "ui.hours.not-reported")
	}
	return i18n.Number(ctx, v)
}
