package ui

import (
	"time"

	"github.com/botswain/botswain/views/i18n"
)

// These write figures in English, where there is no context. Those of package i18n with the same names
// write them in the language of the person.

// Span is i18n.Span in English.
func Span(d time.Duration) string { return i18n.English().Span(d) }

// Countdown is i18n.Countdown.
func Countdown(d time.Duration) string { return i18n.Countdown(d) }

// Bytes is i18n.Bytes in English.
func Bytes(n int64) string { return i18n.English().Bytes(n) }

// Percent is i18n.Percent in English.
func Percent(share float64) string { return i18n.English().Percent(share) }

// Count is i18n.Count in English.
func Count(n int64) string { return i18n.English().Count(n) }

// Number is i18n.Number in English.
func Number(v float64) string { return i18n.English().Number(v) }

// Short is i18n.Short in English.
func Short(v float64) string { return i18n.English().Short(v) }
