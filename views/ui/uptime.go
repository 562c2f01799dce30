package ui

import (
	"fmt"
	"strings"
	"time"
)

// UptimeProps describes the bar of the last days, one each.
type UptimeProps struct {
	Days []UptimeDay // oldest first; the last is today
	// Shares are what the bar adds up to, by spans of time.
	Shares []UptimeShare
	// Away says why nothing is known; "": something is.
	Away string
}

// UptimeShare is the part (0 to 1) of a span that something was up; nil: nothing is known of it.
type UptimeShare struct {
	Label string // "24 h"
	Share *float64
}

// UptimeDay is one day; all lengths may be zero.
type UptimeDay struct {
	At                     time.Time
	Up, Down, Off, Unknown time.Duration
	Outages                int
	// None: it did not exist yet.
	None bool
}

// shortOutage is how long it may have been down for a day to be merely marked.
const shortOutage = 10 * time.Minute

// fill is the colour of a day's bar; height is its part of the whole: bad days are shorter as well.
func (d UptimeDay) fill() (class string, height float64) {
	switch {
	case d.None || d.Up+d.Down+d.Unknown == 0 && d.Off == 0:
		return "fill-line", 0.12
	case d.Down > shortOutage:
		return "fill-bar-bad", 0.34
	case d.Down >= time.Second:
		return "fill-bar-warn", 0.64
	case d.Up > 0:
		return "fill-bar-ok", 1
	case d.Unknown > 0:
		return "fill-subtle", 0.64
	}
	return "fill-line", 0.34
}

// tip is what a day tells.
func (d UptimeDay) tip() string {
	day := d.At.Format("Mon 2 January")
	var parts []string
	if d.Up+d.Down > 0 {
		parts = append(parts, "up "+UptimeWords(float64(d.Up)/float64(d.Up+d.Down)))
	}
	if d.Down >= time.Second {
		parts = append(parts, fmt.Sprintf("down %s in %s", Span(d.Down), Plural(d.Outages, "outage", "outages")))
	}
	if d.Off >= time.Second && d.Up+d.Down > 0 {
		parts = append(parts, "stopped for "+Span(d.Off))
	}
	if d.Unknown >= time.Second {
		parts = append(parts, "not known for "+Span(d.Unknown))
	}
	switch {
	case d.None:
		return day + ": no data, it did not exist yet"
	case len(parts) == 0 && d.Off > 0:
		return day + ": stopped all day"
	case len(parts) == 0:
		return day + ": no data"
	}
	return day + ": " + strings.Join(parts, ", ")
}

// UptimeWords writes a share so that "100%" means all of it.
func UptimeWords(share float64) string {
	switch {
	case share >= 1:
		return "100%"
	case share > 0.9999:
		return "99.99%"
	case share > 0.9:
		return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.2f", share*100), "0"), ".") + "%"
	}
	return fmt.Sprintf("%.1f%%", share*100)
}

// outages sums the bar up: days that were bad, and for how long in all.
func (p UptimeProps) outages() string {
	days, down, unknown := 0, time.Duration(0), time.Duration(0)
	for _, d := range p.Days {
		if d.Down >= time.Second {
			days++
		}
		down, unknown = down+d.Down, unknown+d.Unknown
	}
	words := "no outage"
	if days > 0 {
		words = fmt.Sprintf("%s with an outage, %s down in all", Plural(days, "day", "days"), Span(down))
	}
	if unknown >= time.Second {
		words += ", not known for " + Span(unknown)
	}
	return words
}

// label says in a sentence what the bar shows.
func (p UptimeProps) label() string {
	known := 0
	for _, d := range p.Days {
		if d.Up+d.Down > 0 {
			known++
		}
	}
	if known == 0 {
		return fmt.Sprintf("Uptime of the last %d days: nothing is known yet", len(p.Days))
	}
	return fmt.Sprintf("Uptime of the last %d days: %s", len(p.Days), p.outages())
}

func (s UptimeShare) words() string {
	if s.Share == nil {
		return "no data"
	}
	return UptimeWords(*s.Share)
}

func (p UptimeProps) slot() float64 { return 900 / float64(max(1, len(p.Days))) }
