package figures

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/platform"
	"github.com/botswain/botswain/app/report"
)

// world is bots, reports and platforms in memory.
type world struct {
	mu        sync.Mutex
	ledger    report.Ledger
	err       error
	reads     int
	revisions uint64
	bots      []crew.View
	known     map[bot.ID]platform.Report
}

func (w *world) Ledger(context.Context) (report.Ledger, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reads++
	return w.ledger, w.err
}

func (w *world) Revisions() uint64                                  { return w.revisions }
func (w *world) All(context.Context) []crew.View                    { return w.bots }
func (w *world) Known(_ context.Context, b bot.Bot) platform.Report { return w.known[b.ID] }
func (w *world) Revision(id bot.ID) uint64                          { return uint64(len(w.known)) }
func (w *world) service() *Service                                  { return New(Options{Reports: w, Crew: w, Platforms: w}) }
func (w *world) add(typ bot.Type, state bot.State) (id bot.ID) {
	v := crew.View{Bot: bot.Bot{ID: bot.NewID()}}
	v.Type, v.Status.State = typ, state
	w.bots = append(w.bots, v)
	return v.ID
}

func (w *world) tell(id bot.ID, name string, v float64, at time.Time) {
	w.ledger.Gauges = append(w.ledger.Gauges, report.Gauge{Bot: id, Figure: report.Figure{Name: name, Value: v, At: at}})
	w.revisions++
}

func discordKnows(guilds, installs int, at time.Time) platform.Report {
	return platform.Report{Platform: platform.Discord, FactsAt: at, AskedAt: at, Facts: &platform.Facts{Discord: &platform.DiscordFacts{Guilds: &guilds, Installs: &installs}}}
}

func value(t *testing.T, f Figure, want float64, bots, discord int) {
	t.Helper()
	if f.Value == nil || *f.Value != want || f.Bots != bots || f.FromDiscord != discord || f.Why != "" {
		t.Errorf("%+v, want %g of %d and %d", f, want, bots, discord)
	}
}

func TestSum(t *testing.T) {
	t.Parallel()
	now := time.Now()
	w := &world{known: map[bot.ID]platform.Report{}, ledger: report.Ledger{Today: map[string]report.Count{"messages": {Total: 0, Bots: 1}}}}
	reports, silent, down, refused := w.add(bot.DiscordBot, bot.Running), w.add(bot.DiscordBot, bot.Stopped), w.add(bot.TelegramBot, bot.Stopped), w.add(bot.DiscordBot, bot.Running)
	for _, id := range []bot.ID{reports, silent, refused} {
		w.known[id] = discordKnows(100, 7, now.Add(-time.Hour))
	}
	r := w.known[refused]
	r.Failure = &platform.Failure{Kind: platform.Refused}
	w.known[refused] = r
	w.tell(reports, "guilds", 12, now)
	w.tell(reports, "ping_ms", 40, now)
	w.tell(refused, "ping_ms", 60, now)
	w.tell(down, "users", 500, now) // it doesn't run any more
	o, err := w.service().Overview(t.Context())
	if err != nil || o.Bots != 4 || !o.Reports {
		t.Fatalf("%+v %v", o, err)
	}
	value(t, o.Guilds, 112, 1, 1) // one says it itself; for another Discord does; nothing of a refused token counts
	value(t, o.Users, 14, 0, 2)
	if !o.Users.AskedAt.Equal(now.Add(-time.Hour)) {
		t.Errorf("asked %s", o.Users.AskedAt)
	}
	value(t, o.Ping, 50, 2, 0)
	value(t, o.Messages, 0, 1, 0) // reported as 0
	if o.Commands.Value != nil || o.Commands.Why == "" || o.Registered.Value != nil || o.Registered.Why == "" {
		t.Errorf("what nobody says: %+v %+v", o.Commands, o.Registered)
	}
}

func TestNobodyReports(t *testing.T) {
	t.Parallel()
	w := &world{known: map[bot.ID]platform.Report{}}
	if o, err := w.service().Overview(t.Context()); err != nil || o.Reports || o.Bots != 0 || o.Users.Value != nil {
		t.Errorf("without bots: %+v %v", o, err)
	}
	w.add(bot.TelegramBot, bot.Running)
	w.ledger.Hours = []report.Hour{{Counters: map[string]float64{}}}
	if o, err := w.service().Overview(t.Context()); err != nil || o.Reports || o.Bots != 1 || o.Users.Value != nil {
		t.Errorf("%+v %v", o, err)
	}
	w.ledger.Hours[0].Counters["messages"] = 0
	if o, err := w.service().Overview(t.Context()); err != nil || !o.Reports {
		t.Errorf("%+v %v", o, err)
	}
}

// TestCrashesByTheHour: what was counted in quarters goes to the hours of a zone that is half an hour off.
func TestCrashesByTheHour(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, 11, 27, 10, 30, 0, 0, time.UTC)
	hours := []report.Hour{{At: began}, {At: began.Add(time.Hour)}}
	at := func(d time.Duration) int64 { return began.Add(d).Unix() }
	got := byHour(map[int64]int{at(-15 * time.Minute): 7, at(0): 1, at(45 * time.Minute): 2, at(time.Hour): 4, at(2 * time.Hour): 8}, hours)
	if !slices.Equal(got, []int{3, 4}) {
		t.Errorf("%v", got)
	}
	if byHour(nil, hours) != nil {
		t.Error("marks without a crash")
	}
}

// TestOverviewIsShared: however many ask, it is made every few seconds, and the database is asked only
// when something was reported; what gets old meanwhile stops counting.
func TestOverviewIsShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &world{}
		id := w.add(bot.TelegramBot, bot.Running)
		w.tell(id, "users", 5, time.Now())
		s := w.service()
		ask := func() Overview {
			t.Helper()
			o, err := s.Overview(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return o
		}
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() { ask() })
		}
		wg.Wait()
		first := ask()
		if w.reads != 1 || first.Revision != 1 {
			t.Errorf("%d reads, revision %d", w.reads, first.Revision)
		}
		time.Sleep(every)
		if again := ask(); w.reads != 1 || again.Revision != first.Revision {
			t.Errorf("nothing changed: %d reads, revision %d", w.reads, again.Revision)
		}
		w.ledger.Gauges = nil
		w.tell(id, "users", 6, time.Now())
		ask()
		time.Sleep(every)
		if o := ask(); w.reads != 2 || *o.Users.Value != 6 || o.Revision != first.Revision+1 {
			t.Errorf("%d reads, %+v", w.reads, o)
		}
		time.Sleep(report.Fresh)
		if o := ask(); o.Users.Value != nil || o.Reports {
			t.Errorf("old: %+v", o)
		}

		w.err = errors.New("away")
		time.Sleep(readEvery)
		reads := w.reads
		for range 5 {
			if _, err := s.Overview(t.Context()); err == nil {
				t.Error("no error without the database")
			}
		}
		if w.reads != reads+1 {
			t.Errorf("%d reads for one error", w.reads-reads)
		}
		w.err = nil
		time.Sleep(every)
		ask()
	})
}
