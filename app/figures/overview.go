package figures

import (
	"fmt"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/platform"
	"github.com/botswain/botswain/app/report"
)

// Overview is what is known of all bots together.
type Overview struct {
	Bots int // how many there are
	// Users, Guilds and Registered are sums of what each running bot reported last, if that is fresh.
	// Users that two bots have in common are counted twice: nobody knows who they are.
	Users, Guilds, Registered Figure
	// Ping is the mean of the running bots' newest, in milliseconds.
	Ping Figure
	// Messages and Commands are what came to all bots since Day, also to those that are down by now.
	Messages, Commands Figure
	// Hours are the last report.Span hours, oldest first.
	Hours []report.Hour
	// Crashes counts in each of Hours how many runs of all bots ended abnormally; nil: none did.
	Crashes []int
	// Day is when today began; its location is the zone that days are counted by.
	Day time.Time
	// Reports says whether any bot reports something of the above now, or did so within these hours.
	Reports bool
	// Revision grows with each change of the above.
	Revision uint64
}

// Figure is a number that was put together from those of several bots.
type Figure struct {
	Value *float64 // nil: nobody knows it; Why has the reason
	Bots  int      // how many bots reported it themselves
	// FromDiscord is for how many others Discord's number stands in, which is about right, and AskedAt
	// when the oldest of these was asked for.
	FromDiscord int
	AskedAt     time.Time
	Why         string
}

// add takes another bot's value in.
func (f *Figure) add(v float64) {
	if f.Value == nil {
		f.Value = new(float64)
	}
	*f.Value += v
}

// standIn takes a number that Discord gave.
func (f *Figure) standIn(n *int, at time.Time) {
	if n == nil {
		return
	}
	f.add(float64(*n))
	f.FromDiscord++
	if f.AskedAt.IsZero() || at.Before(f.AskedAt) {
		f.AskedAt = at
	}
}

// member is a bot as it is summed up.
type member struct {
	id    bot.ID
	alive bool
	// known is what its platform said last.
	known platform.Report
}

// sum puts what is stored and what platforms say together.
func sum(l report.Ledger, members []member) Overview {
	o := Overview{Bots: len(members), Hours: l.Hours, Day: l.Day}
	said := map[bot.ID]map[string]float64{}
	for _, g := range l.Gauges {
		if said[g.Bot] == nil {
			said[g.Bot] = map[string]float64{}
		}
		said[g.Bot][g.Name] = g.Value
	}
	gauges := map[string]*Figure{report.Users: &o.Users, report.Guilds: &o.Guilds, report.Registered: &o.Registered, report.Ping: &o.Ping}
	for _, m := range members {
		for name, f := range gauges {
			if v, ok := said[m.id][name]; ok && m.alive {
				f.add(v)
				f.Bots++
				o.Reports = true
			} else if d := discord(m.known); d != nil {
				switch name {
				case report.Users:
					f.standIn(d.Installs, m.known.FactsAt)
				case report.Guilds:
					f.standIn(d.Guilds, m.known.FactsAt)
				}
			}
		}
	}
	if o.Ping.Value != nil {
		*o.Ping.Value /= float64(o.Ping.Bots)
	}
	for name, f := range map[string]*Figure{report.Messages: &o.Messages, report.Commands: &o.Commands} {
		if c, ok := l.Today[name]; ok {
			f.add(c.Total)
			f.Bots = c.Bots
		}
	}
	o.Reports = o.Reports || anything(l.Hours)
	o.explain()
	return o
}

// discord is what Discord says of a bot whose token it takes; nil: nothing.
func discord(r platform.Report) *platform.DiscordFacts {
	if holds := r.Holds(); r.Facts == nil || holds == nil || !*holds {
		return nil
	}
	return r.Facts.Discord
}

func anything(hours []report.Hour) bool {
	for _, h := range hours {
		if len(h.Counters) > 0 {
			return true
		}
	}
	return false
}

// explain says why what isn't known isn't.
func (o *Overview) explain() {
	within := fmt.Sprintf("%d minutes", int(report.Fresh.Minutes()))
	for name, f := range map[string]*Figure{report.Users: &o.Users, report.Guilds: &o.Guilds, report.Registered: &o.Registered, report.Ping: &o.Ping} {
		if f.Value == nil {
			f.Why = fmt.Sprintf("No running bot has reported the gauge %s within %s.", name, within)
		}
	}
	for name, f := range map[string]*Figure{report.Messages: &o.Messages, report.Commands: &o.Commands} {
		if f.Value == nil {
			f.Why = fmt.Sprintf("No bot has reported the counter %s today.", name)
		}
	}
}
