package ui

import (
	"fmt"
	"math"
	"strings"
)

// sparkline draws values (NaN: a gap) into a box of w × h units: the line, and the closed area
// below it. The scale goes from 0 to the largest value, or to top when that is larger.
func sparkline(values []float64, w, h, top float64) (line, area string) {
	for _, v := range values {
		if !math.IsNaN(v) {
			top = math.Max(top, v)
		}
	}
	if top <= 0 {
		top = 1
	}
	step := 0.0
	if len(values) > 1 {
		step = w / float64(len(values)-1)
	}
	var l, a strings.Builder
	// One unit stays free above and below, so that the stroke isn't cut off.
	y := func(v float64) float64 { return h - 1 - math.Max(0, v)/top*(h-2) }
	for i := 0; i < len(values); {
		if math.IsNaN(values[i]) {
			i++
			continue
		}
		from := i
		for i < len(values) && !math.IsNaN(values[i]) {
			i++
		}
		segment(&l, &a, values[from:i], from, step, h, y)
	}
	return l.String(), a.String()
}

func segment(line, area *strings.Builder, values []float64, from int, step, h float64, y func(float64) float64) {
	var points strings.Builder
	for i, v := range values {
		op := "L"
		if i == 0 {
			op = "M"
		}
		fmt.Fprintf(&points, "%s%s %s", op, coordinate(float64(from+i)*step), coordinate(y(v)))
	}
	left, right := coordinate(float64(from)*step), coordinate(float64(from+len(values)-1)*step)
	line.WriteString(points.String())
	if len(values) == 1 { // a single sample is a dot: a line of no length with round ends
		fmt.Fprintf(line, "h0")
		return
	}
	fmt.Fprintf(area, "%sL%s %sL%s %sZ", points.String(), right, coordinate(h), left, coordinate(h))
}

func coordinate(v float64) string {
	return strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0")
}

// fade names the gradient of the layout for the area below a line of this class; "": there is none, a mask will do.
// The mask fits every colour, but costs the browser a picture of its own for each line.
func fade(class string) string {
	switch class {
	case "text-primary":
		return "url(#fade-primary) currentColor"
	case "text-secondary":
		return "url(#fade-secondary) currentColor"
	}
	return ""
}
