package charts

import (
	"context"
	"math"
	"strings"
	"time"

	"github.com/botswain/botswain/views/i18n"
)

// Whole is the key of the range of a set whose span isn't chosen but given, such as a run's.
const Whole = "whole"

// WholeOf is the range of such a set; words name it: "the whole run".
func WholeOf(words i18n.Key, span time.Duration) Range {
	return Range{Key: Whole, Long: words, Span: span}
}

// Known says whether any point of any chart is known.
func (s Set) Known() bool {
	for _, c := range s.Charts {
		if c.Known() {
			return true
		}
	}
	return false
}

// Course is what is said of a chart's first and last known values: "64 MB at first, 508 MB at the end". "" without any.
func (c Chart) Course(ctx context.Context) string {
	first, last := "", ""
	for _, v := range c.Lines[0].Mean {
		if !math.IsNaN(v) {
			if last = c.Unit.Write(ctx, v); first == "" {
				first = last
			}
		}
	}
	if last == "" {
		return ""
	}
	return i18n.T(ctx, "chart.course", first, last)
}

// titles names the charts: "CPU, Memory".
func (s Set) titles() string {
	list := make([]string, len(s.Charts))
	for i, c := range s.Charts {
		list[i] = c.Title
	}
	return strings.Join(list, ", ")
}
