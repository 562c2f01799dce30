package stats

import (
	"context"
	"log/slog"
	"maps"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/runner"
)

// usageReader measures the bots; every runner.Backend is one.
type usageReader interface {
	Usage(ctx context.Context) ([]runner.Usage, error)
}

// Options are what a Sampler needs.
type Options struct {
	Backend usageReader
	// RunOf says which bot each living run is of.
	RunOf func() map[bot.RunID]bot.ID
	// Sampled is told each sample of all bots; nil: nobody is. It must not block.
	Sampled func([]runner.Usage)
	// Record is given each sample to keep, which it must not change; nil: nobody keeps any. It must not block.
	Record func(Sample)
	// DataDir is the directory whose file system is shown.
	DataDir string
	Hub     *event.Hub
	Log     *slog.Logger // nil: nothing is logged
	// Ticks has a sample taken at each receive; nil: one every Interval. Now is the clock; nil: time.Now.
	Ticks <-chan time.Time
	Now   func() time.Time
}

// Sampler takes the samples. It keeps the newest and a short history in memory.
type Sampler struct {
	o       Options
	name    string
	meter   *hostMeter
	failing map[string]bool // of Run's goroutine: what has been logged

	mu       sync.RWMutex
	host     Host
	cpu      ring
	sent     ring
	recv     ring
	bots     map[bot.ID]*botHistory
	revision uint64
}

// New makes a sampler. Until Run has taken the first sample, nothing is known.
func New(o Options) *Sampler {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	name, _ := os.Hostname()
	host := &machine{}
	return &Sampler{
		o: o, name: name, failing: map[string]bool{}, bots: map[bot.ID]*botHistory{},
		meter: &hostMeter{source: host, dataDir: o.DataDir, parts: partMeter{source: host}},
		host:  Host{Name: name, Cores: runtime.NumCPU(), Missing: map[string]string{}},
	}
}

// Run takes a sample at once and then one at each tick, until ctx ends. What can't be measured is
// left out of its sample; it never is a reason to end.
func (s *Sampler) Run(ctx context.Context) error {
	ticks := s.o.Ticks
	if ticks == nil {
		t := time.NewTicker(Interval)
		defer t.Stop()
		ticks = t.C
	}
	for {
		s.sample(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-ticks:
		}
	}
}

func (s *Sampler) sample(ctx context.Context) {
	host, hostErr := s.meter.measure(ctx, s.o.Now())
	runs := s.o.RunOf()
	usage, botsErr := s.o.Backend.Usage(ctx)
	if ctx.Err() != nil {
		return
	}
	s.note("host", hostErr)
	s.note("bots", botsErr)

	if s.o.Sampled != nil {
		s.o.Sampled(usage)
	}
	s.mu.Lock()
	s.revision++
	s.keepHost(host)
	now := s.keepBots(runs, usage)
	s.mu.Unlock()
	if s.o.Record != nil {
		s.o.Record(Sample{At: host.At, Host: host, Bots: now})
	}
	s.o.Hub.Publish(event.Topic{Kind: event.TopicHost}, event.Topic{Kind: event.TopicUsage})
}

// note logs that a part fails, and that it works again, once each.
func (s *Sampler) note(part string, err error) {
	if was := s.failing[part]; was == (err != nil) {
		return
	}
	s.failing[part] = err != nil
	if err != nil {
		s.o.Log.Warn("some figures can't be measured", "of", part, "error", err)
	} else {
		s.o.Log.Info("all figures can be measured again", "of", part)
	}
}

// keepHost takes over a sample of the machine; the lock is held.
func (s *Sampler) keepHost(h Host) {
	h.Name, h.Cores, h.Revision = s.name, runtime.NumCPU(), s.revision
	s.cpu.push(h.CPU)
	s.sent.push(h.NetSent)
	s.recv.push(h.NetRecv)
	s.host = h
}

// Host is the newest sample of the machine with its history; the caller owns the copy.
func (s *Sampler) Host() Host {
	s.mu.RLock()
	defer s.mu.RUnlock()
	h := s.host
	h.Missing = maps.Clone(h.Missing)
	for _, p := range []**float64{&h.CPU, &h.Load1, &h.Load5, &h.Load15, &h.NetSent, &h.NetRecv} {
		*p = clone(*p)
	}
	h.copyParts()
	for _, p := range []**uint64{&h.MemUsed, &h.MemTotal, &h.SwapUsed, &h.SwapTotal, &h.DiskUsed, &h.DiskTotal} {
		*p = clone(*p)
	}
	h.CPUHistory, h.SentHistory, h.RecvHistory = s.cpu.copy(), s.sent.copy(), s.recv.copy()
	return h
}

// Bot is the newest sample of one bot with its history; false when the bot hasn't run within it.
func (s *Sampler) Bot(id bot.ID) (Bot, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	b := s.bots[id]
	if b == nil {
		return Bot{}, false
	}
	return b.show(id), true
}

// All are the samples of all bots that have run within the history, in the order of their ids.
func (s *Sampler) All() []Bot {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := make([]Bot, 0, len(s.bots))
	for id, b := range s.bots {
		all = append(all, b.show(id))
	}
	slices.SortFunc(all, func(a, b Bot) int { return slices.Compare(a.ID[:], b.ID[:]) })
	return all
}

func clone[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}
