package logview

import (
	"fmt"
	"strings"
	"time"
)

// CountsID is the element of the chart above a log.
const CountsID = "log-counts"

// CountID is where the number of lines of a level stands in its chip.
func CountID(level string) string { return "log-count-" + level }

// Counts are how many lines pass a filter over time.
type Counts struct {
	From, To time.Time
	Bars     []CountBar
	Total    int64
	Away     string // why they aren't known; "": they are
}

// CountBar is one part of the time.
type CountBar struct{ Errors, Warnings, Others int64 }

func (b CountBar) sum() int64 { return b.Errors + b.Warnings + b.Others }

// most is the longest bar.
func (c Counts) most() (most int64) {
	for _, b := range c.Bars {
		most = max(most, b.sum())
	}
	return most
}

// The box of the chart: each bar has ten units, and its height is in hundredths.
const (
	barWide = 10
	barHigh = 100
)

// paths are the bars of errors, warnings and other lines, which stand on each other in this order. What is there at
// all is seen: it is an eighth of the height at least.
func (c Counts) paths() (errors, warnings, others string) {
	most := c.most()
	if most == 0 {
		return "", "", ""
	}
	var out [3]strings.Builder
	for i, b := range c.Bars {
		low := int64(barHigh)
		for k, n := range [3]int64{b.Errors, b.Warnings, b.Others} {
			if n == 0 {
				continue
			}
			h := min(low, max(barHigh/8, n*barHigh/most))
			low -= h
			fmt.Fprintf(&out[k], "M%d %dh%dv%dh-%dZ", i*barWide+1, low, barWide-2, h, barWide-2)
		}
	}
	return out[0].String(), out[1].String(), out[2].String()
}
