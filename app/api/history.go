package api

import (
	"context"
	"net/http"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/stats/history"
)

// History is what was measured earlier.
type History interface {
	Bot(context.Context, bot.ID, history.Query) (history.Series, error)
	Host(context.Context, history.Query) (history.Series, error)
	Gauges(context.Context, bot.ID, history.Query) (history.Series, error)
	Starts(context.Context, bot.ID, history.Series) ([]history.Mark, history.Line, error)
	Uptime(ctx context.Context, id bot.ID, created time.Time, zone *time.Location) (history.Uptime, error)
}

// FigureHistory is figures over time: value i of each figure is of the time from from + i*step_seconds on.
type FigureHistory struct {
	From        time.Time        `json:"from"`
	To          time.Time        `json:"to"`
	StepSeconds float64          `json:"step_seconds" doc:"Time between two values." example:"30"`
	TierSeconds float64          `json:"tier_seconds" doc:"The stored steps that these were made of: 10 (kept for 6 hours), 60 (48 hours), 900 (30 days) or 7200 (a year)." example:"10"`
	Figures     map[string]Curve `json:"figures" doc:"By name; one that was never known isn't there."`
}

// Curve is one figure over time; null where it isn't known.
type Curve struct {
	Min  []*float64 `json:"min" nullable:"false"`
	Mean []*float64 `json:"mean" nullable:"false"`
	Max  []*float64 `json:"max" nullable:"false"`
}

// BotHistory is a bot's figures over time with its starts and what it reported of itself.
type BotHistory struct {
	FigureHistory
	Starts  []Starts          `json:"starts" nullable:"false" doc:"When it was started, those within one step together; oldest first."`
	Gauges  FigureHistory     `json:"gauges" doc:"What it reported of itself, by the names of its gauges, in steps of a minute at least."`
	Missing map[string]string `json:"missing" doc:"Why a figure is never known, by its name."`
}

// Starts are the starts of a bot within one step.
type Starts struct {
	At          time.Time `json:"at" doc:"The newest one."`
	Count       int       `json:"count" example:"1"`
	Failures    int       `json:"failures" doc:"Those after a crash, after it ran out of memory or did not answer." example:"0"`
	Deployed    bool      `json:"deployed" doc:"Whether it was started with other settings than before."`
	Version     int       `json:"version" doc:"Of the settings that it was started with." example:"3"`
	Cause       string    `json:"cause" doc:"Of the newest one, as runs have it." example:"crash"`
	Actor       string    `json:"actor" doc:"Who started it; empty: Botswain." example:"anna"`
	PreviousEnd string    `json:"previous_end" doc:"Why the run before ended, in words." example:"exit code 1"`
}

// Uptime is how long a bot was up, from its recorded runs. Time in which nobody wanted it isn't counted;
// time after an end that nobody saw is unknown. All lengths are in seconds.
type Uptime struct {
	Day     Spell       `json:"day" doc:"The last 24 hours."`
	Week    Spell       `json:"week" doc:"The last 7 days."`
	Month   Spell       `json:"month" doc:"The last 30 days."`
	Quarter Spell       `json:"quarter" doc:"The last 90 days."`
	Days    []UptimeDay `json:"days" nullable:"false" doc:"90 days, today last, by the server's zone."`
}

// Spell is a time split up by what the bot was.
type Spell struct {
	Share   *float64 `json:"share" doc:"Up, of the time up and down; null when there is none." example:"0.9994"`
	Up      float64  `json:"up_seconds" example:"86340"`
	Down    float64  `json:"down_seconds" example:"60"`
	Stopped float64  `json:"stopped_seconds" doc:"Nobody wanted it: a person had stopped it, it had not been started yet, or it had ended with success." example:"0"`
	Unknown float64  `json:"unknown_seconds" doc:"After an end that nobody saw, until the next start." example:"0"`
}

// UptimeDay is one of the days.
type UptimeDay struct {
	Date    string `json:"date" format:"date"`
	Existed bool   `json:"existed" doc:"Whether there was the bot."`
	Outages int    `json:"outages" example:"1"`
	Spell
}

// HistoryParams choose the span of a history.
type HistoryParams struct {
	From   time.Time `query:"from" doc:"Default: an hour before to. A year ago at most."`
	To     time.Time `query:"to" doc:"Default and latest: now."`
	Points int       `query:"points" doc:"At most so many values for each figure: 1 to 1000; the step is chosen to fit. Default 720." minimum:"0" maximum:"1000"`
}

func (p HistoryParams) query(now time.Time) history.Query {
	q := history.Query{From: p.From, To: p.To, Points: p.Points}
	if q.To.IsZero() || q.To.After(now) {
		q.To = now
	}
	if q.From.IsZero() {
		q.From = q.To.Add(-time.Hour)
	}
	return q
}

type botHistoryInput struct {
	PathID
	HistoryParams
}
type botHistoryOutput struct{ Body BotHistory }
type hostHistoryInput struct{ HistoryParams }
type hostHistoryOutput struct{ Body FigureHistory }
type uptimeOutput struct{ Body Uptime }

