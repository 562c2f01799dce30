package history

import (
	"context"
	"time"

	"github.com/botswain/botswain/app/bot"
)

// starts are the starts of a bot within one step.
type starts struct {
	at                        time.Time // the step's beginning
	n, restarts, failures     int
	deployed                  bool
	version                   int
	last                      time.Time
	cause, actor, previousEnd string
}

// Mark is what happened to a bot within one point of a chart: it was started, once or several times.
type Mark struct {
	At     time.Time // of the newest start
	Starts int
	// Failures counts those after a crash, after it ran out of memory or didn't answer.
	Failures int
	// Deployed says that it was started with other settings than before, for the first time; Version counts them.
	Deployed bool
	Version  int
	// Cause, Actor and PreviousEnd are the newest start's, as event.Run has them.
	Cause, Actor, PreviousEnd string
}

// Restarts is the figure that counts starts by Botswain or after a person's restart, in each point.
const Restarts = "restarts"

// Starts reads when a bot was started within the span of a series: marks, and the line Restarts, which
// counts in each point and is never a gap.
func (s *Service) Starts(ctx context.Context, id bot.ID, of Series) ([]Mark, Line, error) {
	list, err := s.o.Store.Starts(ctx, id, of.From, of.To, of.Step)
	if err != nil {
		return nil, Line{}, away(err)
	}
	counts := make([]float64, of.N)
	var marks []Mark
	for _, x := range list {
		if i := int(x.at.Sub(of.From) / of.Step); i >= 0 && i < of.N && !x.at.Before(of.From) {
			counts[i] += float64(x.restarts)
		}
		marks = append(marks, Mark{
			At: x.last, Starts: x.n, Failures: x.failures, Deployed: x.deployed, Version: x.version, Cause: x.cause, Actor: x.actor, PreviousEnd: x.previousEnd,
		})
	}
	return marks, Line{Min: counts, Mean: counts, Max: counts}, nil
}

// gaugeTiers are the steps that reported gauges are kept in; app/report makes them.
func gaugeTiers() []Tier {
	return []Tier{{time.Minute, 48 * time.Hour}, {time.Hour, 366 * 24 * time.Hour}}
}

// holds is how long a gauge stands for what is now when nothing newer was reported.
const holds = 5 * time.Minute

// Gauges reads what a bot reported of itself, by the names of its gauges. Its steps aren't those of
// Bot: they are a minute at least. A value holds until the next one, for five minutes at most.
func (s *Service) Gauges(ctx context.Context, id bot.ID, q Query) (Series, error) {
	t, out, err := q.plan(s.o.Now(), gaugeTiers())
	if err != nil {
		return out, err
	}
	rows, err := s.o.Store.Gauges(ctx, id, t.Step == time.Hour, out.From, out.To)
	if err != nil {
		return out, away(err)
	}
	out.fill(rows)
	if out.Step < holds {
		for _, l := range out.Lines {
			hold(l, int(holds/out.Step))
		}
	}
	return out, nil
}

// hold repeats values into the gaps behind them, n points at most. The last point known stays the last
// when the rest of the line is unknown: nobody knows what is now.
func hold(l Line, n int) {
	last := -1
	for i, v := range l.Mean {
		if v == v {
			if last >= 0 && i-last <= n {
				for k := last + 1; k < i; k++ {
					l.Min[k], l.Mean[k], l.Max[k] = l.Mean[last], l.Mean[last], l.Mean[last]
				}
			}
			last = i
		}
	}
}
