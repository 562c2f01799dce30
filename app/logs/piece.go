package logs

import (
	"time"

	"github.com/botswain/botswain/app/logs/redact"
)

// What a batch is made of. These do the same when lines are read for the first time and when a
// numbering is replayed, so nothing here may depend on anything but the arguments.

// take adds pieces of data, which starts at the stream's pos, with marks in place of the spans, and
// moves the stream behind them.
func (b *batch) take(s *stream, data []byte, pieces []piece, spans []redact.Span, at time.Time) {
	next := s.pos + int64(pieces[len(pieces)-1].next)
	if len(spans) > 0 {
		for _, r := range spans {
			b.wipes = append(b.wipes, wipe{s, s.cuts, s.pos + int64(r.From), s.pos + int64(r.To)})
		}
		data, pieces = blank(data, pieces, spans)
	}
	last := pieces[len(pieces)-1]
	// One string for all: the lines are parts of it.
	text := string(data[:last.to])
	l := Line{At: at, Run: s.run.id, Stream: s.kind}
	for _, p := range pieces {
		l.Message = text[p.from:p.to]
		if p.dirty {
			l.Message = escape(data[p.from:p.to])
		}
		b.addPiece(s, l, p.more)
	}
	s.pos = next
	b.moved(s)
}

// addPiece adds the line as the next piece of the stream; all pieces of a line have the level of
// the first, and the lines of a stack trace that of what it explains.
func (b *batch) addPiece(s *stream, l Line, more bool) {
	l.HeadSeq, l.Level, l.Truncated = s.head, s.level, more
	if s.head == 0 {
		l.Level = detect(l.Message)
		// An offset may name the level of a line that goes on: it must not depend on what was before.
		if s.trace.Next(l.Message, l.Level, l.At) && !more {
			l.Level = s.trace.level
		}
	}
	head := b.add(s.run.bot, l)
	if more {
		s.head, s.level = head, l.Level
	} else {
		s.head, s.level = 0, Unknown
	}
}

// closeLine ends a line whose beginning was added as going on, when nothing more comes: with an
// empty piece, so that Truncated stays true to its word.
func (b *batch) closeLine(s *stream, at time.Time) {
	b.addPiece(s, Line{At: at, Run: s.run.id, Stream: s.kind}, false)
	b.moved(s)
}

// say adds a note, in as many lines as it has.
func (b *batch) say(t *track, n *note, at time.Time) {
	data := []byte(n.text)
	sp := newSplitter(data, maxPiece, true)
	l := Line{At: at, Run: n.run, Stream: System, Level: n.level}
	for {
		p, ok := sp.next()
		if !ok {
			return
		}
		l.Message, l.Truncated = string(data[p.from:p.to]), p.more
		if p.dirty {
			l.Message = escape(data[p.from:p.to])
		}
		head := b.add(t, l)
		l.HeadSeq = 0
		if p.more {
			l.HeadSeq = head
		}
	}
}

// jump moves the stream on to a position past output that is gone, and says so in its place.
func (b *batch) jump(s *stream, to int64, n *note, at time.Time) {
	b.say(s.run.bot, n, at)
	s.pos = to
	b.moved(s)
}
