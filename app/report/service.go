package report

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
)

// keepFor is how long sums of counters by the hour are kept; gauges are kept as long as their charts
// reach: by the hour for a year, by the minute for two days. Old ones go once in dropEvery.
const (
	keepFor     = 90 * 24 * time.Hour
	keepGauges  = 366 * 24 * time.Hour
	keepMinutes = 48 * time.Hour
	dropEvery   = time.Hour
)

// storeTime bounds how long a report waits for the database.
const storeTime = 5 * time.Second

// Caller is a run that has shown its token.
type Caller struct {
	Bot bot.ID
	Run bot.RunID
}

// Supervisor is what the service needs of it.
type Supervisor interface {
	// Living says whose run it is: fault.NotFound when it doesn't live, fault.Unavailable while that
	// isn't known.
	Living(run bot.RunID) (bot.ID, error)
	// Reported hands over what a run said of itself. It waits for nothing but the bot's turn.
	Reported(ctx context.Context, c bot.ID, run bot.RunID, ready, heartbeat bool)
}

// Storage keeps figures and events; *Store is the real one. Hours and days are those of the location
// that its times have.
type Storage interface {
	Add(ctx context.Context, c Caller, r Report, at time.Time) error
	Figures(ctx context.Context, id bot.ID, now time.Time) (Figures, error)
	Ledger(ctx context.Context, now time.Time) (Ledger, error)
	Drop(ctx context.Context, counters, gauges, minutes time.Time) (int64, error)
}

// Figures are the newest of a bot. Both lists may be empty; they are ordered by name.
type Figures struct {
	Gauges   []Figure // the last value of each gauge that was reported within two days
	Counters []Figure // what came to each counter since Day
	Hours    []Hour   // the last Span hours, oldest first
	// Day is when today began; its location is the zone that days are counted by.
	Day time.Time
}

// Figure is one of them; At is when it was reported last.
type Figure struct {
	Name  string
	Value float64
	At    time.Time
}

// Empty says that there is nothing to show.
func (f Figures) Empty() bool { return len(f.Gauges)+len(f.Counters) == 0 }

// Options are what a Service stands on. All but Redact, Now, Zone and Log are needed.
type Options struct {
	Tokens     *Tokens
	Store      Storage
	Supervisor Supervisor
	Hub        *event.Hub
	// Redact takes a bot's secrets out of what it says; nil: nothing is taken out.
	Redact func(id bot.ID, text string) string
	Now    func() time.Time // nil: time.Now
	Zone   *time.Location   // whose days and hours figures are summed by; nil: the machine's
	Log    *slog.Logger
}

// Service takes reports in. Its methods may be called from many goroutines.
type Service struct {
	Options
	limit limiter

	mu        sync.Mutex
	revisions map[bot.ID]uint64
	total     uint64 // all of them
}

// New makes a service.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Zone == nil {
		o.Zone = time.Local
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{Options: o, limit: limiter{runs: map[bot.RunID]*sent{}}, revisions: map[bot.ID]uint64{}}
}

// now is the time where days are counted.
func (s *Service) now() time.Time { return s.Now().In(s.Zone) }

// Identify says which living run a token is of: fault.Unauthorized when of none, fault.Unavailable
// while Botswain starts.
func (s *Service) Identify(raw string) (Caller, error) {
	run, ok := s.Tokens.Run(raw)
	if !ok {
		return Caller{}, fault.New(fault.Unauthorized, "This needs the token of a run: send the header Authorization: Bearer $BOTSWAIN_REPORT_TOKEN.")
	}
	id, err := s.Supervisor.Living(run)
	if fault.CodeOf(err) == fault.NotFound {
		return Caller{}, fault.New(fault.Unauthorized, "The run that this token was made for is over.")
	}
	return Caller{Bot: id, Run: run}, err
}

// Admit counts a report, before its body is read: fault.TooMany when the run has sent its share.
func (s *Service) Admit(c Caller) error {
	if wait := s.limit.take(c.Run, s.Now()); wait > 0 {
		return &fault.Error{
			Code: fault.TooMany, Message: fmt.Sprintf("A run may send %d reports a minute.", perWindow), RetryAfter: wait,
		}
	}
	return nil
}

// Accept takes a report in. When it returns nil, everything is stored. fault.Invalid: nothing was
// taken. fault.Unavailable: the database is away; that the bot is ready or alive has been heard.
func (s *Service) Accept(ctx context.Context, c Caller, r Report) error {
	now := s.now()
	if err := r.Check(now); err != nil {
		return err
	}
	if r.Ready || r.Heartbeat {
		s.Supervisor.Reported(ctx, c.Bot, c.Run, r.Ready, r.Heartbeat)
	}
	if len(r.Gauges)+len(r.Counters)+len(r.Events) == 0 {
		return nil
	}
	if s.Redact != nil {
		r.Events = slices.Clone(r.Events)
		for i := range r.Events {
			r.Events[i].Message = s.Redact(c.Bot, r.Events[i].Message)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	if err := s.Store.Add(ctx, c, r, now); err != nil {
		return storeFault(err)
	}
	s.tell(c.Bot, len(r.Events) > 0)
	return nil
}

func storeFault(err error) error {
	if fault.CodeOf(err) != "" {
		return err
	}
	return &fault.Error{
		Code: fault.Unavailable, Message: "The database is away, so figures and events weren't stored; send them again later.",
		RetryAfter: storeTime, Err: err,
	}
}

func readFault(err error) error {
	if err == nil || fault.CodeOf(err) != "" {
		return err
	}
	return fault.Wrap(err, fault.Unavailable, "The database is away, so what was reported can't be read now.")
}

func (s *Service) tell(id bot.ID, events bool) {
	s.mu.Lock()
	s.revisions[id]++
	s.total++
	s.mu.Unlock()
	topics := []event.Topic{{Kind: event.TopicReport, Bot: id}}
	if events {
		topics = append(topics, event.Topic{Kind: event.TopicEvents})
	}
	s.Hub.Publish(topics...)
}

// Revision grows with each stored report of a bot; renderers cache by it.
func (s *Service) Revision(id bot.ID) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.revisions[id]
}

// Figures reads the newest figures of a bot. fault.Unavailable: the database is away.
func (s *Service) Figures(ctx context.Context, id bot.ID) (Figures, error) {
	f, err := s.Store.Figures(ctx, id, s.now())
	return f, readFault(err)
}

// Run drops what is too old, hourly, until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	for {
		now := s.Now()
		n, err := s.Store.Drop(ctx, now.Add(-keepFor), now.Add(-keepGauges), now.Add(-keepMinutes))
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			s.Log.Warn("old reports could not be dropped; trying again in an hour", "error", err)
		case n > 0:
			s.Log.Debug("dropped old reports", "rows", n)
		}
		pause := time.NewTimer(dropEvery)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return nil
		}
	}
}

// errTooManyNames is for a bot that makes up new names all the time.
func errTooManyNames() error {
	words := fmt.Sprintf("A bot may report %d gauges and %d counters within an hour.", MaxNames, MaxNames)
	return &fault.Error{Code: fault.Invalid, Message: words, Fields: map[string]string{"gauges": words}}
}
