package history

import (
	"context"
	"time"

	"github.com/botswain/botswain/app/steady"
)

const (
	storeTime  = 20 * time.Second // for one batch
	endTime    = 3 * time.Second  // for the last one
	retryAfter = 5 * time.Second
	cleanEvery = 10 * time.Minute
	sweepFirst = time.Hour // after a start, and after a failure
	sweepEvery = 24 * time.Hour
	maxBatch   = 20_000 // rows in one transaction
)

// Run stores what comes in until ctx ends, and then what is left. It returns nil: a database that
// is away is waited for, and what doesn't fit into the queue meanwhile stays a gap.
func (s *Service) Run(ctx context.Context) error {
	clean := time.NewTimer(0)
	defer clean.Stop()
	sweep := time.NewTimer(sweepFirst)
	defer sweep.Stop()
	var clock steady.Clock
	for {
		var again <-chan time.Time
		if !s.store(ctx) {
			again = time.After(retryAfter)
		}
		select {
		case <-ctx.Done():
			s.finish(ctx)
			return nil
		case <-s.wake:
		case <-again:
		case <-clean.C:
			wait, _ := clock.Look(s.o.Now(), time.Now())
			if wait == 0 {
				s.clean(ctx)
			}
			clean.Reset(max(wait, cleanEvery))
		case <-sweep.C:
			sweep.Reset(s.sweep(ctx))
		}
	}
}

// finish closes the step that goes on and stores it; the next Botswain begins its own.
func (s *Service) finish(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTime)
	defer cancel()
	s.mu.Lock()
	if !s.open.at.IsZero() {
		if step := s.open.close(Tiers()[0]); len(step.Bots)+len(step.Host) > 0 {
			s.enqueue(step)
		}
	}
	s.mu.Unlock()
	s.store(ctx)
}

// store writes all that waits, oldest first, and rolls up the tiers; false when the database
// doesn't take it.
func (s *Service) store(ctx context.Context) bool {
	for {
		batch := s.head()
		if len(batch) == 0 {
			return true
		}
		if s.o.MayStore != nil && s.o.MayStore() != nil {
			return false
		}
		if err := s.write(ctx, batch); err != nil {
			s.note(ctx, err)
			return false
		}
		s.note(ctx, nil)
	}
}

func (s *Service) write(ctx context.Context, batch []*Step) error {
	ctx, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	if err := s.o.Store.Add(ctx, batch); err != nil {
		return err
	}
	s.taken(batch)
	// What was stored is rolled up before more comes: a step that ends is made of all its parts.
	return s.rollUp(ctx, batch[len(batch)-1].At.Add(Tiers()[0].Step))
}

// head is the first part of the queue.
func (s *Service) head() []*Step {
	s.mu.Lock()
	defer s.mu.Unlock()
	var batch []*Step
	rows := 0
	for _, x := range s.queue {
		if rows += x.rows(); rows > maxBatch && len(batch) > 0 {
			break
		}
		batch = append(batch, x)
	}
	return batch
}

// taken removes what was stored; some of it may have been given up meanwhile.
func (s *Service) taken(batch []*Step) {
	s.mu.Lock()
	defer s.mu.Unlock()
	stored := map[*Step]bool{}
	for _, x := range batch {
		stored[x] = true
	}
	for len(s.queue) > 0 && stored[s.queue[0]] {
		s.rows -= s.queue[0].rows()
		s.queue[0] = nil
		s.queue = s.queue[1:]
	}
	if s.lost > 0 {
		s.o.Log.Warn("the database was away for too long: some of the history of figures has a gap", "steps", s.lost)
		s.lost = 0
	}
}

// rollUp brings the coarser tiers up to a time. Each begins where its newest stored step ends, so
// that a start of Botswain goes on where the one before ended, in the middle of a step too.
func (s *Service) rollUp(ctx context.Context, now time.Time) error {
	all := Tiers()
	for i, t := range all[1:] {
		finer := all[i]
		until := align(now, t.Step)
		since, known := s.marks[t.Step]
		if !known {
			last, err := s.o.Store.Last(ctx, t)
			if err != nil {
				return err
			}
			since = last.Add(t.Step)
		}
		if since.Sub(until) > t.Step { // the clock was set back
			since = until
		}
		if oldest := align(until.Add(-finer.Keep), t.Step); since.Before(oldest) {
			since = oldest
		}
		if since.Before(until) {
			if err := s.o.Store.RollUp(ctx, finer, t, since, until); err != nil {
				return err
			}
			since = until
		}
		s.marks[t.Step] = since
	}
	return nil
}

func (s *Service) clean(ctx context.Context) {
	if s.o.MayStore != nil && s.o.MayStore() != nil {
		return
	}
	for _, t := range Tiers() {
		if err := s.o.Store.Drop(ctx, t, s.o.Now().Add(-t.Keep)); err != nil {
			if ctx.Err() == nil {
				s.o.Log.Warn("old history of figures could not be dropped; trying again later", "error", err)
			}
			return
		}
	}
}

// sweep removes what nobody asks for any more, and says when to do so again.
func (s *Service) sweep(ctx context.Context) time.Duration {
	if s.o.MayStore != nil && s.o.MayStore() != nil {
		return sweepFirst
	}
	if err := s.o.Store.Sweep(ctx); err != nil {
		if ctx.Err() == nil {
			s.o.Log.Warn("the history of deleted bots could not be dropped; trying again later", "error", err)
		}
		return sweepFirst
	}
	return sweepEvery
}

// note logs that storing fails, and that it works again, once each.
func (s *Service) note(ctx context.Context, err error) {
	if ctx.Err() != nil || s.failing == (err != nil) {
		return
	}
	s.failing = err != nil
	if err != nil {
		s.o.Log.Warn("the history of figures can't be stored now; it waits in memory", "error", err)
	} else {
		s.o.Log.Info("the history of figures is stored again")
	}
}