func (a *API) registerHistory() {
	if a.History == nil {
		return
	}
	register(a, operation(http.MethodGet, "/stats/system/history", "get-system-history", tagStats, "Get the machine's figures over time",
		"Least, mean and largest values of steps. Figures: `cpu` (percent of all cores), `core:N`, `load1`, `load5`, `load15`, `memory` and `swap` (bytes used), `disk:PATH` (bytes used), "+
			"`read:DISK`, `write:DISK`, `sent`, `received`, `sent:INTERFACE`, `received:INTERFACE` (bytes a second), `temperature:SENSOR` (degrees Celsius).",
		http.StatusUnprocessableEntity, http.StatusServiceUnavailable),
		func(ctx context.Context, in *hostHistoryInput) (*hostHistoryOutput, error) {
			s, err := a.History.Host(ctx, in.query(a.Now()))
			if err != nil {
				return nil, err
			}
			return &hostHistoryOutput{Body: toHistory(s)}, nil
		})
	register(a, operation(http.MethodGet, "/stats/bots/{id}/history", "get-bot-history", tagStats, "Get a bot's figures over time",
		"Least, mean and largest values of steps. Figures: `cpu` (percent; 100 is one core), `memory` (bytes), `threads`, `files` (open ones), `read` and `write` (bytes a second, from and to disks), `restarts` (in each step).",
		http.StatusNotFound, http.StatusUnprocessableEntity, http.StatusServiceUnavailable), a.getBotHistory)
	register(a, operation(http.MethodGet, "/bots/{id}/uptime", "get-bot-uptime", tagStats, "Get how long a bot was up",
		"Of the last 90 days, from recorded runs. A run that Botswain found alive when it came back counts as up all the time.",
		http.StatusNotFound, http.StatusServiceUnavailable), a.getUptime)
}

func (a *API) getBotHistory(ctx context.Context, in *botHistoryInput) (*botHistoryOutput, error) {
	v, err := a.find(ctx, in.PathID)
	if err != nil {
		return nil, err
	}
	q := in.query(a.Now())
	s, err := a.History.Bot(ctx, v.ID, q)
	if err != nil {
		return nil, err
	}
	marks, restarts, err := a.History.Starts(ctx, v.ID, s)
	if err != nil {
		return nil, err
	}
	gauges, err := a.History.Gauges(ctx, v.ID, q)
	if err != nil {
		return nil, err
	}
	out := BotHistory{FigureHistory: toHistory(s), Gauges: toHistory(gauges), Starts: []Starts{}, Missing: map[string]string{
		"network": "Linux counts traffic for the whole machine, not for a process, and a bot has no network of its own.",
	}}
	out.Figures[history.Restarts] = toCurve(restarts)
	for _, m := range marks {
		out.Starts = append(out.Starts, Starts{
			At: m.At.UTC(), Count: m.Starts, Failures: m.Failures, Deployed: m.Deployed, Version: m.Version, Cause: m.Cause, Actor: m.Actor, PreviousEnd: m.PreviousEnd,
		})
	}
	return &botHistoryOutput{Body: out}, nil
}

func (a *API) getUptime(ctx context.Context, in *PathID) (*uptimeOutput, error) {
	v, err := a.find(ctx, *in)
	if err != nil {
		return nil, err
	}
	u, err := a.History.Uptime(ctx, v.ID, v.CreatedAt, time.Local)
	if err != nil {
		return nil, err
	}
	out := Uptime{Day: toSpell(u.DaySpell), Week: toSpell(u.Week), Month: toSpell(u.Month), Quarter: toSpell(u.Quarter), Days: []UptimeDay{}}
	for _, d := range u.Days {
		out.Days = append(out.Days, UptimeDay{Date: d.At.Format(time.DateOnly), Existed: !d.None, Outages: d.Outages, Spell: toSpell(d.Spell)})
	}
	return &uptimeOutput{Body: out}, nil
}

func toSpell(s history.Spell) Spell {
	out := Spell{Up: s.Up.Seconds(), Down: s.Down.Seconds(), Stopped: s.Off.Seconds(), Unknown: s.Unknown.Seconds()}
	if share, known := s.Share(); known {
		out.Share = &share
	}
	return out
}

func toHistory(s history.Series) FigureHistory {
	out := FigureHistory{From: s.From.UTC(), To: s.To.UTC(), StepSeconds: s.Step.Seconds(), TierSeconds: s.Tier.Seconds(), Figures: map[string]Curve{}}
	for name, l := range s.Lines {
		out.Figures[name] = toCurve(l)
	}
	return out
}

func toCurve(l history.Line) Curve {
	return Curve{Min: series(l.Min), Mean: series(l.Mean), Max: series(l.Max)}
}

// longPoints are the points of getBotStats beyond the short history in memory.
func (a *API) longPoints(ctx context.Context, id bot.ID, from, to time.Time, step time.Duration) ([]Point, error) {
	points := int(to.Sub(from)/step) + 1
	s, err := a.History.Bot(ctx, id, history.Query{From: from, To: to, Points: min(max(points, 1), history.MaxPoints)})
	if err != nil {
		return nil, err
	}
	out := []Point{}
	for i := range s.N {
		p := Point{At: s.At(i).UTC()}
		if l, found := s.Lines[history.CPU]; found {
			p.CPU = figure(l.Mean[i])
		}
		if l, found := s.Lines[history.Memory]; found {
			p.Memory = figure(l.Mean[i])
		}
		out = append(out, p)
	}
	return out, nil
}
