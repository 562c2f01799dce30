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
)

// journal writes changes to the database in the order they happened, by one goroutine. While the
// database is away they wait in memory, and bots go on.
type journal struct {
	storage Storage
	log     *slog.Logger
	cap     int

	mu      sync.Mutex
	queue   []*entry
	closing bool
	poke    chan struct{}

	failing atomic.Bool   // the last try failed: don't wait for commits
	done    chan struct{} // run has returned
	abort   context.CancelFunc
}

// entry is a change on its way. done is closed when it is stored or given up.
type entry struct {
	Change
	done chan struct{}
}

func newJournal(storage Storage, log *slog.Logger) *journal {
	return &journal{storage: storage, log: log, cap: journalCap, poke: make(chan struct{}, 1), done: make(chan struct{})}
}

// put queues a change; it never waits. The channel is closed when the change is stored (or was
// given up, which is logged).
func (j *journal) put(c Change) <-chan struct{} {
	e := &entry{Change: c, done: make(chan struct{})}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.queue = append(j.queue, e)
	if len(j.queue) > j.cap {
		before := len(j.queue)
		j.queue = compact(j.queue, j.cap)
		j.log.Error("too many changes wait for the database; older events were merged",
			"waited", before, "kept", len(j.queue))
	}
	j.wake()
	return e.done
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
	for {
		batch, closing := j.take()
		switch {
		case len(batch) > 0:
			j.write(ctx, batch)
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
	return batch, j.closing
}

// write tries for ever, except for changes that the database will never take, and except that
// ctx ends.
func (j *journal) write(ctx context.Context, batch []*entry) {
	defer func() {
		for _, e := range batch {
			close(e.done)
		}
	}()
	wait := journalFirst
	for {
		err := j.store(ctx, batch)
		switch {
		case err == nil:
			if j.failing.Swap(false) {
				j.log.Info("the database takes changes of bots again")
			}
			return
		case permanent(err) && len(batch) == 1:
			j.refused(batch[0], err)
			return
		case permanent(err):
			// One of them is bad: the others must not suffer for it.
			j.one(ctx, batch)
			return
		case ctx.Err() != nil:
			j.log.Error("changes of bots could not be stored before the end", "changes", len(batch), "err", err)
			return
		}
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

func (j *journal) one(ctx context.Context, batch []*entry) {
	for _, e := range batch {
		// A copy with its own channel: the caller closes the real one.
		j.write(ctx, []*entry{{Change: e.Change, done: make(chan struct{})}})
	}
}

func (j *journal) store(ctx context.Context, batch []*entry) error {
	ctx, cancel := context.WithTimeout(ctx, journalTimeout)
	defer cancel()
	changes := make([]Change, len(batch))
	for i, e := range batch {
		changes[i] = e.Change
	}
	return j.storage.Apply(ctx, changes)
}

// close waits until everything is stored, or until ctx ends and the rest is given up.
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
