// Package logview draws logs: lines, gaps, the viewer around them and its filter. static/src/js/log.js makes it
// follow.
package logview

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/views/i18n"
)

// Line is one stored line as it is shown.
type Line struct {
	Seq   int64
	At    time.Time
	Level string // a data-level of the css: "debug", "info", "warn", "error", "fatal", "system", "input" or ""
	Word  string // what the level column says: "info", "bosun", "err"
	Text  string // may hold ANSI escapes; drawn by Text
	// Continued means that it continues the line above, which was too long for one.
	Continued bool
	// Joins means that it is part of a stack trace that a line above began.
	Joins bool
	// Bot and Name say whose line it is, where lines of several bots are together.
	Bot  bot.ID
	Name string
	// Hit is the line that the page's address names.
	Hit bool
}

// Lines is a part of a log: what is above it, the lines in their order, and what is below.
type Lines struct {
	Lines  []Line
	Before Edge
	After  Edge
	// Find gives the parts of a shown text that are looked for; nil: nothing is.
	Find func(string) [][]int
	// From and To are the cursors that the lines lead from and to, when they are live: there is nothing
	// between From and the first line, or a gap says so.
	From, To int64
	// Today is the day whose lines show no date; zero: the one of the last line.
	Today time.Time
}

// Edge is what a part of a log ends with; the zero Edge is nothing.
type Edge struct {
	Kind EdgeKind
	// Place is where to read on: beyond it, back or forward.
	Place string
	// Skipped counts the lines that a gap leaves out, and Stop is the seq of the last line before it; for
	// lines of several bots Name and Bot say whose they are.
	Skipped int64
	Stop    int64
	Bot     bot.ID
	Name    string
}

// EdgeKind says what a part of a log ends with.
type EdgeKind int

// The edges. A gap is lines that are not shown: they came too fast, or are too old to be kept.
const (
	End EdgeKind = iota
	Older
	Newer
	Gap
)

// Query is what the filter of a log holds, as it is written in an address. The zero Query picks all.
type Query struct {
	Text         string
	Regexp, Case bool
	Levels       []string // of LevelNames; none: all
	Stream       string   // "stdout", "stderr", "system"; "": all
	Run          string   // a run's number or id; "": all
	Since        string   // "15m", "1h", …: lines of the last while
	From, To     string   // times as inputs write them: "2026-11-26T17:41"
	Bot          string   // on the page of all bots: the id of one; "": all
}

// LevelNames are the levels that a filter knows, worst first. "error" includes fatal, "debug" trace;
// "none" is lines that show no level.
func LevelNames() []string { return []string{"error", "warn", "info", "debug", "none"} }

// Values is the query as an address has it; what is empty is left out.
func (q Query) Values() url.Values {
	v := url.Values{}
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	set("q", q.Text)
	if q.Text != "" && q.Regexp {
		v.Set("re", "1")
	}
	if q.Text != "" && q.Case {
		v.Set("case", "1")
	}
	for _, l := range q.Levels {
		v.Add("level", l)
	}
	set("stream", q.Stream)
	set("run", q.Run)
	set("since", q.Since)
	set("from", q.From)
	set("to", q.To)
	set("bot", q.Bot)
	return v
}

// fields are the names and values of the query, for a form.
func (q Query) fields() [][2]string {
	var out [][2]string
	v := q.Values()
	for _, name := range slices.Sorted(maps.Keys(v)) {
		for _, value := range v[name] {
			out = append(out, [2]string{name, value})
		}
	}
	return out
}

// Empty says whether all lines are picked.
func (q Query) Empty() bool { return len(q.Values()) == 0 }

// More counts the parts of the filter that the small form hides.
func (q Query) more() int {
	n := 0
	for _, s := range []string{q.Stream, q.Run, q.From, q.To} {
		if s != "" {
			n++
		}
	}
	return n
}

// RunChoice is a run whose lines can be picked.
type RunChoice struct {
	Number int
	At     time.Time
}

// BotChoice is a bot whose lines can be picked on the page of all bots.
type BotChoice struct {
	ID   bot.ID
	Name string
}

// Viewer is a whole log with its frame.
type Viewer struct {
	Lines
	// Bot is the bot whose log it is, and Name its name; zero and "" for the log of all.
	Bot  bot.ID
	Name string
	// Base is the address of the log's page: "/bots/…/logs" or "/logs".
	Base string
	// Cursor is where live lines continue from; Detached means that the newest lines aren't shown, so that
	// they don't.
	Cursor   int64
	Detached bool
	// Console is whether there is a line to the bot's standard input. Run is the run that goes on now; zero
	// when none does. View is where the console's form leads back to, a botcard.View. Line stands in it: one that
	// was refused.
	Console bool
	Run     bot.RunID
	View    string
	Line    string
	// Full is the viewer that fills the page, with its filter; otherwise it is a card with a link to it.
	Full    bool
	Query   Query
	Problem string // what is wrong with the query, in words
	Runs    []RunChoice
	Bots    []BotChoice
	Note    Note
	// Zone names the time zone of the shown times: "UTC+1".
	Zone string
}

// Title names the log.
func (v Viewer) title(ctx context.Context) string {
	if v.Name == "" {
		return i18n.T(ctx, "log.title-all")
	}
	return i18n.T(ctx, "log.title-of", v.Name)
}

// address is the log's page with its filter and more; pairs are names and values.
func (v Viewer) address(path string, pairs ...string) string {
	q := v.Query.Values()
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	if len(q) == 0 {
		return v.Base + path
	}
	return v.Base + path + "?" + q.Encode()
}

// Note says why the log stands still; empty when it doesn't.
type Note struct{ Text string }

// zoneOffset is how many seconds the zone of the page's times is ahead of UTC.
func zoneOffset(t time.Time) string {
	_, offset := t.Zone()
	return strconv.Itoa(offset)
}

// ZoneName writes the offset of a time's zone: "UTC", "UTC+1", "UTC-3:30".
func ZoneName(t time.Time) string {
	_, offset := t.Zone()
	if offset == 0 {
		return "UTC"
	}
	sign := "+"
	if offset < 0 {
		sign, offset = "-", -offset
	}
	name := "UTC" + sign + strconv.Itoa(offset/3600)
	if m := offset % 3600 / 60; m != 0 {
		name += fmt.Sprintf(":%02d", m)
	}
	return name
}
