package history

import (
	"context"
	"strings"
	"time"

	"github.com/botswain/botswain/app/bot"
)

// UptimeDays is how many days an Uptime shows, today included.
const UptimeDays = 90

// maxRuns bounds the runs that are read for it: what lies before the oldest of so many is unknown.
const maxRuns = 50_000

// span is a recorded run. A run that ended while nobody looked has the last sign of it as its end.
type span struct {
	from    time.Time
	to      time.Time // zero: it lives
	givenUp time.Time // when somebody stopped the bot after this had ended, while it waited for its restart; zero: nobody did
	reason  string    // of the end
	outcome bot.Outcome
	manual  bool // a person, autostart or an order of starts began it
	begun   bool // there was a process
}

// Spell says how long a bot was what. Off is time in which nobody wanted it: before its first start,
// after a person had stopped it, after it had ended with success and its policy left it. Unknown is time
// after an end that nobody saw, until the next start: it may have run on for a while.
type Spell struct{ Up, Down, Off, Unknown time.Duration }

// Share is the part (0 to 1) of the time in which it was wanted that it was up; false when there is none
// of which that is known.
func (s Spell) Share() (float64, bool) {
	if s.Up+s.Down <= 0 {
		return 0, false
	}
	return float64(s.Up) / float64(s.Up+s.Down), true
}

func (s *Spell) add(k condition, d time.Duration) {
	switch k {
	case up:
		s.Up += d
	case down:
		s.Down += d
	case off:
		s.Off += d
	case untold:
		s.Unknown += d
	}
}

// Day is one day of an Uptime.
type Day struct {
	At time.Time // its beginning, by the zone that was asked for
	Spell
	// Outages counts the times within which it was down, however short.
	Outages int
	// None says that the bot didn't exist on that day.
	None bool
}

// Uptime is what is known of 90 days, from recorded runs. A run that Botswain found alive when it came
// back counts as up all the time: its process was.
type Uptime struct {
	Days []Day // oldest first; the last is today
	// The time up to now: 24 hours, 7 days, 30 days, 90 days.
	DaySpell, Week, Month, Quarter Spell
}

type condition int

const (
	none condition = iota
	up
	down
	off
	untold
)

// stretch is a time in one condition.
type stretch struct {
	from, to time.Time
	is       condition
}

// Uptime reads it for a bot that was created at a time; days are those of zone.
func (s *Service) Uptime(ctx context.Context, id bot.ID, created time.Time, zone *time.Location) (Uptime, error) {
	now := s.o.Now().In(zone)
	first := time.Date(now.Year(), now.Month(), now.Day()-UptimeDays+1, 0, 0, 0, 0, zone)
	since := first
	if q := now.Add(-UptimeDays * 24 * time.Hour); q.Before(since) {
		since = q
	}
	spans, err := s.o.Store.Spans(ctx, id, since)
	if err != nil {
		return Uptime{}, away(err)
	}
	return uptimeOf(spans, created, since, first, now), nil
}

func uptimeOf(spans []span, created, since, first, now time.Time) Uptime {
	list := stretches(spans, created, since, now)
	var u Uptime
	for i := range UptimeDays {
		day := Day{At: time.Date(first.Year(), first.Month(), first.Day()+i, 0, 0, 0, 0, first.Location())}
		end := time.Date(first.Year(), first.Month(), first.Day()+i+1, 0, 0, 0, 0, first.Location())
		day.Spell, day.Outages = within(list, day.At, end)
		day.None = day.Spell == Spell{} && !created.Before(end)
		u.Days = append(u.Days, day)
	}
	for days, spell := range map[int]*Spell{1: &u.DaySpell, 7: &u.Week, 30: &u.Month, 90: &u.Quarter} {
		*spell, _ = within(list, now.Add(-time.Duration(days)*24*time.Hour), now)
	}
	return u
}

// within sums up what lies between two times, and counts the times that it was down.
func within(list []stretch, from, to time.Time) (s Spell, outages int) {
	for _, x := range list {
		begin, end := later(x.from, from), earlier(x.to, to)
		if !begin.Before(end) {
			continue
		}
		s.add(x.is, end.Sub(begin))
		if x.is == down {
			outages++
		}
	}
	return s, outages
}

// stretches says what the bot was from its making, or since when later, until now. Spans come in the
// order of their beginning.
func stretches(spans []span, created, since, now time.Time) []stretch {
	at := later(created, since)
	before := off // nobody has started it yet
	if len(spans) == maxRuns {
		before = untold
	}
	var list []stretch
	add := func(to time.Time, is condition) {
		if to = earlier(to, now); at.Before(to) {
			list = append(list, stretch{at, to, is})
			at = to
		}
	}
	for i, x := range spans {
		switch {
		case x.begun && x.to.IsZero():
			add(x.from, before)
			add(now, up)
		case x.begun:
			add(x.from, before)
			add(x.to, up)
			before = after(x, spans[i+1:])
		}
		if !x.givenUp.IsZero() {
			add(x.givenUp, before)
			before = off
		}
	}
	add(now, before)
	return list
}

// giveUp tells spans, in the order of their beginning, which of the stops of a bot without a process came after them
// and before the next; stops are in order, too.
func giveUp(spans []span, stops []time.Time) {
	for i := range spans {
		x := &spans[i]
		if x.to.IsZero() {
			continue
		}
		for len(stops) > 0 && stops[0].Before(x.to) {
			stops = stops[1:]
		}
		if len(stops) > 0 && (i == len(spans)-1 || stops[0].Before(spans[i+1].from)) {
			x.givenUp = stops[0]
		}
	}
}

// after is what the bot was when a run had ended, until the next one began or somebody gave it up.
func after(x span, next []span) condition {
	switch x.outcome {
	case bot.EndUnseen, bot.EndInterrupted:
		return untold
	case bot.EndStopped:
		if strings.HasPrefix(x.reason, bot.WithBotswain) { // nobody wished it down
			return down
		}
		return off
	case bot.EndExited:
		if len(next) == 0 || next[0].manual { // nobody but a person has started it again
			return off
		}
	}
	return down
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
