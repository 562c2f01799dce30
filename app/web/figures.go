package web

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/figures"
	"github.com/botswain/botswain/app/report"
	"github.com/botswain/botswain/views/dashboard"
	"github.com/botswain/botswain/views/i18n"
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
	rev := fmt.Sprint(o.Revision)
	shown := func(id string, draw func(dashboard.Figures) templ.Component) part {
		return part{target: id, rev: rev, key: id, draw: func(ctx context.Context) (templ.Component, error) {
			return draw(showOverview(ctx, o)), nil
		}}
	}
	return []part{
		shown(dashboard.FiguresID, dashboard.FigureTiles),
		shown(dashboard.ActivityID, dashboard.Activity),
		shown(dashboard.ActivityTableID, dashboard.ActivityTable),
	}
}

// showOverview puts figures into tiles. Where no bot reports, only those that Discord knows have one,
// and without any bot there is none.
func showOverview(ctx context.Context, o figures.Overview) dashboard.Figures {
	out := dashboard.Figures{Zone: logview.ZoneName(o.Day), Hint: !o.Reports && o.Bots > 0}
	t, day := i18n.Of(ctx).T, i18n.T(ctx, "board.since-midnight", out.Zone)
	tiles := []dashboard.Tile{
		figureTile(ctx, "users", icon.Users, t("board.figure-users"), o.Users, o.Bots),
		figureTile(ctx, "guilds", icon.Server, t("board.figure-servers"), o.Guilds, o.Bots),
		withHours(countTile(ctx, "messages", icon.MessagesSquare, t("board.figure-messages"), o.Messages, day), o.Hours, report.Messages, "text-primary"),
		withHours(withRegistered(ctx, countTile(ctx, "commands", icon.Terminal, t("board.figure-commands"), o.Commands, day), o.Registered), o.Hours, report.Commands, "text-secondary"),
		pingTile(ctx, o),
	}
	for _, t := range tiles {
		if o.Reports || t.Value != "" {
			out.Tiles = append(out.Tiles, t)
		}
	}
	if hours := showHours(ctx, o.Hours, o.Day.Location(), []string{report.Messages, report.Commands}); hours != nil {
		hours.Crashes = o.Crashes
		out.Activity = hours
	}
	return out
}

// figureTile shows a sum over bots, and how many of all it is from.
func figureTile(ctx context.Context, name string, n icon.Name, label string, f figures.Figure, bots int) dashboard.Tile {
	t := dashboard.Tile{Name: name, Icon: n, Label: label, Title: i18n.Say(ctx, f.Why)}
	if f.Value == nil {
		return t
	}
	t.Value = i18n.Short(ctx, *f.Value)
	title := []string{i18n.T(ctx, "board.figure-in-all", i18n.Number(ctx, *f.Value))}
	if f.Bots > 0 {
		t.Sub = i18n.T(ctx, "board.of-reporting", bots, f.Bots)
		title = append(title, i18n.T(ctx, "board.figure-each-once"))
	}
	if f.FromDiscord > 0 {
		if f.Bots == 0 {
			t.Sub = i18n.T(ctx, "board.from-discord-for", f.FromDiscord)
		} else {
			t.Sub = i18n.T(ctx, "board.figure-from-discord", t.Sub, f.FromDiscord)
		}
		title = append(title, i18n.T(ctx, "board.figure-discord-title", i18n.DayClock(ctx, f.AskedAt.Local())))
	}
	t.Title = strings.Join(title, " ")
	return t
}

// countTile shows what came in today.
func countTile(ctx context.Context, name string, n icon.Name, label string, f figures.Figure, day string) dashboard.Tile {
	t := dashboard.Tile{Name: name, Icon: n, Label: label, Title: i18n.Say(ctx, f.Why)}
	if f.Value != nil {
		t.Value, t.Sub = i18n.Short(ctx, *f.Value), day
		t.Title = i18n.T(ctx, "board.today-from", f.Bots, i18n.Number(ctx, *f.Value), day)
	}
	return t
}

// withRegistered says below the commands that ran how many the bots know.
func withRegistered(ctx context.Context, t dashboard.Tile, known figures.Figure) dashboard.Tile {
	if known.Value != nil {
		t.Sub = i18n.T(ctx, "board.figure-registered", i18n.Short(ctx, *known.Value))
		t.Title += " " + i18n.T(ctx, "board.registered-by", known.Bots, i18n.Number(ctx, *known.Value))
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

func pingTile(ctx context.Context, o figures.Overview) dashboard.Tile {
	t := figureTile(ctx, "ping", icon.Activity, i18n.T(ctx, "board.figure-ping"), o.Ping, o.Bots)
	if v := o.Ping.Value; v != nil {
		t.Value, t.Unit = i18n.Number(ctx, math.Round(*v*10)/10), "ms"
		t.Title = i18n.T(ctx, "board.figure-ping-title")
	}
	return t
}

// showHours makes a chart of counters, by their names; nil when nothing of them was reported.
func showHours(ctx context.Context, hours []report.Hour, zone *time.Location, names []string) *ui.HoursProps {
	looks := []ui.HourSeries{{Class: "text-primary", Swatch: "bg-primary"}, {Class: "text-secondary", Swatch: "bg-secondary"}}
	var out ui.HoursProps
	for _, h := range hours {
		out.Hours = append(out.Hours, h.At.In(zone))
	}
	any := false
	for i, name := range names[:min(len(looks), len(names))] {
		s := looks[i]
		s.Name = counterWord(ctx, name)
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

// counterWord is a name in words: "jobs_done" is "Jobs done". Those that Botswain understands have words of their own.
func counterWord(ctx context.Context, name string) string {
	switch name {
	case report.Messages:
		return i18n.T(ctx, "board.counter-messages")
	case report.Commands:
		return i18n.T(ctx, "board.counter-commands")
	}
	words := strings.ReplaceAll(name, "_", " ")
	return strings.ToUpper(words[:1]) + words[1:]
}

// drawFigures is for the page: why there is nothing is said in their place.
func (p *pages) drawFigures(ctx context.Context) dashboard.Figures {
	o, err := p.figures(ctx)
	if err != nil {
		return dashboard.Figures{Away: partAway}
	}
	return showOverview(ctx, o)
}
