package logs

import (
	"context"
	"errors"
	"time"

	"github.com/botswain/botswain/app/bot"
)

// ErrConflict is what Append answers when what is stored isn't what the batch builds on: the
// caller must Load and read the spool again from there.
var ErrConflict = errors.New("logs: stored heads are not those that the batch builds on")

// Storage keeps lines. Postgres is the first; another must only keep Append's promise.
type Storage interface {
	// Load tells how far everything has been stored.
	Load(ctx context.Context) (State, error)
	// Append stores all of the batch or nothing. It may be called again with the same batch after
	// any error: a batch that was stored in spite of the error is stored once.
	Append(ctx context.Context, b Batch) error
	// Page reads stored lines by their seq. Filters in q are the Searcher's to apply.
	Page(ctx context.Context, q Query) (Page, error)
	// Retain forgets lines read before a time, as far as that is cheap, and prepares for the coming days.
	Retain(ctx context.Context, before time.Time) error
	// Delete forgets all of a bot.
	Delete(ctx context.Context, id bot.ID) error
}

// State is what is stored, as far as going on needs it.
type State struct {
	Heads   map[bot.ID]int64 // the last seq given to each bot
	Offsets []Offset
	Bots    map[bot.ID]bool // the bots that exist
}

// Batch is stored in one transaction. Its slices belong to the caller again when Append returns.
type Batch struct {
	Parts   []Part
	Heads   []Head
	Offsets []Offset
	// Gone are runs whose spool folder doesn't exist any more: their offsets are forgotten.
	Gone []bot.RunID
}

// Part is some lines of one bot, in growing Seq, after those of the bot's parts before it.
type Part struct {
	Bot   bot.ID
	Lines []Line
}

// Head says which seq a bot's lines in a batch follow on, and the last one of them. Each bot with
// lines in the batch has one.
type Head struct {
	Bot        bot.ID
	Prev, Last int64
}

// Offset is how far a spool file is stored.
type Offset struct {
	Bot       bot.ID
	Run       bot.RunID
	Stream    Stream
	Committed int64 // bytes from the start of the file
	// HeadSeq and Level are those of the line that goes on at Committed, when the last stored
	// piece was Truncated; otherwise 0.
	HeadSeq int64
	Level   Level
}
