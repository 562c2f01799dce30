package figures

import (
	"context"
	"reflect"
	"sync"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/platform"
	"github.com/botswain/botswain/app/report"
)

const (
	// every is how long an overview is good for: however many ask, it is made no more often.
	every = 3 * time.Second
	// readEvery is when the database is asked again although nobody reported anything.
	readEvery = 30 * time.Second
)

// Reports is what is stored of the bots' reports; *report.Service is the real one.
type Reports interface {
	Ledger(context.Context) (report.Ledger, error)
	// Revisions grows with each report.
	Revisions() uint64
}

// Crashes counts the abnormal ends of all bots; *runs.Store is the real one.
type Crashes interface {
	// Crashes counts by the quarters of an hour, keyed by their beginnings in Unix seconds.
	Crashes(ctx context.Context, since time.Time) (map[int64]int, error)
}

// Crew has the bots.
type Crew interface {
	All(context.Context) []crew.View
}

// Platforms is what Telegram and Discord said about bots.
type Platforms interface {
	Known(context.Context, bot.Bot) platform.Report
	// Revision is 0 as long as nothing is known of a bot.
	Revision(bot.ID) uint64
}

// Options are what a Service stands on. All but Platforms, Crashes and Now are needed.
type Options struct {
	Reports   Reports
	Crew      Crew
	Platforms Platforms        // nil: nobody stands in
	Crashes   Crashes          // nil: they aren't counted
	Now       func() time.Time // nil: time.Now
}

// Service sums up. Its methods may be called from many goroutines.
type Service struct {
	Options
	turn chan struct{} // held by the one that sums up

	mu   sync.Mutex
	last Overview
	err  error
	at   time.Time // when last and err were made

	// Of the holder of the turn:
	ledger    report.Ledger
	crashes   map[int64]int
	revisions uint64 // when ledger was read
	bots      int
	readAt    time.Time
}

// New makes a service; it needs no closing.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Service{Options: o, turn: make(chan struct{}, 1)}
}

// Overview is what is known of all bots, at most some seconds old. The error is the database's, or
// ctx's; it holds for as long as an overview does.
func (s *Service) Overview(ctx context.Context) (Overview, error) {
	if o, err, ok := s.young(); ok {
		return o, err
	}
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return Overview{}, ctx.Err()
	}
	if o, err, ok := s.young(); ok { // made while this one waited
		return o, err
	}
	o, err := s.make(ctx)
	if ctx.Err() != nil { // whoever asked went away: that says nothing to others
		return Overview{}, ctx.Err()
	}
	return s.keep(o, err), err
}

func (s *Service) young() (Overview, error, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last, s.err, !s.at.IsZero() && s.Now().Sub(s.at) < every
}

// keep gives what was made a revision, and makes it the one that others get.
func (s *Service) keep(o Overview, err error) Overview {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err, s.at = err, s.Now()
	if err == nil {
		o.Revision = s.last.Revision
		if s.last.Revision == 0 || !reflect.DeepEqual(o, s.last) {
			o.Revision++
		}
		s.last = o
	}
	return s.last
}

func (s *Service) make(ctx context.Context) (Overview, error) {
	views := s.Crew.All(ctx)
	if err := s.read(ctx, len(views)); err != nil {
		return Overview{}, err
	}
	members := make([]member, len(views))
	for i, v := range views {
		members[i] = member{id: v.ID, alive: v.Status.State.Alive()}
		if s.Platforms != nil && v.Type == bot.DiscordBot && s.Platforms.Revision(v.ID) > 0 {
			members[i].known = s.Platforms.Known(ctx, v.Bot)
		}
	}
	l := s.ledger
	l.Gauges = fresh(l.Gauges, s.Now())
	o := sum(l, members)
	o.Crashes = byHour(s.crashes, o.Hours)
	return o, nil
}

// read asks the database, unless nothing can have changed there.
func (s *Service) read(ctx context.Context, bots int) error {
	now, revisions := s.Now(), s.Reports.Revisions()
	sameHour := now.Unix()/900 == s.readAt.Unix()/900 // hours and days begin at a quarter in every zone
	if !s.readAt.IsZero() && sameHour && now.Sub(s.readAt) < readEvery && revisions == s.revisions && bots == s.bots {
		return nil
	}
	l, err := s.Reports.Ledger(ctx)
	if err != nil {
		return err
	}
	var crashes map[int64]int
	if s.Crashes != nil && len(l.Hours) > 0 {
		if crashes, err = s.Crashes.Crashes(ctx, l.Hours[0].At); err != nil {
			return err
		}
	}
	s.ledger, s.crashes, s.revisions, s.bots, s.readAt = l, crashes, revisions, bots, now
	return nil
}

// byHour adds up what was counted in quarters; nil: nothing was.
func byHour(quarters map[int64]int, hours []report.Hour) []int {
	if len(quarters) == 0 {
		return nil
	}
	counts := make([]int, len(hours))
	for at, n := range quarters {
		since := at - hours[0].At.Unix()
		if i := int(since / 3600); since >= 0 && i < len(counts) {
			counts[i] += n
		}
	}
	return counts
}

// fresh leaves out what has become too old since it was read.
func fresh(list []report.Gauge, now time.Time) []report.Gauge {
	var out []report.Gauge
	for _, g := range list {
		if now.Sub(g.At) <= report.Fresh {
			out = append(out, g)
		}
	}
	return out
}
