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
	if in.filling.room(s.run.bot) == 0 {
		return true
	}
	finished := s.run.finished
	n, end := 0, true
	err := s.look(in.log)
	if err == nil && s.lost > 0 {
		in.jump(s)
	}
	if err == nil {
		n, end, err = s.read(in.buf)
	}
	if err != nil {
		in.unreadable(s, err)
		return false
	}
	if end && s.holeTo > 0 && s.pos+int64(n) == s.holeFrom {
		return in.readToHole(s, in.buf[:n])
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

// readToHole takes the last output before what was dropped, which may end inside a line.
func (in *ingest) readToHole(s *stream, data []byte) (more bool) {
	in.split(s, data, true, false)
	if s.pos == s.holeFrom && in.filling.room(s.run.bot) > 0 {
		in.jump(s)
	}
	in.noteRest(s, true)
	return true
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
	room := min(turnLines, in.filling.room(s.run.bot))
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
	if len(in.pieces) > 0 {
		in.pieces = in.holdBack(s, data, in.pieces)
	}
	if len(in.pieces) == 0 {
		return false
	}
	in.take(s, data, in.pieces)
	return true
}

// The following add to the batch and write down how.

func (in *ingest) take(s *stream, data []byte, pieces []piece) {
	d := in.decide(tookLines, s)
	if d.spans = in.secretsIn(s, data, pieces); len(d.spans) > 0 {
		d.kind, pieces = tookBlanked, refit(data, pieces, d.spans)
	}
	d.pieces, d.sum = pieces, checksum(data[:pieces[len(pieces)-1].next])
	in.filling.numbering.note(d)
	in.filling.take(s, data, pieces, d.spans, d.at)
}

func (in *ingest) closeLine(s *stream) {
	if s.head == 0 {
		return
	}
	d := in.decide(closedLine, s)
	in.filling.numbering.note(d)
	in.filling.closeLine(s, d.at)
}

// write adds a note.
func (in *ingest) write(t *track, n *note) {
	if n.text == "" {
		return
	}
	at := in.at()
	n = &note{n.run, n.level, in.keys.of(t.id).Text(n.text)}
	in.filling.numbering.note(decision{kind: saidNote, level: n.level, bot: t.id, run: n.run, at: at, prev: t.seq, text: n.text})
	in.filling.say(t, n, at)
}

func (in *ingest) decide(kind uint8, s *stream) decision {
	d := decision{
		kind: kind, stream: s.kind, bot: s.run.bot.id, run: s.run.id, at: in.at(), prev: s.run.bot.seq,
		from: s.pos, anew: s.cuts != s.cutsNoted,
	}
	s.cutsNoted = s.cuts
	return d
}

// at is the time of reading, as exact as the storage keeps it.
func (in *ingest) at() time.Time { return in.opt.Now().UTC().Truncate(time.Microsecond) }
