package logs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/botswain/botswain/app/bot"
)

const (
	// DefaultMaxBot and DefaultMaxTotal cap what is spooled and not stored, in bytes.
	DefaultMaxBot   = 256 << 20
	DefaultMaxTotal = 2 << 30
	// capEvery is how often the caps are looked at while there is output.
	capEvery = 50 * time.Millisecond
)

// The caps count what isn't even read: beside that, at most two batches of all bots wait in memory.

// enforce drops the oldest output of bots whose spool is over its cap, and of the biggest spools
// while all together are. It needs no storage: what is dropped becomes a hole in the file, and the
// reader says so when it comes there, in this life or the next (see jump).
func (in *ingest) enforce() {
	now := time.Now()
	if now.Sub(in.capped) < capEvery {
		return
	}
	in.capped = now
	for _, t := range in.ready { // the others were looked at when they were read
		t.runs(in.lookAt)
	}
	total := int64(0)
	for _, t := range in.tracks {
		t.waiting = t.unread()
		if t.waiting > in.opt.MaxBot {
			in.shrink(t, lowered(in.opt.MaxBot), "the spool was over its cap of "+bot.SizeWords(in.opt.MaxBot))
		}
		total += t.waiting
	}
	if total > in.opt.MaxTotal {
		level := waterLevel(in.tracks, lowered(in.opt.MaxTotal))
		for _, t := range in.tracks {
			if t.waiting > level {
				in.shrink(t, level, "all spools together were over their cap of "+bot.SizeWords(in.opt.MaxTotal))
			}
		}
	}
}

// lowered is how much is left of a cap that was reached, so that it isn't reached again at once.
func lowered(limit int64) int64 { return limit - limit/8 }

// waterLevel is the most that each bot may keep for all together to keep no more than limit.
func waterLevel(tracks map[bot.ID]*track, limit int64) int64 {
	sizes := make([]int64, 0, len(tracks))
	for _, t := range tracks {
		sizes = append(sizes, t.waiting)
	}
	slices.Sort(sizes)
	for i, n := range sizes {
		share := limit / int64(len(sizes)-i)
		if n > share {
			return share
		}
		limit -= n
	}
	return limit
}

// shrink drops a bot's oldest unread output until no more than most waits. What was read already is
// in memory and numbered: it gets stored.
func (in *ingest) shrink(t *track, most int64, why string) {
	for _, it := range t.items { // oldest run first
		if it.run == nil {
			continue
		}
		streams := it.run.streams
		if streams[1].unread() > streams[0].unread() {
			streams[0], streams[1] = streams[1], streams[0]
		}
		for _, s := range streams {
			if t.waiting > most {
				t.waiting -= in.dropOldest(s, t.waiting-most, why)
			}
		}
	}
	in.enqueue(t)
}

// dropOldest gives up about n bytes from where reading stands, and says how many.
func (in *ingest) dropOldest(s *stream, n int64, why string) int64 {
	if s.file == nil { // of a run that rests
		_ = s.look(in.log)
		defer s.run.rest()
	}
	from, to := s.droppable(n)
	if to <= from {
		return 0
	}
	err := s.makeWritable()
	if err == nil {
		err = in.punch(int(s.file.Fd()), from, to-from)
	}
	switch {
	case err == nil:
		if s.holeTo == 0 {
			s.holeFrom = from
		}
		s.holeTo, s.why = to, why
		return to - from
	case errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOSYS):
		return in.empty(s, why)
	}
	in.cantDrop(s, err)
	return 0
}

func (in *ingest) cantDrop(s *stream, err error) {
	if !in.saidNoDrop {
		in.log.Error("logs: a spool is over its cap and can't be made smaller", "file", s.path, "error", err)
		in.saidNoDrop = true
	}
}

// empty is the last resort over the cap, for file systems that can't free a part of a file: all of
// it goes, read and unread. The bot holds the file open for appending, so it goes on at its start.
// What the bot writes between the look and the cut is lost uncounted, and so is what a crash before
// the next commit finds longer than it was.
func (in *ingest) empty(s *stream, why string) int64 {
	_ = s.look(in.log) // as late as can be: a bot that floods writes on
	lost := s.unread()
	if err := s.file.Truncate(0); err != nil {
		in.cantDrop(s, err)
		return 0
	}
	s.lost, s.why = lost, why+"; this file system can't free a part of a file, so all that waited went"
	s.pos, s.committed, s.freed, s.size = 0, 0, 0, 0
	s.cuts++
	return lost
}

// droppable is the range of about n bytes that goes first, in whole blocks. It leaves the block that
// reading stands in, which tells a hole made here from one of stored output, and the file's end.
func (s *stream) droppable(n int64) (from, to int64) {
	if s.file == nil || s.lost > 0 {
		return 0, 0
	}
	from = s.holeTo
	if from == 0 {
		from = (s.pos/s.block + 1) * s.block
	}
	to = min((from+n+s.block-1)/s.block*s.block, (s.size-1)/s.block*s.block)
	return from, to
}

// findHole looks for what an earlier life dropped.
func (s *stream) findHole() {
	s.holeFrom, s.holeTo = 0, 0
	fd := int(s.file.Fd())
	from, err := unix.Seek(fd, s.pos, unix.SEEK_HOLE)
	if err != nil || from >= s.size {
		return
	}
	to, err := unix.Seek(fd, from, unix.SEEK_DATA)
	if err != nil {
		to = s.size // no data follows
	}
	s.holeFrom, s.holeTo, s.why = from, to, "the spool was over its cap"
}

// jump goes on behind what was dropped, at the start of a line, and says so there. Note and
// position are stored together.
func (in *ingest) jump(s *stream) {
	in.closeLine(s)
	to, dropped := s.pos, s.lost
	if s.holeTo > 0 {
		to = s.lineAfter(in.buf[:maxPiece], s.holeTo)
		if to > s.holeTo { // the end of a line that nobody will see may be the end of a secret
			in.filling.wipes = append(in.filling.wipes, wipe{s, s.cuts, s.holeTo, to})
		}
		dropped += to - s.pos
	}
	n := note{run: s.run.id, level: Warn, text: fmt.Sprintf("%d bytes dropped: %s", dropped, s.why)}
	in.log.Warn("logs: spooled output was dropped", "bot", s.run.bot.id, "file", s.path, "bytes", dropped, "reason", s.why)
	d := in.decide(jumped, s)
	d.level, d.to, d.text = n.level, to, n.text
	in.filling.numbering.note(d)
	in.filling.jump(s, to, &n, d.at)
	s.holeFrom, s.holeTo, s.lost = 0, 0, 0
}

// lineAfter is where the next line begins at or after a position inside a line; the position itself
// when no line ends near.
func (s *stream) lineAfter(buf []byte, pos int64) int64 {
	n, err := s.file.ReadAt(buf[:max(0, min(int64(len(buf)), s.size-pos))], pos)
	if err != nil && !errors.Is(err, io.EOF) {
		return pos
	}
	return pos + int64(bytes.IndexByte(buf[:n], '\n')+1)
}

// unread is how many bytes of the file could still be read.
func (s *stream) unread() int64 { return max(0, s.size-s.pos-(s.holeTo-s.holeFrom)) }

func (t *track) unread() (n int64) {
	t.runs(func(r *run) { n += r.streams[0].unread() + r.streams[1].unread() })
	return n
}

// punch frees a range of a file, which keeps its length.
func punch(fd int, from, n int64) error {
	return unix.Fallocate(fd, unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, from, n)
}
