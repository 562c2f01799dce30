package history

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/botswain/botswain/app/stats"
)

// storage keeps steps; *Store is the real one.
type storage interface {
	// Add stores steps of the finest tier; those that are there already stay.
	Add(ctx context.Context, steps []*Step) error
	// RollUp makes the steps of a tier that begin in [since, until) out of those of a finer one.
	RollUp(ctx context.Context, finer, t Tier, since, until time.Time) error
	// Last is where the newest step of a tier begins; 1970 when there is none.
	Last(ctx context.Context, t Tier) (time.Time, error)
	// Drop removes the steps of a tier that begin before a time.
	Drop(ctx context.Context, t Tier, before time.Time) error
	// Sweep removes what is left of bots that were deleted.
	Sweep(ctx context.Context) error
	reader
}

// Options are what a Service stands on.
type Options struct {
	Store storage
	// MayStore says whether this Botswain may write to the database; nil: always.
	MayStore func() error
	Now      func() time.Time // nil: time.Now
	Log      *slog.Logger     // nil: nothing is logged
}

// maxRows bounds what waits for the database, in rows of bots and host; beyond it the oldest steps
// are given up and stay gaps. 40,000 rows are about 5 MB: thirteen minutes of 500 bots, nine hours of 12.
const maxRows = 40_000

// Service takes samples in, stores them and reads them back. Its methods may be called from many
// goroutines.
type Service struct {
	o Options

	mu    sync.Mutex
	open  bucket
	queue []*Step
	rows  int // in queue
	lost  int // steps given up since the last that was stored

	wake chan struct{} // something is in the queue

	// of Run's goroutine
	marks   map[time.Duration]time.Time // by step: until where a tier is rolled up
	failing bool
}

// New makes a service. Until Run runs, nothing is stored.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{o: o, wake: make(chan struct{}, 1), marks: map[time.Duration]time.Time{}}
}

// Sampled takes a sample in. It never blocks.
func (s *Service) Sampled(x stats.Sample) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if step := s.open.add(x, Tiers()[0]); step != nil {
		s.enqueue(step)
	}
}

// enqueue adds a step to what is to be stored; the lock is held.
func (s *Service) enqueue(step *Step) {
	s.queue = append(s.queue, step)
	s.rows += step.rows()
	for s.rows > maxRows && len(s.queue) > 1 {
		s.rows -= s.queue[0].rows()
		s.queue[0] = nil
		s.queue = s.queue[1:]
		s.lost++
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (x *Step) rows() int { return len(x.Bots) + 1 }
