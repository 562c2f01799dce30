package logs

import (
	"errors"
	"io/fs"
	"time"
)

// read takes one chunk of a stream into the batch that is being filled, and says whether more can
// be taken at once. flush also takes the beginning of a line whose end hasn't come.
func (in *ingest) read(s *stream, flush bool) (more bool) {
	if s.ended {
		return false
	}
	if in.filling.room() == 0 {
		return true
	}
	finished := s.run.finished
	n, end := 0, true
	err := s.look(in.log)
	if err == nil {
		n, end, err = s.read(in.buf)
	}
	if err != nil {
		in.unreadable(s, err)
		return false
	}
	final := finished && end
	flush = flush && s.restSize == s.size && s.size%stdioBlock != 0
	took := in.split(s, in.buf[:n], final, flush)
	if final && s.pos >= s.size {
		in.closeLine(s)
		s.ended = true
	}
	in.noteRest(s, took)
	return took && !s.ended && !s.atEnd()
}

// unreadable handles a file that isn't there (yet) or can't be read.
func (in *ingest) unreadable(s *stream, err error) {
	missing := errors.Is(err, fs.ErrNotExist)
	if !missing && !s.gone {
		in.log.Error("logs: can't read a spool file", "file", s.path, "at", s.pos, "error", err)
		s.gone = true
	}
	if s.run.finished && (missing || giveUp(err)) {
		s.run.keep = s.run.keep || !missing
		in.closeLine(s)
		s.ended = true
	}
}

func (s *stream) atEnd() bool { return s.pos >= s.size || (s.limit >= 0 && s.pos >= s.limit) }

// noteRest remembers since when the file ends inside a line.
func (in *ingest) noteRest(s *stream, took bool) {
	if took || s.pos >= s.size || s.run.finished {
		delete(in.rests, s)
		s.restSince = time.Time{}
		return
	}
	if s.restSince.IsZero() || s.restSize != s.size {
		s.restSize, s.restSince = s.size, time.Now()
	}
	in.rests[s] = struct{}{}
}

// split turns data, which starts at the stream's pos, into lines of the batch.
func (in *ingest) split(s *stream, data []byte, final, flush bool) (took bool) {
	room := min(turnLines, in.filling.room())
	sp := newSplitter(data, maxPiece, final)
	in.pieces = in.pieces[:0]
	for len(in.pieces) < room {
		p, ok := sp.next()
		if !ok {
			break
		}
		in.pieces = append(in.pieces, p)
	}
	if flush && len(in.pieces) == 0 && room > 0 {
		if p, ok := sp.partial(); ok {
			in.pieces = append(in.pieces, p)
		}
	}
	if len(in.pieces) == 0 {
		return false
	}
	last := in.pieces[len(in.pieces)-1]
	// One string for all: the lines are parts of it.
	text := string(data[:last.to])
	l := Line{At: in.at(), Run: s.run.id, Stream: s.kind}
	for _, p := range in.pieces {
		l.Message = text[p.from:p.to]
		if p.dirty {
			l.Message = escape(data[p.from:p.to])
		}
		in.addPiece(s, l, p.more)
	}
	s.pos += int64(last.next)
	in.filling.moved(s)
	return true
}

// addPiece stores the line as the next piece of the stream; all pieces of a line have the level of
// the first.
func (in *ingest) addPiece(s *stream, l Line, more bool) {
	l.HeadSeq, l.Level, l.Truncated = s.head, s.level, more
	if s.head == 0 {
		l.Level = detect(l.Message)
	}
	head := in.filling.add(s.run.bot, l)
	if more {
		s.head, s.level = head, l.Level
	} else {
		s.head, s.level = 0, Unknown
	}
}

// closeLine ends a line whose beginning was stored as going on, when nothing more came: with an
// empty piece, so that Truncated stays true to its word.
func (in *ingest) closeLine(s *stream) {
	if s.head == 0 {
		return
	}
	in.addPiece(s, Line{At: in.at(), Run: s.run.id, Stream: s.kind}, false)
	in.filling.moved(s)
}

// write stores a note, in as many lines as it has.
func (in *ingest) write(t *track, n *note) {
	data := []byte(n.text)
	sp := newSplitter(data, maxPiece, true)
	l := Line{At: in.at(), Run: n.run, Stream: System, Level: n.level}
	for {
		p, ok := sp.next()
		if !ok {
			return
		}
		l.Message, l.Truncated = string(data[p.from:p.to]), p.more
		if p.dirty {
			l.Message = escape(data[p.from:p.to])
		}
		head := in.filling.add(t, l)
		l.HeadSeq = 0
		if p.more {
			l.HeadSeq = head
		}
	}
}

// at is the time of reading, as exact as the storage keeps it.
func (in *ingest) at() time.Time { return in.opt.Now().UTC().Truncate(time.Microsecond) }
