package logs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/logs/redact"
)

// The numbering is what lets a line be shown before it is stored: its seq must not change if
// Botswain is killed in between. Which seq a line gets depends on much that a second reading
// wouldn't repeat: when each stream was looked at, what was in memory to be said, how long a prompt
// was waited for. So each decision is written down, before anybody sees a line of it, and the next
// start repeats those of them that aren't stored (see replay).
//
// There are at most two batches that aren't stored, so there are two sheets, used in turn. A sheet
// isn't emptied for its next batch, only written over: its decisions carry an edition, and the first
// one of another edition is the end. Nothing is synced: what is written survives the process.
// After a power cut the numbering may be in part or not at all there, and the spool as well; each
// decision carries a checksum of itself and of the output that it is about, so that what is repeated
// is right, and what isn't is read anew.

// Kinds of decisions.
const (
	tookLines  = 1 // pieces of a stream from a position on
	closedLine = 2 // the end of a line that had begun as going on
	saidNote   = 3
	jumped     = 4 // over output that is gone, with the note that says so
	// tookBlanked is tookLines with marks in place of parts of the output.
	tookBlanked = 5
)

// decision is one entry of the numbering.
type decision struct {
	edition uint64
	kind    uint8
	stream  Stream
	level   Level
	anew    bool // the file was emptied by somebody before this: from is less than what was read
	bot     bot.ID
	run     bot.RunID
	at      time.Time
	prev    int64  // the bot's last seq before it
	from    int64  // tookLines, jumped: the stream's position before it
	to      int64  // jumped: and after it
	sum     uint32 // tookLines: checksum of the output
	pieces  []piece
	spans   []redact.Span // tookBlanked: counted from the same start as pieces
	text    string        // saidNote, jumped
}

// took says whether the decision is about pieces.
func (d *decision) took() bool { return d.kind == tookLines || d.kind == tookBlanked }

