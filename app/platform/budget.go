package platform

import (
	"context"
	"sync"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
)

// Budget is how many gateway sessions the application of a Discord bot may still start.
type Budget struct {
	SessionLimit
	// Shards is how many a start takes: as many as Discord recommends, and at least one.
	Shards int
	// LastStart is the newest that Botswain knows of, of any bot of the application; zero: none.
	LastStart time.Time
}

// ReserveShare is the part of the sessions that is kept for people: below it Botswain doesn't start
// bots again by itself, and asks before it starts one for a person. Past the last session Discord ends all
// of them and resets the token (https://docs.discord.com/developers/events/gateway, "Identifying").
const ReserveShare = 0.1

// Reserve is that part in sessions.
func (b Budget) Reserve() int { return int(ReserveShare*float64(b.Total) + 0.5) }

// Short says whether a start would leave less than the reserve.
func (b Budget) Short() bool { return b.Total > 0 && b.Remaining-b.Shards < b.Reserve() }

// budgets has what is left of each application, whichever of its bots it was asked with: the newest
// answer, less the starts since.
type budgets struct {
	mu sync.Mutex
	by map[string]*spending
}

type spending struct {
	limit  SessionLimit
	shards int
	at     time.Time // of the answer
	starts []time.Time
}

func newBudgets() *budgets { return &budgets{by: map[string]*spending{}} }

// application is the id that a budget belongs to; "": it isn't known.
func application(f *Facts) string {
	if f == nil || f.Discord == nil {
		return ""
	}
	if f.Discord.ApplicationID != "" {
		return f.Discord.ApplicationID
	}
	return f.Identity.ID // the same for all but the oldest applications
}

// heard takes in an answer, unless a newer one is here. Starts before it are in its figure.
func (b *budgets) heard(f *Facts, at time.Time) {
	id := application(f)
	if id == "" || f.Discord.Gateway == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.by[id]
	if s == nil {
		s = &spending{}
		b.by[id] = s
	}
	if !at.After(s.at) {
		return
	}
	s.limit, s.shards, s.at = f.Discord.Gateway.Limit, max(1, f.Discord.Gateway.Shards), at
	if n := len(s.starts); n > 0 { // the newest stays, for LastStart
		kept := s.starts[:0]
		for i, start := range s.starts {
			if start.After(at) || i == n-1 {
				kept = append(kept, start)
			}
		}
		s.starts = kept
	}
}

func (b *budgets) started(id string, at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s := b.by[id]; s != nil {
		s.starts = append(s.starts, at)
	}
}

// of is what is left; false: it isn't known, or was of a day that is over.
func (b *budgets) of(id string, now time.Time) (Budget, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.by[id]
	if s == nil || !now.Before(s.limit.ResetsAt) {
		return Budget{}, false
	}
	out := Budget{SessionLimit: s.limit, Shards: s.shards}
	for _, start := range s.starts {
		if start.After(s.at) {
			out.Remaining -= s.shards
		}
		out.LastStart = start
	}
	out.Remaining = max(0, out.Remaining)
	return out, true
}

// Budget is what is left for the application of a Discord bot, by the newest answer and the starts
// since; false: it isn't known. It asks nobody.
func (s *Service) Budget(ctx context.Context, b bot.Bot) (Budget, bool) {
	id := application(s.last(ctx, b).Facts)
	if id == "" {
		return Budget{}, false
	}
	return s.budgets.of(id, s.Now())
}

// Started counts a start of a bot.
func (s *Service) Started(ctx context.Context, b bot.Bot) {
	id := application(s.last(ctx, b).Facts)
	if id == "" {
		return
	}
	s.budgets.started(id, s.Now())
	s.mu.Lock()
	var topics []event.Topic
	for other, k := range s.known { // the bots of one application share what is left
		if application(k.report.Facts) == id {
			k.revision++
			topics = append(topics, event.Topic{Kind: event.TopicPlatform, Bot: other})
		}
	}
	s.mu.Unlock()
	s.Hub.Publish(topics...)
}

// counted is a report with what is left of its application's sessions by now.
func (s *Service) counted(r Report) Report {
	left, ok := s.budgets.of(application(r.Facts), s.Now())
	if !ok || r.Facts.Discord.Gateway == nil {
		return r
	}
	facts, discord, gateway := *r.Facts, *r.Facts.Discord, *r.Facts.Discord.Gateway
	gateway.Limit = left.SessionLimit
	discord.Gateway = &gateway
	facts.Discord = &discord
	r.Facts = &facts
	return r
}
