package report

import (
	"testing"
	"time"

	"github.com/botswain/botswain/app/bot"
)

// half is a zone whose hours begin at half past by UTC.
func half() *time.Location { return time.FixedZone("half", 5*3600+1800) }

func TestHoursAndDays(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 0, 10, 0, 5, half()) // 18:40 by UTC, the day before
	if got := hourOf(now); !got.Equal(time.Date(2026, 11, 21, 18, 30, 0, 0, time.UTC)) {
		t.Errorf("the hour began at %s", got)
	}
	if got := dayOf(now); !got.Equal(hourOf(now)) {
		t.Errorf("the day began at %s", got)
	}
	hours := hoursUntil(now)
	if len(hours) != Span || !hours[Span-1].At.Equal(hourOf(now)) || now.Sub(hours[0].At) >= Span*time.Hour {
		t.Errorf("from %s to %s", hours[0].At, hours[Span-1].At)
	}
	put(hours, hours[3].At, "a", 2)
	put(hours, hours[3].At.Add(30*time.Minute), "a", 3) // of another zone
	put(hours, hours[0].At.Add(-time.Minute), "a", 7)
	put(hours, now.Add(time.Hour), "a", 7)
	for i, h := range hours {
		if v, ok := h.Counters["a"]; ok != (i == 3) || i == 3 && v != 5 {
			t.Errorf("hour %d: %g %v", i, v, ok)
		}
	}
	if clock, err := time.LoadLocation("Africa/Cairo"); err == nil { // put forward at midnight of 25 April 2025
		if got := dayOf(time.Date(2025, 4, 25, 12, 0, 0, 0, clock)); got.Hour() != 1 || got.Day() != 25 {
			t.Errorf("the day without a midnight began at %s", got)
		}
	}
}

// TestDayBoundary: what is reported before midnight, by the zone that days are counted by, isn't of
// today, but is in its hour.
func TestDayBoundary(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.Zone = half()
	midnight := time.Date(2026, 11, 22, 0, 0, 0, 0, half())
	for _, x := range []struct {
		at time.Duration
		n  float64
	}{{-time.Second, 3}, {0, 5}, {20 * time.Minute, 7}, {-23 * time.Hour, 11}, {-25 * time.Hour, 13}} {
		r.now = midnight.Add(x.at).UTC()
		if err := r.Accept(t.Context(), r.who, Report{Counters: map[string]float64{"messages": x.n}}); err != nil {
			t.Fatal(err)
		}
	}
	r.now = midnight.Add(30 * time.Minute)
	f, err := r.Figures(t.Context(), r.who.Bot)
	if err != nil || len(f.Counters) != 1 || f.Counters[0].Value != 12 || !f.Day.Equal(midnight) || f.Day.Location() != half() && f.Day.Format("15:04") != "00:00" {
		t.Errorf("%+v %v", f.Counters, err)
	}
	l, err := r.Ledger(t.Context())
	if err != nil || l.Today["messages"] != (Count{Total: 12, Bots: 1}) {
		t.Errorf("%+v %v", l.Today, err)
	}
	for name, hours := range map[string][]Hour{"of the bot": f.Hours, "of all": l.Hours} {
		want := map[int]float64{Span - 1: 12, Span - 2: 3, 0: 11}
		for i, h := range hours {
			if v, ok := h.Counters["messages"]; ok != (want[i] > 0) || v != want[i] {
				t.Errorf("%s, hour %d: %g %v", name, i, v, ok)
			}
		}
	}
}

// TestLedger: of each bot the newest gauge, if it is fresh; counters of all.
func TestLedger(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.Zone = time.UTC
	other := Caller{Bot: bot.NewID(), Run: bot.NewID()}
	addBot(t, r.pool, other.Bot)
	start := time.Date(2026, 11, 22, 12, 55, 0, 0, time.UTC)
	tell := func(c Caller, after time.Duration, gauges, counters map[string]float64) {
		t.Helper()
		r.now = start.Add(after)
		if err := r.Accept(t.Context(), c, Report{Gauges: gauges, Counters: counters}); err != nil {
			t.Fatal(err)
		}
	}
	before := r.Revisions()
	tell(r.who, -20*time.Minute, map[string]float64{Users: 1, Guilds: 1, Ping: 80}, map[string]float64{Messages: 4, "odd": 9})
	tell(r.who, 0, map[string]float64{Users: 300, Guilds: 10}, map[string]float64{Messages: 6})
	tell(other, time.Minute, map[string]float64{Users: 40, "odd": 1}, map[string]float64{Messages: 1, Commands: 0})
	if r.Revisions() != before+3 {
		t.Errorf("%d revisions", r.Revisions()-before)
	}
	at := func(after time.Duration) map[string]float64 {
		t.Helper()
		r.now = start.Add(after)
		l, err := r.Ledger(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]float64{}
		for _, g := range l.Gauges {
			out[g.Bot.String()+g.Name] = g.Value
		}
		if l.Today[Messages] != (Count{Total: 11, Bots: 2}) || l.Today[Commands] != (Count{Total: 0, Bots: 1}) || len(l.Today) != 2 {
			t.Errorf("today %+v", l.Today)
		}
		return out
	}
	me, it := r.who.Bot.String(), other.Bot.String()
	if got := at(6 * time.Minute); len(got) != 3 || got[me+Users] != 300 || got[me+Guilds] != 10 || got[it+Users] != 40 {
		t.Errorf("%v", got) // over the turn of the hour
	}
	if got := at(10*time.Minute + time.Second); len(got) != 1 || got[it+Users] != 40 {
		t.Errorf("what is old counts: %v", got)
	}
	if got := at(time.Hour); len(got) != 0 {
		t.Errorf("what is old counts: %v", got)
	}
}
