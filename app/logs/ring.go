package logs

import (
	"context"
	"slices"
	"sort"
	"sync"

	"github.com/botswain/botswain/app/bot"
)

const (
	ringLines = 2000
	ringBytes = 1 << 20
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
	clock uint64        // grows with each add; says which ring was quiet longest
	news  chan struct{} // closed, and made anew, when more is stored
}

// ring is the newest lines of one bot, without a gap, up to its head, and all that aren't stored.
type ring struct {
	blocks [][]Line // as they were added, so that adding copies no older ones; none is empty
	lines  int
	bytes  int
	used   uint64
}

// first is the seq of the oldest line; 0: there is none.
func (g *ring) first() int64 {
	if g == nil || g.lines == 0 {
		return 0
	}
	return g.blocks[0][0].Seq
}

func newRecent() *recent {
	return &recent{heads: map[bot.ID]int64{}, kept: map[bot.ID]int64{}, rings: map[bot.ID]*ring{}, news: make(chan struct{})}
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
	close(r.news)
	r.news = make(chan struct{})
	if g := r.rings[id]; g != nil {
		r.bytes -= g.bytes
		g.trim(last)
		r.bytes += g.bytes
	}
	r.evict(id)
}

// awaitStored waits until what readers can get of a bot now is stored, or until ctx ends.
func (r *recent) awaitStored(ctx context.Context, id bot.ID) {
	head := r.last(id)
	for {
		r.mu.Lock()
		there, news := r.kept[id] >= head, r.news
		r.mu.Unlock()
		if there {
			return
		}
		select {
		case <-news:
		case <-ctx.Done():
			return
		}
	}
}

func (r *recent) storedSeq(id bot.ID) int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.kept[id]
}

// add takes lines that follow on those before. It copies them, but not their texts: these are parts
// of one string for each reading, which holds little else, and stays until its last line goes.
func (r *recent) add(id bot.ID, lines []Line) {
	kept := slices.Clone(lines)
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
	g.blocks = append(g.blocks, kept)
	g.lines += len(kept)
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
	for g.lines > 1 && (g.lines > ringLines || g.bytes > ringBytes) {
		block := g.blocks[0]
		if block[0].Seq > stored {
			return
		}
		g.bytes -= len(block[0].Message) + lineOverhead
		g.lines--
		block[0] = Line{} // lets go of the text
		if g.blocks[0] = block[1:]; len(block) == 1 {
			g.blocks[0] = nil
			g.blocks = g.blocks[1:]
		}
	}
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

// after gives up to limit lines that follow on seq; false when the ring doesn't reach back to it.
func (r *recent) after(id bot.ID, seq int64, limit int) ([]Line, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if seq == r.heads[id] {
		return nil, true
	}
	g := r.rings[id]
	if g.first() == 0 || seq > r.heads[id] || seq < g.first()-1 {
		return nil, false
	}
	i := sort.Search(len(g.blocks), func(i int) bool {
		b := g.blocks[i]
		return b[len(b)-1].Seq > seq
	})
	var out []Line
	for ; i < len(g.blocks) && limit > len(out); i++ {
		b := g.blocks[i]
		b = b[max(0, min(int64(len(b)), seq+1-b[0].Seq)):]
		out = append(out, b[:min(len(b), limit-len(out))]...)
	}
	return out, true
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
