// Package logs carries what bots print from their spool files into storage, exactly once and in
// order, and out again to pages, streams and searches.
package logs

import (
	"time"

	"github.com/botswain/botswain/app/bot"
)

// Stream says where a line comes from.
type Stream int16

// The streams. System lines are Botswain's own words about a bot ("process ended: exit code 1").
const (
	Stdout Stream = 1
	Stderr Stream = 2
	System Stream = 3
)

// Level is a line's severity, read from the line itself; stderr alone makes no error.
type Level int16

// The levels, in growing order. Unknown is what a line without a recognisable level has.
const (
	Unknown Level = 0
	Trace   Level = 1
	Debug   Level = 2
	Info    Level = 3
	Warn    Level = 4
	Error   Level = 5
	Fatal   Level = 6
)

// Line is one stored line. Seq is its identity: 1, 2, 3 … for each bot, without gaps in what was
// stored. Message is valid UTF-8 without NUL and without the line end; a byte that is neither is
// written as \xNN.
type Line struct {
	Seq     int64
	At      time.Time // when Botswain read it
	Run     bot.RunID
	Stream  Stream
	Level   Level
	Message string
	// HeadSeq is the Seq of the first piece when a long line was stored in pieces; otherwise Seq.
	HeadSeq int64
	// Truncated means that the line goes on in the next piece of the same HeadSeq.
	Truncated bool
}

// Query asks for a page of one bot's lines. Results are always in growing Seq. With AfterSeq nil
// the page is the newest Limit lines (before BeforeSeq, when that is set); with AfterSeq it is the
// oldest Limit lines after it.
type Query struct {
	Bot       bot.ID
	AfterSeq  *int64
	BeforeSeq *int64
	Limit     int
	MinLevel  Level  // Unknown: all
	Text      string // what a line has in it, as it is shown
	Regexp    bool   // Text is a regular expression (RE2)
	Case      bool   // Text is found in its own case only
	Stream    Stream // 0: all
	Run       *bot.RunID
	From, To  time.Time // only lines read at or after From and before To; zero: no bound
	// Settled waits, for a second at most, until the lines that were shown live by now are stored:
	// who has seen a line finds it in the page.
	Settled bool
}

// Page is the answer to a Query.
type Page struct {
	Lines []Line
	// NextAfterSeq continues a forward read: the Seq of the last line, or what was asked for when
	// there was none.
	NextAfterSeq int64
}
