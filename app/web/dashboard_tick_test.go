package web

import (
	"fmt"
	"net/url"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/stats"
)

// gauge has the CPU of each bot.
type gauge struct {
	noStats
	mu  sync.Mutex
	cpu map[bot.ID]float64
}

func (g *gauge) Bot(id bot.ID) (stats.Bot, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	cpu := g.cpu[id]
	b := stats.Bot{}
	b.Usage.CPU = &cpu
	return b, true
}

// sample sets the CPU of a bot, as the sampler does for all.
func (s *stage) sample(g *gauge, id bot.ID, cpu float64) {
	g.mu.Lock()
	g.cpu[id] = cpu
	g.mu.Unlock()
	s.hub.Publish(event.Topic{Kind: event.TopicUsage})
}

// The order of a list by figures stays for a while, whatever the figures do, and is then renewed.
func TestOrderByFiguresStaysAWhile(t *testing.T) {
	s, g := newStage(t), &gauge{cpu: map[bot.ID]float64{}}
	s.pages.stats = g
	a, b := s.deck.add("a", bot.Running), s.deck.add("b", bot.Running)
	s.sample(g, a, 10)
	d := newLiveDashboard(s.pages, uuid.New(), url.Values{"sort": {"cpu"}}, 0, false)
	order := func() string {
		t.Helper()
		d.crewParts(t.Context())
		return fmt.Sprint(d.places[a], d.places[b])
	}
	if got := order(); got != "0 1" {
		t.Errorf("at first: %s", got)
	}
	s.sample(g, b, 20)
	if got := order(); got != "0 1" {
		t.Errorf("right after: %s", got)
	}
	d.placed = d.placed.Add(-resort)
	if got := order(); got != "1 0" {
		t.Errorf("later: %s", got)
	}
}

// BenchmarkDashboardTick is what one open dashboard of 500 bots costs each time that figures change, once
// the crew is gathered: finding out that its order stays as it is.
func BenchmarkDashboardTick(b *testing.B) {
	for _, sort := range []string{"", "cpu"} {
		b.Run("sort="+sort, func(b *testing.B) {
			s, g := newStage(b), &gauge{cpu: map[bot.ID]float64{}}
			s.pages.stats = g
			for i := range 500 {
				g.cpu[s.deck.add(fmt.Sprint("bot ", i), bot.Running)] = float64(i * 7 % 100)
			}
			d := newLiveDashboard(s.pages, uuid.New(), url.Values{"sort": {sort}}, 0, false)
			d.crewParts(b.Context())
			b.ReportAllocs()
			for b.Loop() {
				d.crewParts(b.Context())
			}
		})
	}
}
