package charts

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/botswain/botswain/views/i18n"
)

// The box of a chart, in units of its own: it is stretched to the space that it gets.
const wide, high = 960.0, 200.0

// scale is the upper end of a chart and its labels, from the top.
func (c Chart) scale(ctx context.Context) (top float64, labels []string) {
	top = c.Top
	for _, l := range c.Lines {
		if _, most, known := l.stats(); known {
			top = math.Max(top, most)
		}
	}
	for _, l := range c.Limits {
		if l.Value < 4*top { // one that is far off would press the line to the ground
			top = math.Max(top, l.Value*1.05)
		}
	}
	top = nice(top, c.Unit == Bytes || c.Unit == Rate)
	for i := range 5 {
		labels = append(labels, c.Unit.Write(ctx, top*float64(4-i)/4))
	}
	return top, labels
}

// nice is the next round number that four steps lead to; binary for sizes.
func nice(v float64, binary bool) float64 {
	if v <= 0 {
		return 4
	}
	base, steps := math.Pow(10, math.Floor(math.Log10(v/4))), []float64{1, 1.5, 2, 2.5, 3, 4, 5, 7.5, 10}
	if binary {
		base, steps = math.Pow(2, math.Floor(math.Log2(v/4))), []float64{1, 2}
	}
	for _, m := range steps {
		if 4*base*m >= v {
			return 4 * base * m
		}
	}
	return 4 * base * steps[len(steps)-1]
}

// x is where a time stands in the span of the set.
func (s Set) x(at float64) float64 {
	span := s.To.Sub(s.From).Seconds()
	if span <= 0 {
		return 0
	}
	return (at - float64(s.From.UnixNano())/1e9) / span * wide
}

func (c Chart) at(i int) float64 { return float64(c.From) + (float64(i)+0.5)*c.Step }

// paths are the line, the area below it and the band between least and largest values.
func (s Set) paths(c Chart, l Line, top float64) (line, area, band string) {
	y := func(v float64) float64 { return high - math.Max(0, math.Min(v, top))/top*high }
	var p, a, b strings.Builder
	for i := 0; i < len(l.Mean); {
		from := i
		for i < len(l.Mean) && !math.IsNaN(l.Mean[i]) {
			i++
		}
		if i == from {
			i++
			continue
		}
		begin := p.Len()
		for k := from; k < i; k++ {
			fmt.Fprintf(&p, "%c%.1f %.1f", map[bool]byte{true: 'M', false: 'L'}[k == from], s.x(c.at(k)), y(l.Mean[k]))
		}
		if i-from == 1 { // alone: a short stroke
			p.WriteString("h1")
			continue
		}
		fmt.Fprintf(&a, "%sL%.1f %gL%.1f %gZ", p.String()[begin:], s.x(c.at(i-1)), high, s.x(c.at(from)), high)
		if l.Max == nil || l.Min == nil {
			continue
		}
		for k := from; k < i; k++ {
			fmt.Fprintf(&b, "%c%.1f %.1f", map[bool]byte{true: 'M', false: 'L'}[k == from], s.x(c.at(k)), y(l.Max[k]))
		}
		for k := i - 1; k >= from; k-- {
			fmt.Fprintf(&b, "L%.1f %.1f", s.x(c.at(k)), y(l.Min[k]))
		}
		b.WriteByte('Z')
	}
	return p.String(), a.String(), b.String()
}

// bars is one path of all bars.
func (s Set) bars(c Chart, l Line, top float64) string {
	var p strings.Builder
	width := math.Max(2, s.x(float64(c.From)+c.Step)-s.x(float64(c.From))-1)
	for i, v := range l.Mean {
		if v > 0 {
			h := v / top * high
			fmt.Fprintf(&p, "M%.1f %gv%.1fh%.1fv%.1fZ", s.x(float64(c.From)+float64(i)*c.Step), high, -h, width, h)
		}
	}
	return p.String()
}

// ticks are five times along the axis.
func (s Set) ticks(ctx context.Context) []string {
	form := i18n.Key("time.clock")
	switch span := s.To.Sub(s.From); {
	case span <= 10*time.Minute:
		form = "time.seconds"
	case span > 60*24*time.Hour:
		form = "time.month"
	case span > 48*time.Hour:
		form = "time.day"
	}
	out := make([]string, 5)
	for i := range out {
		out[i] = i18n.Of(ctx).Time(form, s.From.Add(s.To.Sub(s.From)*time.Duration(i)/4))
	}
	return out
}

// tableRows is how many rows a table has at most: it is for reading, not for data.
const tableRows = 24

// tableRow is a part of the span with each line's mean in it.
type tableRow struct {
	from, to time.Time
	cells    []string
	marks    string
}

func (s Set) table(ctx context.Context) []tableRow {
	var rows []tableRow
	part := s.To.Sub(s.From) / tableRows
	for i := tableRows - 1; i >= 0; i-- {
		r := tableRow{from: s.From.Add(part * time.Duration(i)), to: s.From.Add(part * time.Duration(i+1))}
		for _, c := range s.Charts {
			for _, l := range c.Lines {
				r.cells = append(r.cells, c.cell(ctx, l, r.from, r.to))
			}
		}
		var marks []string
		for _, m := range s.Marks {
			if at := time.Unix(m.At, 0); !at.Before(r.from) && at.Before(r.to) {
				marks = append(marks, m.Text)
			}
		}
		if n := len(marks); n > 3 {
			marks = append(marks[:3], i18n.T(ctx, "chart.more-marks", n-3))
		}
		r.marks = strings.Join(marks, "; ")
		rows = append(rows, r)
	}
	return rows
}

// cell joins the points of a line within a time.
func (c Chart) cell(ctx context.Context, l Line, from, to time.Time) string {
	n, sum, most := 0, 0.0, math.Inf(-1)
	for i, v := range l.Mean {
		at := c.at(i)
		if math.IsNaN(v) || at < float64(from.Unix()) || at >= float64(to.Unix()) {
			continue
		}
		n, sum, most = n+1, sum+v, math.Max(most, v)
		if l.Max != nil {
			most = math.Max(most, l.Max[i])
		}
	}
	switch {
	case n == 0:
		return "–"
	case c.Kind == "bars":
		return c.Unit.Write(ctx, sum)
	case c.Unit.Write(ctx, most) == c.Unit.Write(ctx, sum/float64(n)):
		return c.Unit.Write(ctx, most)
	}
	return i18n.T(ctx, "chart.peak", c.Unit.Write(ctx, sum/float64(n)), c.Unit.Write(ctx, most))
}

// rowTime names a row.
func (s Set) rowTime(ctx context.Context, r tableRow) string {
	if s.To.Sub(s.From) > 48*time.Hour {
		return i18n.DateClock(ctx, r.from)
	}
	return i18n.DaySeconds(ctx, r.from)
}
