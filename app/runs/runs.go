// Package runs knows the recorded runs of bots: lists of them, abnormal ends by what they have in
// common, and the last lines of each such end, which it keeps past the log's retention.
package runs

import (
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/logs"
)

// What is kept of an abnormal end. So a bot's kept lines take 40 MiB at most, and about 1 MiB if its lines
// are of the usual length.
const (
	// KeptLines is how many of the last lines of output are kept; Botswain's own lines between and after
	// them are kept as well, up to keptRows in all.
	KeptLines = 50
	keptRows  = 80
	// keptLength is how much of a line is kept, in characters.
	keptLength = 4096
	// KeptEnds is how many abnormal ends of a bot keep their lines; the rows of older ones stay without.
	KeptEnds = 200
)

// Group is the abnormal ends of a bot that have their cause in common, or else how they ended and what
// the last words were.
type Group struct {
	// Key names the group: a cause's id, a fingerprint, or the words of the end.
	Key             string
	Times           int
	FirstAt, LastAt time.Time
	Newest          event.Run
}

// Kept is the last lines of a run, oldest first.
type Kept struct {
	Lines []Line
	// At is when they were kept; zero: they aren't (yet).
	At time.Time
}

// Line is a kept line; Message may be cut, then Cut says so.
type Line struct {
	Seq     int64
	At      time.Time
	Stream  logs.Stream
	Level   logs.Level
	Message string
	Cut     bool
}

// unkept is an abnormal end whose lines may have to be kept.
type unkept struct {
	run     bot.RunID
	bot     bot.ID
	started time.Time
	ended   time.Time
	exit    string // "exit code 1", "SIGSEGV" or "unseen"
}
