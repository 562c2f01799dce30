package web

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/a-h/templ"

	"github.com/botswain/botswain/app/report"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/botpage"
	"github.com/botswain/botswain/views/logview"
)

// reported reads what a bot says of itself. What was read is left out while the database is away.
func (p *pages) reported(ctx context.Context, b botcard.Bot) (botpage.Reported, error) {
	out := botpage.Reported{Now: b.Now}
	if p.reports == nil {
		return out, nil
	}
	f, err := p.reports.Figures(ctx, b.ID)
	if err != nil {
		return out, err
	}
	for _, g := range f.Gauges {
		stale := !b.Status.State.Alive() || b.Now.Sub(g.At) > report.Fresh
		out.Gauges = append(out.Gauges, botpage.Figure{Name: g.Name, Value: g.Value, At: g.At, Stale: stale})
	}
	for _, c := range f.Counters {
		out.Counters = append(out.Counters, botpage.Figure{Name: c.Name, Value: c.Value, At: c.At})
	}
	out.Zone = logview.ZoneName(f.Day)
	out.Hours = showHours(ctx, f.Hours, f.Day.Location(), charted(f.Hours))
	return out, nil
}

// charted chooses the counters for the chart: messages and commands, or else the first two.
func charted(hours []report.Hour) []string {
	names := map[string]bool{}
	for _, h := range hours {
		for name := range h.Counters {
			names[name] = true
		}
	}
	if names[report.Messages] || names[report.Commands] {
		return []string{report.Messages, report.Commands}
	}
	all := slices.Sorted(maps.Keys(names))
	return all[:min(2, len(all))]
}

// reportedParts are drawn anew with each report, when the database comes back, when an hour begins,
// and when a gauge may have become old.
func (p *pages) reportedParts(ctx context.Context, b botcard.Bot) []part {
	revision := uint64(0)
	if p.reports != nil {
		revision = p.reports.Revision(b.ID)
	}
	rev := fmt.Sprintf("%d.%d.%v.%v", revision, b.Now.Unix()/60, p.health().DatabaseDown, b.Status.State.Alive())
	read := sync.OnceValues(func() (botpage.Reported, error) { return p.reported(ctx, b) }) // for those parts that are drawn
	draw := func(target string, card func(botpage.Reported) templ.Component) part {
		return part{target: target, rev: rev, drawn: drawn(b.Now), key: target + "-" + b.ID.String(), draw: func(context.Context) (templ.Component, error) {
			r, err := read()
			if err != nil {
				return nil, err // what is on the page stays
			}
			return card(r), nil
		}}
	}
	return []part{
		draw(botpage.ReportedID, botpage.ReportedCard), draw(botpage.ReportedHoursID, botpage.ReportedHours), draw(botpage.ReportedTableID, botpage.ReportedTable),
	}
}
