package report

import (
	"context"
	"time"

	"github.com/botswain/botswain/app/bot"
)

// Names that Botswain understands: it sums them up over all bots. Others are shown with their bot.
const (
	Users      = "users"    // gauge: people whom the bot reaches
	Guilds     = "guilds"   // gauge: servers, groups, chats that it is in
	Registered = "commands" // gauge: commands that it knows
	Ping       = "ping_ms"  // gauge: to its platform and back, in milliseconds
	Messages   = "messages" // counter: messages that it has seen
	Commands   = "commands" // counter: commands that it has answered
)

// Fresh is how old a gauge may be to count as what is now.
const Fresh = 10 * time.Minute

func knownGauges() []string   { return []string{Users, Guilds, Registered, Ping} }
func knownCounters() []string { return []string{Messages, Commands} }

// Ledger is what all bots have reported under the names that Botswain understands.
type Ledger struct {
	// Gauges has the newest of each bot that is at most Fresh old.
	Gauges []Gauge
	// Today has what came to the counters of all bots since Day, by name.
	Today map[string]Count
	// Hours are the last Span hours of all bots, oldest first.
	Hours []Hour
	// Day is when today began; its location is the zone that days are counted by.
	Day time.Time
}

// Gauge is the newest value of a bot's gauge.
type Gauge struct {
	Bot bot.ID
	Figure
}

// Count is the sum of a counter over bots, and how many bots reported it.
type Count struct {
	Total float64
	Bots  int
}

// Ledger reads what all bots have reported. It asks the database; fault.Unavailable: that is away.
func (s *Service) Ledger(ctx context.Context) (Ledger, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	l, err := s.Store.Ledger(ctx, s.now())
	return l, readFault(err)
}

// Revisions grows with each stored report of any bot.
func (s *Service) Revisions() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total
}
