package logs

import (
	"context"
	"errors"
	"time"

	"github.com/botswain/botswain/app/bot"
)

const (
	// chunk is how much of a file is read in one turn, in bytes. It must be more than a piece and
	// what decides about its end.
	chunk = 256 << 10
	// fastPoll is for runs that can't be watched, slowPoll for all, should an event get lost.
	fastPoll = 250 * time.Millisecond
	slowPoll = 2 * time.Second
	// restWait is how long the beginning of a line waits for its end before it is stored as it is:
	// prompts ("Login code: ") have none.
	restWait = 2 * time.Second
	// stdioBlock is what C's stdio and others write at once when they buffer. A file that ends
	// on its multiple most likely ends inside a line for no other reason.
	stdioBlock = 4096
)

// ingest is the one goroutine that reads spools, gives out seqs and says what is committed. All of
// its state is its own: others send orders (mailbox) or read what it publishes.
type ingest struct {
	*Service
	watch     *watcher
	committer *committer

	tracks  map[bot.ID]*track
	runs    map[bot.RunID]*run
	state   State // what was stored when we started (or had to start again)
	offsets map[bot.RunID][2]Offset
	ready   []*track // in turn
	rests   map[*stream]struct{}
	polled  int // runs without a watch

	batches uint64
	filling *batch
	storing *batch // nil: the committer is free
	spare   *batch

	buf      []byte
	pieces   []piece
	draining bool
	lastSlow time.Time
	noPunch  bool
}

func newIngest(s *Service, st State, w *watcher, c *committer) *ingest {
	in := &ingest{
		Service: s, watch: w, committer: c,
		tracks: map[bot.ID]*track{}, runs: map[bot.RunID]*run{}, rests: map[*stream]struct{}{},
		spare: &batch{}, buf: make([]byte, chunk),
	}
	in.filling = in.fresh(&batch{})
	in.adopt(st)
	return in
}

// adopt takes over what is stored.
func (in *ingest) adopt(st State) {
	in.state = st
	in.offsets = make(map[bot.RunID][2]Offset, len(st.Offsets))
	for _, o := range st.Offsets {
		if o.Stream == Stdout || o.Stream == Stderr {
			pair := in.offsets[o.Run]
			pair[o.Stream-Stdout] = o
			in.offsets[o.Run] = pair
		}
	}
	in.recent.reset(st.Heads)
}

func (in *ingest) fresh(b *batch) *batch {
	in.batches++
	b.reset(in.batches)
	return b
}

// run works until stop ends, then reads and stores what is there, until work ends at the latest.
func (in *ingest) run(stop, work context.Context) error {
	defer in.closeAll()
	timer := time.NewTimer(0)
	defer timer.Stop()
	always := make(chan struct{})
	close(always)
	stopping := stop.Done()
	for {
		in.orders()
		in.changes()
		in.readRound()
		in.hand(work)
		if in.draining && in.idle() {
			return nil
		}
		var more <-chan struct{}
		if len(in.ready) > 0 && in.filling.room() > 0 {
			more = always
		}
		select {
		case <-more:
		case <-in.mail.poke:
		case <-in.watch.poke:
		case out := <-in.committer.done:
			if out.err != nil {
				return out.err
			}
			in.settle(out)
		case <-timer.C:
			timer.Reset(in.poll())
		case <-stopping:
			stopping = nil
			in.drain()
		case <-work.Done():
			return errors.New("the time for the last lines is over")
		}
	}
}

// idle says that all that may be read has been, and is stored.
func (in *ingest) idle() bool {
	return in.storing == nil && len(in.filling.lines) == 0 && len(in.ready) == 0
}

func (in *ingest) orders() {
	for _, order := range in.mail.take() {
		order(in)
	}
}

// changes lines up the bots whose files have changed.
func (in *ingest) changes() {
	all := in.watch.changed(func(id bot.RunID) {
		if r := in.runs[id]; r != nil && !r.closing {
			in.enqueue(r.bot)
		}
	})
	if all {
		in.enqueueAll()
	}
}

func (in *ingest) enqueue(t *track) {
	if !t.queued && !t.dead {
		t.queued = true
		in.ready = append(in.ready, t)
	}
}

func (in *ingest) enqueueAll() {
	for _, t := range in.tracks {
		if len(t.items) > 0 {
			in.enqueue(t)
		}
	}
}

// readRound gives each bot in line one turn, so that one that prints without end starves nobody.
func (in *ingest) readRound() {
	for n := len(in.ready); n > 0 && in.filling.room() > 0; n-- {
		t := in.ready[0]
		in.ready = in.ready[1:]
		t.queued = false
		if in.turn(t) {
			in.enqueue(t)
		}
	}
}

// turn takes from each run of the bot that may be read now; it says whether there is more.
func (in *ingest) turn(t *track) (more bool) {
	for i := 0; i < len(t.items); {
		it := t.items[i]
		if it.note != nil {
			in.write(t, it.note)
			t.items = append(t.items[:i], t.items[i+1:]...)
			continue
		}
		r := it.run
		in.tryWatch(r)
		for _, s := range r.streams {
			more = in.read(s, false) || more
		}
		if !r.finished {
			i++
			continue
		}
		if !r.drained() {
			return more // what comes later must wait for this run's last words
		}
		t.items = append(t.items[:i], t.items[i+1:]...)
		in.conclude(r)
	}
	return more
}

// hand gives the batch to the committer as soon as that is free: when little happens, a line
// doesn't wait for company; when much happens, the batch fills while another is stored.
func (in *ingest) hand(work context.Context) {
	if in.storing != nil || len(in.filling.lines) == 0 {
		return
	}
	// It is free, so it is waiting for this, unless it was told to end.
	select {
	case in.committer.work <- in.filling:
	case <-work.Done():
		return
	}
	in.storing = in.filling
	in.filling = in.fresh(in.spare)
	in.spare = nil
}

func (in *ingest) closeAll() {
	for _, r := range in.runs {
		r.close()
	}
}
