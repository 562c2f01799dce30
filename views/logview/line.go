// Package logview draws a bot's log: lines, gaps, and the viewer around them. static/js/live.js
// makes it follow.
package logview

import (
	"fmt"
	"strconv"
	"time"

	"github.com/botswain/botswain/app/bot"
)

// Line is one stored line as it is shown.
type Line struct {
	Seq   int64
	At    time.Time
	Level string // a data-level of the css: "debug", "info", "warn", "error", "fatal", "system", or ""
	Word  string // what the level column says: "info", "bosun", "err"
	Text  string // may hold ANSI escapes; drawn by Text
	// Continued means that it continues the line above, which was too long for one.
	Continued bool
}

// Lines is a part of a log: what can be loaded before it, and the lines in growing Seq.
type Lines struct {
	Bot    bot.ID
	Before Before
	Lines  []Line
}

// Before says what is above a part of a log: lines From…To (both included) that aren't shown;
// nothing when From > To, or when it is empty.
type Before struct {
	From, To int64
	// Skipped means that live lines came faster than they could be shown; otherwise it is history.
	Skipped bool
}

// Count is the number of lines that aren't shown.
func (b Before) Count() int64 {
	if b.From <= 0 {
		return 0
	}
	return max(0, b.To-b.From+1)
}

func (l Lines) olderURL() string {
	u := fmt.Sprintf("/bots/%s/logs/older?before=%d", l.Bot, l.Before.To+1)
	if l.Before.Skipped {
		u += "&after=" + strconv.FormatInt(l.Before.From-1, 10)
	}
	return u
}

// Viewer is a whole log with its frame.
type Viewer struct {
	Lines
	Name string // the bot's
	// After is the Seq that live lines continue from.
	After int64
	// Run is the run that goes on now; zero when none does. View is where the console's form leads
	// back to, a botcard.View.
	Run  bot.RunID
	View string
	// Full is the viewer that fills the page; otherwise it is a card with a link to it.
	Full bool
	Note Note
	// Zone names the time zone of the shown times: "UTC+1".
	Zone string
}

// Note says why the log stands still; empty when it doesn't.
type Note struct{ Text string }

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
