package web

import (
	"context"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/stats/history"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/botpage"
	"github.com/botswain/botswain/views/charts"
	"github.com/botswain/botswain/views/i18n"
	"github.com/botswain/botswain/views/logview"
)

// runHistoryReader is what was measured during a run.
type runHistoryReader interface {
	Within(ctx context.Context, id bot.ID, began, ended time.Time, q history.Query) (history.Series, error)
}

const (
	// beforeEnd is how much of a run the memory before its end shows at most.
	beforeEnd = 24 * time.Hour
	// soonMeasured is how old a run is, at most, that can't have figures: a step of 10 s, and its way.
	soonMeasured = 40 * time.Second
	// keptFigures is how long any figure is kept.
	keptFigures = 365 * 24 * time.Hour
)

// runHistory answers GET /bots/:id/runs/:run/history: the charts of a run's page, as botHistory.
func (p *pages) runHistory(c echo.Context) error {
	_, b, r, err := p.runOf(c)
	if err != nil {
		return err
	}
	set, err := p.runCharts(c.Request().Context(), b, r, spanOf(c))
	return p.answerCharts(c, set, err)
}

// crashHistory answers GET /bots/:id/crashes/:run/history: the memory before an abnormal end, as botHistory.
func (p *pages) crashHistory(c echo.Context) error {
	_, b, r, err := p.runOf(c)
	if err != nil {
		return err
	}
	set, err := p.crashCharts(c.Request().Context(), b, r, spanOf(c))
	return p.answerCharts(c, set, err)
}

// runCharts are CPU and memory over the time of a run. With an error the set says that it can't be read.
func (p *pages) runCharts(ctx context.Context, b botcard.Bot, r event.Run, span chartSpan) (charts.Set, error) {
	set := runSet(r, span, i18n.Key("chart.whole-run"), 0)
	set.ID, set.Base = botpage.RunChartsID, botpage.RunPath(r.Bot, r.ID)
	return p.runFigures(ctx, set, b, r, false)
}

// crashCharts is the memory before an abnormal end.
func (p *pages) crashCharts(ctx context.Context, b botcard.Bot, r event.Run, span chartSpan) (charts.Set, error) {
	set := runSet(r, span, i18n.Key("chart.before-the-end"), beforeEnd)
	set.ID, set.Base = botpage.CrashChartsID, botpage.CrashPath(r.Bot, r.ID)
	return p.runFigures(ctx, set, b, r, true)
}

// runSet begins a set of the time of a run, its last part of a length (0: all of it), or a part that was chosen by hand.
func runSet(r event.Run, span chartSpan, words i18n.Key, last time.Duration) charts.Set {
	set := charts.Set{Zone: logview.ZoneName(now()), From: r.StartedAt, To: now(), Still: r.EndedAt != nil, Part: true}
	if r.EndedAt != nil {
		set.To = *r.EndedAt
	}
	if last > 0 && set.To.Sub(set.From) > last {
		set.From = set.To.Add(-last)
	}
	if span.choice.Key == "" && span.from.Before(set.To) && span.to.After(set.From) {
		set.From, set.To = later(set.From, span.from), earlier(set.To, span.to)
	} else {
		set.Range = charts.WholeOf(words, set.To.Sub(set.From))
	}
	return set
}

func (p *pages) runFigures(ctx context.Context, set charts.Set, b botcard.Bot, r event.Run, onlyMemory bool) (charts.Set, error) {
	set.Data = set.Base + "/history"
	var s history.Series
	var ended time.Time
	if r.EndedAt != nil {
		ended = *r.EndedAt
	}
	var err error
	switch {
	case p.history == nil:
		set.Away = i18n.T(ctx, "chart.no-history")
	case !set.From.Before(set.To): // no process came of it
	default:
		if s, err = p.history.Within(ctx, b.ID, r.StartedAt, ended, history.Query{From: set.From, To: set.To}); err != nil {
			set.Away = partAway
		}
	}
	cpu, memory := chartOf("cpu", i18n.T(ctx, "chart.cpu"), charts.Percent, s, "primary", history.CPU), chartOf("memory", i18n.T(ctx, "chart.memory"), charts.Bytes, s, "secondary", history.Memory)
	cpu.Top, memory.Top = 5, 1<<20
	if r.Version == b.Version { // those of earlier settings aren't known
		cpu.Limits, memory.Limits = limitsOf(ctx, b.Limits)
	}
	set.Charts = []charts.Chart{cpu, memory}
	if onlyMemory {
		memory.Title, memory.Note = i18n.T(ctx, "chart.memory-before-the-end"), memory.Course(ctx)
		set.Charts = []charts.Chart{memory}
	}
	if set.Away == "" && !set.Known() && set.Range.Key != "" {
		set.Away = whyNone(ctx, r, s)
	}
	return set, err
}

// whyNone says why a run has no figures.
func whyNone(ctx context.Context, r event.Run, s history.Series) string {
	at := now()
	lasted := at.Sub(r.StartedAt)
	if r.EndedAt != nil {
		lasted = r.EndedAt.Sub(r.StartedAt)
	}
	step := max(s.Tier, history.Tiers()[0].Step)
	switch {
	case r.EndedAt == nil && lasted < soonMeasured:
		return i18n.T(ctx, "chart.soon")
	case r.EndedAt != nil && at.Sub(*r.EndedAt) > keptFigures:
		return i18n.T(ctx, "chart.too-old")
	case lasted < 2*step:
		return i18n.T(ctx, "chart.too-short", i18n.Span(ctx, lasted), i18n.Span(ctx, step))
	}
	return i18n.T(ctx, "chart.unmeasured")
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
