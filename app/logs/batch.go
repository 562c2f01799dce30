package logs

import (
	"time"

	"github.com/botswain/botswain/app/bot"
)

const (
	// batchLines and batchBytes bound a batch; there are two, one being filled and one being
	// stored, so they also bound what is read ahead of the storage.
	batchLines = 10_000
	batchBytes = 8 << 20
	// turnLines is how many lines one stream may add in one turn, so that a loud bot leaves room.
	turnLines = 2_500
	// A bot with fewer than quietLines in a batch still finds room in one that louder bots have
	// filled: up to quietRoom lines and quietBytes more than those get, for all quiet bots together.
	quietLines = 100
	quietRoom  = 2_000
	quietBytes = 1 << 20
)

// batch collects lines of many bots for one transaction.
type batch struct {
	id      uint64 // never the same twice: tracks and streams note it to find their place
	lines   []Line
	bytes   int
	since   time.Time // when its first line was read
	spans   []span
	heads   []Head
	tracks  []*track // beside heads
	offsets []Offset
	sources []source // beside offsets
	wipes   []wipe   // of each stream in growing order
	// numbering is where the decisions behind lines are written down; lines[:shown] were given to
	// readers, and spans[:shownSpans] in whole.
	numbering  *sheet
	shown      int
	shownSpans int
}

// source is the stream that an offset belongs to, and which file it counted in.
type source struct {
	stream *stream
	cuts   int
}

// span is a part of lines that belongs to one bot.
type span struct {
	bot      bot.ID
	from, to int
}

// room is how many more lines of a bot it takes.
func (b *batch) room(t *track) int {
	of := 0
	if t.batch == b.id {
		of = int(b.heads[t.slot].Last - b.heads[t.slot].Prev)
	}
	if b.bytes < batchBytes && len(b.lines) < batchLines {
		return batchLines - len(b.lines)
	}
	if of >= quietLines || b.bytes >= batchBytes+quietBytes {
		return 0
	}
	return max(0, min(quietLines-of, batchLines+quietRoom-len(b.lines)))
}

func (b *batch) reset(id uint64, on *sheet) {
	clear(b.lines) // lets go of the texts
	clear(b.tracks)
	clear(b.sources)
	clear(b.wipes)
	*b = batch{
		id: id, numbering: on, lines: b.lines[:0], spans: b.spans[:0], heads: b.heads[:0],
		tracks: b.tracks[:0], offsets: b.offsets[:0], sources: b.sources[:0],
		wipes: b.wipes[:0],
	}
}

// add gives the line the track's next seq and appends it.
func (b *batch) add(t *track, l Line) int64 {
	if len(b.lines) == 0 {
		b.since = l.At
	}
	if t.batch != b.id {
		t.batch, t.slot = b.id, len(b.heads)
		t.batches++
		b.heads = append(b.heads, Head{Bot: t.id, Prev: t.seq})
		b.tracks = append(b.tracks, t)
	}
	t.seq++
	l.Seq = t.seq
	if l.HeadSeq == 0 {
		l.HeadSeq = l.Seq
	}
	b.heads[t.slot].Last = l.Seq
	if n := len(b.spans); n > 0 && b.spans[n-1].bot == t.id {
		b.spans[n-1].to++
	} else {
		b.spans = append(b.spans, span{t.id, len(b.lines), len(b.lines) + 1})
	}
	b.lines = append(b.lines, l)
	b.bytes += len(l.Message)
	return l.HeadSeq
}

// moved notes that the stream has been read up to its pos.
func (b *batch) moved(s *stream) {
	if s.batch != b.id {
		s.batch, s.slot = b.id, len(b.offsets)
		b.offsets = append(b.offsets, Offset{Bot: s.run.bot.id, Run: s.run.id, Stream: s.kind})
		b.sources = append(b.sources, source{stream: s})
	}
	b.sources[s.slot].cuts = s.cuts
	o := &b.offsets[s.slot]
	o.Committed, o.HeadSeq, o.Level = s.pos, s.head, s.level
}

// out is the batch as the storage takes it. It shares memory with b.
func (b *batch) out() Batch {
	parts := make([]Part, len(b.spans))
	for i, s := range b.spans {
		parts[i] = Part{Bot: s.bot, Lines: b.lines[s.from:s.to]}
	}
	return Batch{Parts: parts, Heads: b.heads, Offsets: b.offsets}
}
