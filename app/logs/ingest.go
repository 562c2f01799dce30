package logs

import (
	"context"
	"errors"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/logs/redact"
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

	tracks    map[bot.ID]*track
	runs      map[bot.RunID]*run
	state     State // what was stored when we started (or had to start again)
	offsets   map[bot.RunID][2]Offset
	ready     []*track // in turn
	rests     map[*stream]struct{}
	polled    int // runs without a watch
	noWatch   int // those of them that the kernel had none for
	rewatched time.Time

	numbering *numbering
	batches   uint64
	handed    time.Time // when the last batch was given to the committer
	filling   *batch
	storing   *batch // nil: the committer is free
	spare     *batch

	buf      []byte
	pieces   []piece
	draining bool
	lastSlow time.Time
	noPunch  bool // the file system can't do it
	punch    func(fd int, from, n int64) error
	stuck    stuck
	noWipe   bool
	finder   redact.Finder
	capped   time.Time // when the caps were looked at
	// saidNoDrop is that a spool over its cap can't be made smaller.
	saidNoDrop bool
}

func newIngest(s *Service, st State, edition uint64, w *watcher, c *committer) *ingest {
	in := &ingest{
		Service: s, watch: w, committer: c,
		tracks: map[bot.ID]*track{}, runs: map[bot.RunID]*run{}, rests: map[*stream]struct{}{},
		numbering: newNumbering(s.opt.SpoolRoot, edition, s.log), spare: &batch{}, punch: punch, buf: make([]byte, chunk),
	}
	in.filling = in.fresh(&batch{})
	in.adopt(st)
	return in
}

// adopt takes over what is stored.
func (in *ingest) adopt(st State) {
	in.state = st
	in.offsets = pairs(st.Offsets)
	in.recent.reset(st.Heads)
}

func (in *ingest) fresh(b *batch) *batch {
	in.batches++
	b.reset(in.batches, in.numbering.sheet(in.batches))
	return b
}

// run works until stop ends, then reads and stores what is there, until work ends at the latest.
func (in *ingest) run(stop, work context.Context) error {
	defer in.closeAll()
	timer := time.NewTimer(0)
	defer timer.Stop()
	pace := time.NewTimer(0)
	defer pace.Stop()
	always := make(chan struct{})
	close(always)
	stopping := stop.Done()
	for {
		in.orders()
		in.changes()
		in.enforce()
		room := in.readRound()
		in.show()
		if wait := in.hand(work); wait > 0 {
			pace.Reset(wait)
		}
		if in.draining && in.idle() {
			return nil
		}
		var more <-chan struct{}
		if room {
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
		case <-pace.C:
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
	all, lost := in.watch.changed(func(id bot.RunID) {
		if r := in.runs[id]; r != nil && !r.closing {
			in.enqueue(r.bot)
		}
	})
	if lost {
		in.loseWatches()
	}
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

// readRound gives each bot in line one turn, so that one that prints without end starves nobody. It
// says whether some could go on at once.
func (in *ingest) readRound() (more bool) {
	for n := len(in.ready); n > 0; n-- {
		in.orders() // a line that was typed stands before its answer, also where loud bots have their turns meanwhile
		if len(in.ready) == 0 {
			break
		}
		t := in.ready[0]
		in.ready = in.ready[1:]
		t.queued = false
		if in.filling.room(t) == 0 || in.turn(t) {
			in.enqueue(t)
		}
	}
	for _, t := range in.ready {
		if in.filling.room(t) > 0 {
			return true
		}
	}
	return false
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
		behind := false
		for _, s := range r.streams {
			behind = in.read(s, false) || behind
		}
		more = in.mute(r, behind) || behind || more
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

// commitPace is the least time between two commits while readers need not wait for them: each
// costs the database a sync.
const commitPace = 20 * time.Millisecond

// hand gives the batch to the committer as soon as that is free: when little happens, a line
// doesn't wait for company; when much happens, the batch fills while another is stored. It says how
// long to wait before it should be called again; 0: no need.
func (in *ingest) hand(work context.Context) (wait time.Duration) {
	b := in.filling
	if in.storing != nil || len(b.lines) == 0 {
		return 0
	}
	if wait := commitPace - time.Since(in.handed); wait > 0 && !in.draining && b.shown == len(b.lines) && len(b.lines) < batchLines/2 && b.bytes < batchBytes/2 {
		return wait
	}
	// It is free, so it is waiting for this, unless it was told to end.
	select {
	case in.committer.work <- in.filling:
	case <-work.Done():
		return 0
	}
	in.storing, in.handed = b, time.Now()
	in.filling = in.fresh(in.spare)
	in.spare = nil
	return 0
}

func (in *ingest) closeAll() {
	for _, r := range in.runs {
		r.close()
	}
	in.numbering.close()
}
