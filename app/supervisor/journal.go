package supervisor

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

const (
	journalCap     = 100_000 // entries
	journalBatch   = 200     // entries in one transaction
	journalTimeout = 5 * time.Second
	journalFirst   = 100 * time.Millisecond // wait after a failure; doubles up to journalLast
	journalLast    = time.Second
	journalLater   = 10 * time.Millisecond
	// journalSlow is how long the database may take before what waits goes to disk. It is less than
	// storeFirst: what a person was told is stored in one place or the other.
	journalSlow = 500 * time.Millisecond
)

// journal writes changes to the database in the order they happened, by one goroutine. While the
// database is away they wait in memory and in a file, and bots go on. In better times the file
// isn't there, and a change costs no more than its transaction.
type journal struct {
	storage Storage
	writer  Writer
	log     *slog.Logger
	cap     int

	mu      sync.Mutex
	queue   []*entry
	flight  []*entry // what run tries to store now
	given   []*entry // what run gave up at the end
	closing bool
	poke    chan struct{}

	disk    *spill        // nil: there is no file
	spilled bool          // all that waits is in the file, and what comes goes there too
	unsound bool          // with spilled: the file lacks something, because the disk failed
	before  chan struct{} // closed when what an earlier Botswain left is stored

	failing atomic.Bool   // the last try failed: don't wait for commits
	done    chan struct{} // run has returned
	abort   context.CancelFunc
}

// entry is a change on its way. seen is closed when everybody who asks the database gets it, done when
// it is on the database's disk as well; both when it is given up.
type entry struct {
	Change
	seen, done chan struct{}
}

func newEntry(c Change) *entry {
	return &entry{Change: c, seen: make(chan struct{}), done: make(chan struct{})}
}

// show is for the goroutine that stores the entry, or takes it out of the queue.
func (e *entry) show() {
	select {
	case <-e.seen:
	default:
		close(e.seen)
	}
}

func (e *entry) finish() {
	e.show()
	close(e.done)
}

// receipt tells how far a change has come; see entry.
type receipt struct{ seen, stored <-chan struct{} }

// newJournal makes a journal that keeps its file at path; "" is a journal without one.
func newJournal(storage Storage, writer Writer, path string, log *slog.Logger) *journal {
	j := &journal{
		storage: storage, writer: writer, log: log, cap: journalCap, poke: make(chan struct{}, 1), done: make(chan struct{}), before: make(chan struct{}),
	}
	if path != "" {
		j.disk = &spill{path: path}
	}
	return j
}

// put queues a change; it never waits. What is given up is logged.
func (j *journal) put(c Change) receipt {
	defer j.wake()
	return j.add(c)
}

// add is put for a change that is followed at once by a put: it goes into the same transaction.
func (j *journal) add(c Change) receipt {
	e := newEntry(c)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.queue = append(j.queue, e)
	merged := len(j.queue) > j.cap
	if merged {
		before := len(j.queue)
		j.queue = compact(j.queue, j.cap)
		j.log.Error("too many changes wait for the database; older events were merged",
			"waited", before, "kept", len(j.queue))
	}
	if j.spilled {
		j.keep(e, merged)
	}
	return receipt{e.seen, e.done}
}

// later is put for a change that should come after what is being done now, when that is quick: the
// transaction would take the processor from it.
func (j *journal) later(c Change) receipt {
	time.AfterFunc(journalLater, j.wake)
	return j.add(c)
}

// newest is closed when all that was put until now can be read from the database; nil: it can already.
func (j *journal) newest() <-chan struct{} {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, list := range [][]*entry{j.queue, j.flight} {
		if n := len(list); n > 0 {
			return list[n-1].seen
		}
	}
	return nil
}

func (j *journal) wake() {
	select {
	case j.poke <- struct{}{}:
	default:
	}
}

// run writes until close. It is the only writer.
func (j *journal) run() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	j.mu.Lock()
	j.abort = cancel
	j.mu.Unlock()
	defer close(j.done)
	defer j.shut()
	for {
		batch, closing := j.take()
		switch {
		case len(batch) > 0:
			j.landed(j.write(ctx, batch))
			release(batch)
		case closing:
			return
		default:
			<-j.poke
		}
	}
}

func (j *journal) take() ([]*entry, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	n := min(len(j.queue), journalBatch)
	batch := j.queue[:n:n]
	j.queue = j.queue[n:]
	j.flight = batch
	return batch, j.closing
}

func show(batch []*entry) {
	for _, e := range batch {
		e.show()
	}
}

func release(batch []*entry) {
	for _, e := range batch {
		e.finish()
	}
}

// write tries for ever, except for changes that the database will never take, and except that
// ctx ends: then it answers false.
func (j *journal) write(ctx context.Context, batch []*entry) bool {
	wait := journalFirst
	for {
		slow := time.AfterFunc(journalSlow, j.spill)
		err := j.store(ctx, batch)
		slow.Stop()
		switch {
		case err == nil:
			if j.failing.Swap(false) {
				j.log.Info("the database takes changes of bots again")
			}
			return true
		case permanent(err) && len(batch) == 1:
			j.refused(batch[0], err)
			return true
		case permanent(err):
			// One of them is bad: the others must not suffer for it.
			return j.one(ctx, batch)
		}
		j.spill()
		if ctx.Err() != nil {
			return false
		}
		j.sync()
		if !j.failing.Swap(true) {
			j.log.Warn("the database does not take changes of bots; they wait", "err", err)
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
		wait = min(2*wait, journalLast)
	}
}

// refused drops a change, loudly, unless it is only late: the bot was deleted meanwhile.
func (j *journal) refused(e *entry, err error) {
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "23503" {
		j.log.Info("a change of a deleted bot is dropped", "bot", e.Bot)
		return
	}
	j.log.Error("the database refused a change of a bot; it is dropped", "bot", e.Bot, "err", err)
}

func (j *journal) one(ctx context.Context, batch []*entry) bool {
	all := true
	for i := range batch {
		all = j.write(ctx, batch[i:i+1]) && all
	}
	return all
}

func (j *journal) store(ctx context.Context, batch []*entry) error {
	if err := j.writer.MayStore(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, journalTimeout)
	defer cancel()
	changes := make([]Change, len(batch))
	var visible func()
	for i, e := range batch {
		changes[i] = e.Change
		if e.Run != nil {
			// A process waits for its row, and that others see it is enough.
			visible = func() { show(batch) }
		}
	}
	return j.storage.Apply(ctx, changes, visible)
}

// close waits until everything is stored, or until ctx ends and the rest is left on disk.
func (j *journal) close(ctx context.Context) {
	j.mu.Lock()
	j.closing = true
	j.mu.Unlock()
	j.wake()
	select {
	case <-j.done:
		return
	case <-ctx.Done():
	}
	j.mu.Lock()
	if j.abort != nil {
		j.abort()
	}
	j.mu.Unlock()
	<-j.done
}

// permanent says whether trying again can't help: bad data (22), a broken constraint (23), or a
// statement that this schema doesn't understand (42, but a right or table may still come).
func permanent(err error) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return false
	}
	switch {
	case pg.Code == "42501", pg.Code == "42P01":
		return false
	}
	return strings.HasPrefix(pg.Code, "22") || strings.HasPrefix(pg.Code, "23") || strings.HasPrefix(pg.Code, "42")
}
