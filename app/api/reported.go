package api

import (
	"context"
	"net/http"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/figures"
	"github.com/botswain/botswain/app/report"
)

// Figures sums up what all bots report; *figures.Service is the real one.
type Figures interface {
	Overview(context.Context) (figures.Overview, error)
}

// Reported is what a bot has reported of itself.
type Reported struct {
	Gauges   map[string]ReportedGauge  `json:"gauges" doc:"The newest value of each gauge of the last two days."`
	Counters map[string]ReportedFigure `json:"counters_today" doc:"What has come to each counter since today_since."`
	Today
	Hours []ReportedHour `json:"hours" nullable:"false" doc:"The last 24 hours, oldest first; the last one goes on. A counter that wasn't reported isn't there."`
}

// Today says which day is meant.
type Today struct {
	Since time.Time `json:"today_since" doc:"When today began, with the offset of Botswain's time zone, by which days and hours are counted."`
}

// ReportedFigure is one figure, and when it was reported last.
type ReportedFigure struct {
	Value float64   `json:"value" example:"12"`
	At    time.Time `json:"at"`
}

// ReportedGauge is a figure that may be what is now.
type ReportedGauge struct {
	ReportedFigure
	Fresh bool `json:"fresh" doc:"The bot runs, and the figure is at most ten minutes old."`
}

// ReportedHour is what came in an hour.
type ReportedHour struct {
	From     time.Time          `json:"from"`
	Counters map[string]float64 `json:"counters" nullable:"false" example:"{\"messages\":5}"`
}

// CrewReported is what all bots report together. Null figures aren't known.
type CrewReported struct {
	Users      CrewFigure `json:"users"`
	Guilds     CrewFigure `json:"guilds" doc:"Servers, groups, chats."`
	Registered CrewFigure `json:"commands_registered"`
	Ping       CrewFigure `json:"ping_ms" doc:"The mean over the bots."`
	Messages   CrewFigure `json:"messages_today"`
	Commands   CrewFigure `json:"commands_today"`
	Today
	Hours []CrewHour `json:"hours" nullable:"false" doc:"The last 24 hours of all bots, oldest first; the last one goes on."`
}

// CrewFigure is put together from figures of several bots: each bot once.
type CrewFigure struct {
	Value       *float64 `json:"value" doc:"Null: nobody knows it; missing says why." example:"340"`
	Bots        int      `json:"bots" doc:"How many bots reported it themselves." example:"3"`
	FromDiscord int      `json:"from_discord" doc:"For how many other bots Discord's approximate number stands in." example:"1"`
	Missing     string   `json:"missing,omitempty"`
}

// CrewHour is what came to all bots in an hour.
type CrewHour struct {
	From     time.Time `json:"from"`
	Messages *float64  `json:"messages" doc:"Null: no bot reported it." example:"120"`
	Commands *float64  `json:"commands" doc:"Null: no bot reported it." example:"12"`
}

type reportedOutput struct{ Body Reported }

func (a *API) registerReported() {
	register(a, operation(http.MethodGet, "/bots/{id}/reported", "get-bot-reported", tagStats, "Get what a bot reports of itself",
		"The newest gauges, today's counters, and the counters of the last 24 hours. Empty where the bot has reported nothing.", http.StatusNotFound),
		func(ctx context.Context, in *PathID) (*reportedOutput, error) {
			v, err := a.find(ctx, *in)
			if err != nil {
				return nil, err
			}
			f, err := a.Reports.Figures(ctx, v.ID)
			if err != nil {
				return nil, err
			}
			return &reportedOutput{Body: a.toReported(f, v.Status.State)}, nil
		})
}

// reported is nil when there is nothing, or when that can't be read now: the other figures of a bot
// don't need the database.
func (a *API) reported(ctx context.Context, id bot.ID, state bot.State) *Reported {
	f, err := a.Reports.Figures(ctx, id)
	if err != nil {
		a.Log.WarnContext(ctx, "api: reported figures can't be read", "bot", id, "error", err)
		return nil
	}
	if f.Empty() {
		return nil
	}
	r := a.toReported(f, state)
	return &r
}

func (a *API) toReported(f report.Figures, state bot.State) Reported {
	out := Reported{Gauges: map[string]ReportedGauge{}, Counters: map[string]ReportedFigure{}, Today: Today{f.Day}, Hours: []ReportedHour{}}
	for _, g := range f.Gauges {
		fresh := state.Alive() && a.Now().Sub(g.At) <= report.Fresh
		out.Gauges[g.Name] = ReportedGauge{ReportedFigure{Value: g.Value, At: g.At.UTC()}, fresh}
	}
	for _, c := range f.Counters {
		out.Counters[c.Name] = ReportedFigure{Value: c.Value, At: c.At.UTC()}
	}
	for _, h := range f.Hours {
		out.Hours = append(out.Hours, ReportedHour{From: h.At.UTC(), Counters: h.Counters})
	}
	return out
}

// crewReported is nil while it can't be read: the other numbers don't need the database.
func (a *API) crewReported(ctx context.Context) *CrewReported {
	o, err := a.Figures.Overview(ctx)
	if err != nil {
		a.Log.WarnContext(ctx, "api: what all bots report can't be read", "error", err)
		return nil
	}
	out := &CrewReported{
		Users: toCrewFigure(o.Users), Guilds: toCrewFigure(o.Guilds), Registered: toCrewFigure(o.Registered), Ping: toCrewFigure(o.Ping),
		Messages: toCrewFigure(o.Messages), Commands: toCrewFigure(o.Commands), Today: Today{o.Day}, Hours: []CrewHour{},
	}
	for _, h := range o.Hours {
		out.Hours = append(out.Hours, CrewHour{From: h.At.UTC(), Messages: counterOf(h, report.Messages), Commands: counterOf(h, report.Commands)})
	}
	return out
}

func toCrewFigure(f figures.Figure) CrewFigure {
	return CrewFigure{Value: f.Value, Bots: f.Bots, FromDiscord: f.FromDiscord, Missing: f.Why}
}

func counterOf(h report.Hour, name string) *float64 {
	if v, ok := h.Counters[name]; ok {
		return &v
	}
	return nil
}
