package logs

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"
)

const (
	// commitTimeout ends an attempt that hangs, such as one on a dead connection.
	commitTimeout = 60 * time.Second
	retryFirst    = 50 * time.Millisecond
	retryMost     = 3 * time.Second
	// complainEvery is how often an outage is logged.
	complainEvery = 30 * time.Second
)

// committer stores batches, one at a time and in order; a batch that fails is tried again until it
// is stored. While it waits nothing is read ahead, and the spool holds what comes.
type committer struct {
	storage Storage
	log     *slog.Logger
	work    chan *batch
	done    chan outcome
}

// outcome is what became of a batch.
type outcome struct {
	// actual is set when the batch didn't fit to what is stored: nothing of it was.
	actual *State
	err    error // the committer was told to end
}

func newCommitter(storage Storage, log *slog.Logger) *committer {
	return &committer{storage: storage, log: log, work: make(chan *batch), done: make(chan outcome, 1)}
}

func (c *committer) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case b := <-c.work:
			c.done <- c.commit(ctx, b.out())
		}
	}
}

func (c *committer) commit(ctx context.Context, b Batch) outcome {
	var actual *State
	err := retry(ctx, c.log, "store log lines", func(ctx context.Context) error {
		err := c.storage.Append(ctx, b)
		if !errors.Is(err, ErrConflict) {
			return err
		}
		c.log.Error("logs: somebody else changed what is stored; reading on from there", "error", err)
		st, err := c.storage.Load(ctx)
		actual = &st
		return err
	})
	if err != nil {
		return outcome{err: err}
	}
	return outcome{actual: actual}
}

// retry calls try until it succeeds or ctx ends, with growing waits between.
func retry(ctx context.Context, log *slog.Logger, what string, try func(context.Context) error) error {
	var since, said time.Time
	wait := retryFirst
	for {
		attempt, cancel := context.WithTimeout(ctx, commitTimeout)
		err := try(attempt)
		cancel()
		if err == nil {
			if !since.IsZero() {
				log.Info("logs: can "+what+" again", "after", time.Since(since).Round(time.Millisecond))
			}
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		now := time.Now()
		if since.IsZero() {
			since = now
		}
		if now.Sub(said) >= complainEvery {
			log.Warn("logs: can't "+what+" now; trying again", "error", err)
			said = now
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait/2 + rand.N(wait)):
		}
		wait = min(2*wait, retryMost)
	}
}
