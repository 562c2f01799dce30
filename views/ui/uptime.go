package ui

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/botswain/botswain/views/i18n"
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
func (d UptimeDay) tip(ctx context.Context) string {
	day := i18n.Of(ctx).Time("ui.day-long", d.At)
	var parts []string
	if d.Up+d.Down > 0 {
		parts = append(parts, i18n.T(ctx, "ui.day-up", UptimeShareWords(ctx, float64(d.Up)/float64(d.Up+d.Down))))
	}
	if d.Down >= time.Second {
		parts = append(parts, i18n.T(ctx, "ui.day-down", i18n.Span(ctx, d.Down), i18n.T(ctx, "ui.outages", d.Outages)))
	}
	if d.Off >= time.Second && d.Up+d.Down > 0 {
		parts = append(parts, i18n.T(ctx, "ui.stopped-for", i18n.Span(ctx, d.Off)))
	}
	if d.Unknown >= time.Second {
		parts = append(parts, i18n.T(ctx, "ui.not-known-for", i18n.Span(ctx, d.Unknown)))
	}
	switch {
	case d.None:
		return i18n.T(ctx, "ui.day-none", day)
	case len(parts) == 0 && d.Off > 0:
		return i18n.T(ctx, "ui.day-stopped", day)
	case len(parts) == 0:
		return i18n.T(ctx, "ui.day-no-data", day)
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

// UptimeShareWords is UptimeWords as the language writes numbers.
func UptimeShareWords(ctx context.Context, share float64) string {
	return i18n.T(ctx, "number.percent", i18n.Of(ctx).Local(strings.TrimSuffix(UptimeWords(share), "%")))
}

// outages sums the bar up: days that were bad, and for how long in all.
func (p UptimeProps) outages(ctx context.Context) string {
	days, down, unknown := 0, time.Duration(0), time.Duration(0)
	for _, d := range p.Days {
		if d.Down >= time.Second {
			days++
		}
		down, unknown = down+d.Down, unknown+d.Unknown
	}
	words := i18n.T(ctx, "ui.no-outage")
	if days > 0 {
		words = i18n.T(ctx, "ui.outage-days", days, i18n.Span(ctx, down))
	}
	if unknown >= time.Second {
		words += ", " + i18n.T(ctx, "ui.not-known-for", i18n.Span(ctx, unknown))
	}
	return words
}

// label says in a sentence what the bar shows.
func (p UptimeProps) label(ctx context.Context) string {
	known := 0
	for _, d := range p.Days {
		if d.Up+d.Down > 0 {
			known++
		}
	}
	if known == 0 {
		return i18n.T(ctx, "ui.uptime-nothing", len(p.Days))
	}
	return i18n.T(ctx, "ui.uptime-of", len(p.Days), p.outages(ctx))
}

func (s UptimeShare) words(ctx context.Context) string {
	if s.Share == nil {
		return i18n.T(ctx, "ui.no-data")
	}
	return UptimeShareWords(ctx, *s.Share)
}

func (p UptimeProps) slot() float64 { return 900 / float64(max(1, len(p.Days))) }
