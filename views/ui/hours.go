package ui

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// HoursProps describes a chart of what came to something in each hour.
type HoursProps struct {
	// Hours are the beginnings of the hours, oldest first; the last one goes on. Their location is the
	// zone that they are shown in.
	Hours  []time.Time
	Series []HourSeries // at most two, the larger first: they share a scale
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
func (p HoursProps) scale() []string {
	top := p.top()
	labels := make([]string, 5)
	for i := range labels {
		labels[i] = Short(top * float64(4-i) / 4)
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
func (p HoursProps) label() string {
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
		parts = append(parts, fmt.Sprintf("%s %s in all, at most %s in the hour from %s", s.Name, Short(total), Short(s.Values[most]), p.Hours[most].Format("15:04")))
	}
	if len(parts) == 0 {
		return fmt.Sprintf("Nothing was reported in the last %d hours", len(p.Hours))
	}
	return fmt.Sprintf("The last %d hours, by the hour: %s", len(p.Hours), strings.Join(parts, "; "))
}

// tip is what an hour tells: "11:00 to 12:00: messages 1,161, commands 199".
func (p HoursProps) tip(i int) string {
	var parts []string
	for _, s := range p.Series {
		parts = append(parts, strings.ToLower(s.Name)+" "+hourValue(s.Values[i]))
	}
	return p.span(i) + ": " + strings.Join(parts, ", ")
}

// span names an hour.
func (p HoursProps) span(i int) string {
	until := p.Hours[i].Add(time.Hour).Format("15:04")
	if i == len(p.Hours)-1 {
		until = "now"
	}
	return p.Hours[i].Format("15:04") + " to " + until
}

func hourValue(v float64) string {
	if math.IsNaN(v) {
		return "not reported"
	}
	return Number(v)
}