const (
	frameSize    = 8  // length and checksum of what follows, both uint32
	decisionSize = 80 // without pieces and text
	// decisionMost is more than any decision takes; a longer one is garbage.
	decisionMost = 1 << 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

// append encodes the decision at the end of b.
func (d *decision) append(b []byte) []byte {
	le := binary.LittleEndian
	start := len(b)
	b = append(b, make([]byte, frameSize)...)
	b = le.AppendUint64(b, d.edition)
	anew := byte(0)
	if d.anew {
		anew = 1
	}
	b = append(b, d.kind, byte(d.stream), byte(d.level), anew)
	b = le.AppendUint32(b, d.sum)
	b = append(append(b, d.bot[:]...), d.run[:]...)
	for _, n := range []int64{d.at.UnixMicro(), d.prev, d.from, d.to} {
		b = le.AppendUint64(b, uint64(n))
	}
	if d.kind == tookBlanked {
		b = appendSpans(b, d.spans)
	}
	b = appendPieces(b, d.pieces)
	b = append(b, d.text...)
	payload := b[start+frameSize:]
	le.PutUint32(b[start:], uint32(len(payload)))
	le.PutUint32(b[start+4:], checksum(payload))
	return b
}

// appendPieces encodes how long each piece is and what follows it up to the next one.
func appendPieces(b []byte, pieces []piece) []byte {
	for _, p := range pieces {
		n := uint64(p.to-p.from) << 2
		if p.more {
			n |= 1
		}
		if p.dirty {
			n |= 2
		}
		b = binary.AppendUvarint(b, n)
		b = binary.AppendUvarint(b, uint64(p.next-p.to))
	}
	return b
}

// parseDecision reads the first decision of b, and how many bytes it takes; false when there is
// none that is whole.
func parseDecision(b []byte) (d decision, size int, ok bool) {
	le := binary.LittleEndian
	if len(b) < frameSize+decisionSize {
		return d, 0, false
	}
	n := int(le.Uint32(b))
	if n < decisionSize || n > decisionMost || n > len(b)-frameSize {
		return d, 0, false
	}
	p := b[frameSize : frameSize+n]
	if checksum(p) != le.Uint32(b[4:]) {
		return d, 0, false
	}
	d = decision{
		edition: le.Uint64(p), kind: p[8], stream: Stream(p[9]), level: Level(p[10]), anew: p[11] != 0,
		sum: le.Uint32(p[12:]), bot: bot.ID(p[16:32]), run: bot.RunID(p[32:48]),
		at:   time.UnixMicro(int64(le.Uint64(p[48:]))).UTC(),
		prev: int64(le.Uint64(p[56:])), from: int64(le.Uint64(p[64:])), to: int64(le.Uint64(p[72:])),
	}
	rest := p[decisionSize:]
	if d.kind == tookBlanked {
		if d.spans, rest, ok = parseSpans(rest); !ok {
			return d, 0, false
		}
	}
	if d.took() {
		d.pieces, ok = parsePieces(rest)
		return d, frameSize + n, ok
	}
	d.text = string(rest)
	return d, frameSize + n, true
}

func parsePieces(b []byte) (pieces []piece, ok bool) {
	pos := 0
	for len(b) > 0 {
		n, used := binary.Uvarint(b)
		if used <= 0 {
			return nil, false
		}
		skip, more := binary.Uvarint(b[used:])
		if more <= 0 {
			return nil, false
		}
		b = b[used+more:]
		p := piece{from: pos, to: pos + int(n>>2), more: n&1 != 0, dirty: n&2 != 0}
		p.next = p.to + int(skip)
		if p.next < pos || p.next > chunk {
			return nil, false
		}
		pos = p.next
		pieces = append(pieces, p)
	}
	return pieces, len(pieces) > 0
}

// numbering keeps the two sheets.
type numbering struct {
	root  string
	log   *slog.Logger
	first uint64 // edition of this life's first batch
	files [2]*os.File
	said  bool // that it can't be written
}

// newNumbering goes on after the last edition that there is. The time only makes it likely that one that isn't there any
// more isn't used again: a clock that was set back would make this life's decisions older than those of the last.
func newNumbering(root string, last uint64, log *slog.Logger) *numbering {
	return &numbering{root: root, log: log, first: max(last, uint64(time.Now().UnixNano()))}
}

func sheetPath(root string, i int) string { return filepath.Join(root, fmt.Sprintf("numbering.%d", i)) }

// sheet is what the decisions of one batch are written on.
type sheet struct {
	of      *numbering
	file    int
	edition uint64
	waiting []byte // not written yet
	written int64
}

// sheet gives the one for a batch; batches that aren't stored must have neighbouring ids.
func (n *numbering) sheet(batch uint64) *sheet {
	return &sheet{of: n, file: int(batch % 2), edition: n.first + batch}
}

// note adds a decision; write makes it last.
func (s *sheet) note(d decision) {
	d.edition = s.edition
	s.waiting = d.append(s.waiting)
}

// write says whether all that was noted is in the file now. What couldn't be written stays and is
// tried again the next time.
func (s *sheet) write() bool {
	if len(s.waiting) == 0 {
		return true
	}
	f, err := s.of.open(s.file)
	if err == nil {
		_, err = f.WriteAt(s.waiting, s.written)
	}
	if err != nil {
		if !s.of.said {
			s.of.log.Warn("logs: can't write down the numbering of lines; they are shown only when they are stored", "error", err)
			s.of.said = true
		}
		return false
	}
	if s.of.said {
		s.of.log.Info("logs: can write down the numbering of lines again")
		s.of.said = false
	}
	s.written += int64(len(s.waiting))
	s.waiting = s.waiting[:0]
	return true
}

func (n *numbering) open(i int) (*os.File, error) {
	if n.files[i] != nil {
		return n.files[i], nil
	}
	f, err := os.OpenFile(sheetPath(n.root, i), os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o600)
	n.files[i] = f
	if err != nil {
		n.files[i] = nil
	}
	return n.files[i], err
}

// void makes all decisions invalid, after what is stored was changed by somebody else.
func (n *numbering) void() {
	for i := range n.files {
		if err := os.Truncate(sheetPath(n.root, i), 0); err != nil && !errors.Is(err, os.ErrNotExist) {
			n.log.Warn("logs: can't void the numbering", "error", err)
		}
	}
}

func (n *numbering) close() {
	for _, f := range n.files {
		if f != nil {
			f.Close()
		}
	}
}

// decisions reads what an earlier life wrote down, in no particular order.
func decisions(root string) ([]decision, error) {
	var all []decision
	for i := range 2 {
		b, err := os.ReadFile(sheetPath(root, i))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read the numbering: %w", err)
		}
		edition := uint64(0)
		for {
			d, size, ok := parseDecision(b)
			if !ok || (edition != 0 && d.edition != edition) {
				break
			}
			edition = d.edition
			all = append(all, d)
			b = b[size:]
		}
	}
	return all, nil
}
