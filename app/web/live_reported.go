package web

import (
	"context"
	"fmt"

	"github.com/a-h/templ"

	"github.com/botswain/botswain/app/report"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/botpage"
)

// reported reads what a bot says of itself. What was read is left out while the database is away.
func (p *pages) reported(ctx context.Context, b botcard.Bot) (botpage.Reported, error) {
	out := botpage.Reported{Now: b.Now}
	if p.reports == nil {
		return out, nil
	}
	f, err := p.reports.Figures(ctx, b.ID)
	out.Gauges, out.Counters = showFigures(f.Gauges), showFigures(f.Counters)
	return out, err
}

func showFigures(list []report.Figure) []botpage.Figure {
	out := make([]botpage.Figure, len(list))
	for i, f := range list {
		out[i] = botpage.Figure(f)
	}
	return out
}

// reportedPart is drawn anew with each report, when the database comes back, and when a day begins.
func (p *pages) reportedPart(b botcard.Bot) part {
	revision := uint64(0)
	if p.reports != nil {
		revision = p.reports.Revision(b.ID)
	}
	rev := fmt.Sprintf("%d.%s.%v", revision, b.Now.Format("2006-01-02"), p.health().DatabaseDown)
	return part{target: botpage.ReportedID, rev: rev, drawn: drawn(b.Now), key: "reported-" + b.ID.String(), draw: func(ctx context.Context) (templ.Component, error) {
		r, err := p.reported(ctx, b)
		if err != nil {
			return nil, err // what is on the page stays
		}
		return botpage.ReportedCard(r), nil
	}}
}
