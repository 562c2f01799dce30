package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// figure is one number of one run.
type figure struct {
	name  string
	unit  string
	value float64
	more  bool // more is better; otherwise less is
}

// median of the values; NaN of none. It leaves its argument as it is.
func median(values []float64) float64 { return quantile(values, 0.5) }

// quantile q (0 to 1) of the values, between neighbours linear; NaN of none.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	at := q * float64(len(sorted)-1)
	low := int(at)
	if low+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[low] + (at-float64(low))*(sorted[low+1]-sorted[low])
}

// human writes a number with three digits that say something.
func human(v float64) string {
	a := math.Abs(v)
	switch {
	case math.IsNaN(v):
		return "-"
	case a >= 1e6:
		return strconv.FormatFloat(v/1e6, 'f', digits(a/1e6), 64) + "M"
	case a >= 1e4:
		return strconv.FormatFloat(v/1e3, 'f', digits(a/1e3), 64) + "k"
	case v == math.Trunc(v):
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return strconv.FormatFloat(v, 'f', digits(a), 64)
}

func digits(a float64) int {
	switch {
	case a >= 100:
		return 0
	case a >= 10:
		return 1
	case a >= 0.1:
		return 2
	}
	return 3
}

// summary is "median (least-most)".
func summary(values []float64) string {
	if len(values) == 0 {
		return "-"
	}
	return fmt.Sprintf("%s (%s-%s)", human(median(values)), human(slices.Min(values)), human(slices.Max(values)))
}

// ratio is ours to theirs; "-" when that says nothing.
func ratio(ours, theirs []float64) string {
	a, b := median(ours), median(theirs)
	if math.IsNaN(a) || math.IsNaN(b) || b == 0 {
		return "-"
	}
	return human(a/b) + "x"
}

// brief is all figures of one run on one line.
func brief(fs []figure) string {
	var b strings.Builder
	for _, f := range fs {
		fmt.Fprintf(&b, "; %s %s %s", f.name, human(f.value), f.unit)
	}
	return b.String()
}
