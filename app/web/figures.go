package web

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/figures"
	"github.com/botswain/botswain/app/report"
	"github.com/botswain/botswain/views/dashboard"
	"github.com/botswain/botswain/views/icon"
	"github.com/botswain/botswain/views/logview"
	"github.com/botswain/botswain/views/ui"
)

// figureReader sums up what all bots report; *figures.Service is the real one.
type figureReader interface {
	Overview(context.Context) (figures.Overview, error)
}

// figures reads what all bots report together. While it is known that the database is away it isn't
// asked, so that pages open at once.
func (p *pages) figures(ctx context.Context) (figures.Overview, error) {
	switch {
	case p.totals == nil:
		return figures.Overview{}, nil
	case p.health().DatabaseDown:
		return figures.Overview{}, fault.New(fault.Unavailable, partAway)
	}
	return p.totals.Overview(ctx)
}

// figureParts are the tiles and the chart. While the database is away, what is on the page stays.
func (p *pages) figureParts(ctx context.Context) []part {
	o, err := p.figures(ctx)
	if err != nil {
		return nil
	}
	f, rev := showOverview(o), fmt.Sprint(o.Revision)
	return []part{
		{target: dashboard.FiguresID, rev: rev, key: dashboard.FiguresID, draw: just(dashboard.FigureTiles(f))},
		{target: dashboard.ActivityID, rev: rev, key: dashboard.ActivityID, draw: just(dashboard.Activity(f))},
		{target: dashboard.ActivityTableID, rev: rev, key: dashboard.ActivityTableID, draw: just(dashboard.ActivityTable(f))},
	}
}

// showOverview puts figures into tiles. Where no bot reports, only those that Discord knows have one,
// and without any bot there is none.
func showOverview(o figures.Overview) dashboard.Figures {
	out := dashboard.Figures{Zone: logview.ZoneName(o.Day), Hint: !o.Reports && o.Bots > 0}
	day := fmt.Sprintf("since 00:00 %s", out.Zone)
	tiles := []dashboard.Tile{
		figureTile("users", icon.Users, "Users", o.Users, o.Bots),
		figureTile("guilds", icon.Server, "Servers", o.Guilds, o.Bots),
		withHours(countTile("messages", icon.MessagesSquare, "Messages today", o.Messages, day), o.Hours, report.Messages, "text-primary"),
		withHours(withRegistered(countTile("commands", icon.Terminal, "Commands today", o.Commands, day), o.Registered), o.Hours, report.Commands, "text-secondary"),
		pingTile(o),
	}
	for _, t := range tiles {
		if o.Reports || t.Value != "" {
			out.Tiles = append(out.Tiles, t)
		}
	}
	if hours := showHours(o.Hours, o.Day.Location(), []string{report.Messages, report.Commands}); hours != nil {
		out.Activity = hours
	}
	return out
}

// figureTile shows a sum over bots, and how many of all it is from.
func figureTile(name string, n icon.Name, label string, f figures.Figure, bots int) dashboard.Tile {
	t := dashboard.Tile{Name: name, Icon: n, Label: label, Title: f.Why}
	if f.Value == nil {
		return t
	}
	t.Value = ui.Short(*f.Value)
	t.Title = ui.Number(*f.Value) + " in all."
	if f.Bots > 0 {
		t.Sub = fmt.Sprintf("%d of %s", f.Bots, reporting(bots))
		t.Title += " Each bot counts once, with what it reported last."
	}
	if f.FromDiscord > 0 {
		words := fmt.Sprintf("%d from Discord", f.FromDiscord)
		if f.Bots == 0 {
			words = "from Discord, for " + ui.Plural(f.FromDiscord, "bot", "bots")
		}
		t.Sub = strings.TrimPrefix(t.Sub+", "+words, ", ")
		t.Title += fmt.Sprintf(" Where a bot doesn't report it, Discord's number stands in: about right, and asked for on %s.", f.AskedAt.Local().Format("2 Jan 15:04"))
	}
	return t
}

func reporting(bots int) string {
	if bots == 1 {
		return "1 bot reports"
	}
	return ui.Count(int64(bots)) + " bots report"
}

// countTile shows what came in today.
func countTile(name string, n icon.Name, label string, f figures.Figure, day string) dashboard.Tile {
	t := dashboard.Tile{Name: name, Icon: n, Label: label, Title: f.Why}
	if f.Value != nil {
		t.Value, t.Sub = ui.Short(*f.Value), day
		t.Title = fmt.Sprintf("%s %s, from %s.", ui.Number(*f.Value), day, ui.Plural(f.Bots, "bot", "bots"))
	}
	return t
}

// withRegistered says below the commands that ran how many the bots know.
func withRegistered(t dashboard.Tile, known figures.Figure) dashboard.Tile {
	if known.Value != nil {
		t.Sub = ui.Short(*known.Value) + " registered"
		t.Title += fmt.Sprintf(" %s are registered, by %s.", ui.Number(*known.Value), ui.Plural(known.Bots, "bot", "bots"))
	}
	return t
}

// withHours adds the line of what came in each of the last hours.
func withHours(t dashboard.Tile, hours []report.Hour, name, class string) dashboard.Tile {
	if t.Value == "" {
		return t
	}
	for _, h := range hours {
		v, known := h.Counters[name]
		if !known {
			v = math.NaN()
		}
		t.Hours = append(t.Hours, v)
	}
	t.Class = class
	return t
}

func pingTile(o figures.Overview) dashboard.Tile {
	t := figureTile("ping", icon.Activity, "Average ping", o.Ping, o.Bots)
	if v := o.Ping.Value; v != nil {
		t.Value, t.Unit = ui.Number(math.Round(*v*10)/10), "ms"
		t.Title = "The mean of what the bots measured last, to their platform and back."
	}
	return t
}

// showHours makes a chart of counters, by their names; nil when nothing of them was reported.
func showHours(hours []report.Hour, zone *time.Location, names []string) *ui.HoursProps {
	looks := []ui.HourSeries{{Class: "text-primary", Swatch: "bg-primary"}, {Class: "text-secondary", Swatch: "bg-secondary"}}
	var out ui.HoursProps
	for _, h := range hours {
		out.Hours = append(out.Hours, h.At.In(zone))
	}
	any := false
	for i, name := range names[:min(len(looks), len(names))] {
		s := looks[i]
		s.Name = counterWord(name)
		for _, h := range hours {
			v, known := h.Counters[name]
			any = any || known
			if !known {
				v = math.NaN()
			}
			s.Values = append(s.Values, v)
		}
		out.Series = append(out.Series, s)
	}
	if !any {
		return nil
	}
	return &out
}

// counterWord is a name in words: "jobs_done" is "Jobs done".
func counterWord(name string) string {
	words := strings.ReplaceAll(name, "_", " ")
	return strings.ToUpper(words[:1]) + words[1:]
}

// drawFigures is for the page: why there is nothing is said in their place.
func (p *pages) drawFigures(ctx context.Context) dashboard.Figures {
	o, err := p.figures(ctx)
	if err != nil {
		return dashboard.Figures{Away: partAway}
	}
	return showOverview(o)
}
