package logs

import (
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/botswain/botswain/app/bot"
)

const (
	ringLines = 2000
	ringBytes = 1 << 20
	ringBlock = ringBytes / 8 // what texts are kept in
	// ringsBytes bounds all rings together; the ones that were quiet longest go first.
	ringsBytes = 64 << 20
	// lineOverhead is about what a line takes beside its text.
	lineOverhead = 96
)

// recent keeps the newest lines of each bot, so that the many who follow a log don't each ask the
// storage, and don't wait for it: lines come here when their numbering is written down. It also
// knows every bot's last seq, and how far lines are stored.
type recent struct {
	mu    sync.Mutex
	heads map[bot.ID]int64
	kept  map[bot.ID]int64 // the last seq that is stored
	rings map[bot.ID]*ring
	bytes int
	clock uint64 // grows with each add; says which ring was quiet longest
}

// ring is the newest lines of one bot, without a gap, up to its head, and all that aren't stored.
type ring struct {
	lines []Line
	bytes int
	used  uint64
}

func newRecent() *recent {
	return &recent{heads: map[bot.ID]int64{}, kept: map[bot.ID]int64{}, rings: map[bot.ID]*ring{}}
}

// reset takes over what the storage says and forgets all lines.
func (r *recent) reset(heads map[bot.ID]int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.rings)
	r.bytes = 0
	clear(r.heads)
	clear(r.kept)
	for id, seq := range heads {
		r.heads[id], r.kept[id] = seq, seq
	}
}

// stored notes that the lines up to last are stored.
func (r *recent) stored(id bot.ID, last int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kept[id] = last
	if g := r.rings[id]; g != nil {
		r.bytes -= g.bytes
		g.trim(last)
		r.bytes += g.bytes
	}
	r.evict(id)
}

func (r *recent) storedSeq(id bot.ID) int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.kept[id]
}

// add takes lines that follow on those before. It copies them.
func (r *recent) add(id bot.ID, lines []Line) {
	kept := compact(lines)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.heads[id] = lines[len(lines)-1].Seq
	g := r.rings[id]
	if g == nil {
		g = &ring{}
		r.rings[id] = g
	}
	r.clock++
	g.used = r.clock
	r.bytes -= g.bytes
	g.lines = append(g.lines, kept...)
	for i := range kept {
		g.bytes += len(kept[i].Message) + lineOverhead
	}
	g.trim(r.kept[id])
	r.bytes += g.bytes
	r.evict(id)
}

// trim drops the oldest lines over the limits, but none after stored: they are nowhere else to be
// read yet. Of those there are no more than two batches hold.
func (g *ring) trim(stored int64) {
	drop := 0
	for drop < len(g.lines)-1 && g.lines[drop].Seq <= stored && (len(g.lines)-drop > ringLines || g.bytes > ringBytes) {
		g.bytes -= len(g.lines[drop].Message) + lineOverhead
		drop++
	}
	clear(g.lines[:drop]) // lets go of the texts
	g.lines = g.lines[drop:]
}

// evict drops the rings of the quietest bots while all together are too big.
func (r *recent) evict(except bot.ID) {
	for r.bytes > ringsBytes {
		var victim bot.ID
		oldest := uint64(0)
		for id, g := range r.rings {
			if id != except && r.heads[id] == r.kept[id] && (oldest == 0 || g.used < oldest) {
				victim, oldest = id, g.used
			}
		}
		if oldest == 0 {
			return
		}
		r.bytes -= r.rings[victim].bytes
		delete(r.rings, victim)
	}
}

// compact copies lines, with their texts in blocks of their own, so that a ring doesn't hold on to
// the chunks that they were read in, nor to much more than it counts.
func compact(lines []Line) []Line {
	kept := slices.Clone(lines)
	for from := 0; from < len(kept); {
		to, size := from, 0
		for to < len(kept) && (to == from || size+len(kept[to].Message) <= ringBlock) {
			size += len(kept[to].Message)
			to++
		}
		var text strings.Builder
		text.Grow(size)
		for i := from; i < to; i++ {
			text.WriteString(kept[i].Message)
		}
		block := text.String()
		for i := from; i < to; i++ {
			n := len(kept[i].Message)
			kept[i].Message, block = block[:n], block[n:]
		}
		from = to
	}
	return kept
}

// after gives up to limit lines that follow on seq; false when the ring doesn't reach back to it.
func (r *recent) after(id bot.ID, seq int64, limit int) ([]Line, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if seq == r.heads[id] {
		return nil, true
	}
	g := r.rings[id]
	if g == nil || len(g.lines) == 0 || seq > r.heads[id] || seq < g.lines[0].Seq-1 {
		return nil, false
	}
	i := sort.Search(len(g.lines), func(i int) bool { return g.lines[i].Seq > seq })
	end := min(len(g.lines), i+max(0, limit))
	return slices.Clone(g.lines[i:end]), true
}

func (r *recent) last(id bot.ID) int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.heads[id]
}

func (r *recent) forget(id bot.ID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if g := r.rings[id]; g != nil {
		r.bytes -= g.bytes
	}
	delete(r.rings, id)
	delete(r.heads, id)
	delete(r.kept, id)
}
