package web

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/stats/history"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/botpage"
	"github.com/botswain/botswain/views/charts"
	"github.com/botswain/botswain/views/i18n"
	"github.com/botswain/botswain/views/logview"
	"github.com/botswain/botswain/views/ui"
)

// historyReader is what was measured earlier.
type historyReader interface {
	Bot(context.Context, bot.ID, history.Query) (history.Series, error)
	Host(context.Context, history.Query) (history.Series, error)
	Gauges(context.Context, bot.ID, history.Query) (history.Series, error)
	Starts(context.Context, bot.ID, history.Series) ([]history.Mark, history.Line, error)
	runHistoryReader
	Uptime(ctx context.Context, id bot.ID, created time.Time, zone *time.Location) (history.Uptime, error)
}

// botHistory answers GET /bots/:id/history: the charts of a bot's page as JSON for charts.js, or with
// as=table as a table.
func (p *pages) botHistory(c echo.Context) error {
	_, b, err := p.botOf(c)
	if err != nil {
		return err
	}
	set, err := p.botCharts(c.Request().Context(), b, spanOf(c))
	return p.answerCharts(c, set, err)
}

// answerCharts writes a set in the form that was asked for.
func (p *pages) answerCharts(c echo.Context, set charts.Set, err error) error {
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	if c.QueryParam("as") == "table" {
		return p.web.render(c, http.StatusOK, charts.Table(set))
	}
	return c.JSON(http.StatusOK, set.JSON(c.Request().Context()))
}

// chartSpan is the span that a request asks for: one of the ranges up to now, or two times.
type chartSpan struct {
	choice   charts.Range
	from, to time.Time // set when chosen by hand
}

// spanOf reads it; what makes no sense is the default.
func spanOf(c echo.Context) chartSpan {
	from, err1 := strconv.ParseInt(c.QueryParam("from"), 10, 64)
	to, err2 := strconv.ParseInt(c.QueryParam("to"), 10, 64)
	if err1 == nil && err2 == nil && from > 0 && from < to && to < 1<<40 && time.Unix(from, 0).Before(now()) {
		return chartSpan{from: time.Unix(from, 0), to: time.Unix(to, 0)}
	}
	return chartSpan{choice: charts.RangeOf(c.QueryParam("range"))}
}

// young is how old a bot is at most whose charts show its last minutes first: an hour would be empty.
const young = 10 * time.Minute

// ofBot is the span that a request asks for on a bot's page, and the range that this page begins with.
func ofBot(c echo.Context, created time.Time) (span chartSpan, home string) {
	home = charts.Default
	if now().Sub(created) < young {
		home = charts.Live
	}
	span = spanOf(c)
	if span.choice.Key != "" && c.QueryParam("range") == "" {
		span.choice = charts.RangeOf(home)
	}
	return span, home
}

func (s chartSpan) query(now time.Time) history.Query {
	if s.choice.Key == "" {
		return history.Query{From: s.from, To: s.to}
	}
	return history.Query{From: now.Add(-s.choice.Span), To: now}
}

// set begins a set of charts.
func (s chartSpan) set(id, base string, now time.Time) charts.Set {
	q := s.query(now)
	return charts.Set{ID: id, Base: base, Data: base + "/history", Range: s.choice, Zone: logview.ZoneName(q.To), From: q.From, To: q.To}
}

// botCharts gathers the charts of a bot's page. With an error the set says that it can't be read.
func (p *pages) botCharts(ctx context.Context, b botcard.Bot, span chartSpan) (charts.Set, error) {
	now := now()
	set := span.set(botpage.ChartsID, "/bots/"+b.ID.String(), now)
	if p.history == nil {
		set.Away = i18n.T(ctx, "chart.no-history")
		return set, nil
	}
	s, err := p.history.Bot(ctx, b.ID, span.query(now))
	if err != nil {
		return awaySet(set), err
	}
	marks, restarts, err := p.history.Starts(ctx, b.ID, s)
	if err != nil {
		return awaySet(set), err
	}
	gauges, err := p.history.Gauges(ctx, b.ID, span.query(now))
	if err != nil {
		return awaySet(set), err
	}
	for _, m := range marks {
		if at := m.At; !at.Before(set.From) && !at.After(set.To) {
			set.Marks = append(set.Marks, showMark(ctx, m))
		}
	}
	t := i18n.Of(ctx).T
	cpu, memory := chartOf("cpu", t("chart.cpu"), charts.Percent, s, "primary", history.CPU), chartOf("memory", t("chart.memory"), charts.Bytes, s, "secondary", history.Memory)
	if span.choice.Key == charts.Live {
		p.liveLines(b.ID, &cpu, &memory)
	}
	cpu.Top, memory.Top = 5, 1<<20
	cpu.Now, memory.Now = nowWords(ctx, b)
	cpu.Limits, memory.Limits = limitsOf(ctx, b.Limits)
	starts := chartOf("restarts", t("chart.restarts"), charts.Count, s, "warning")
	starts.Kind, starts.Top, starts.Lines = "bars", 4, []charts.Line{{Name: t("chart.restarts"), Color: "warning", Mean: restarts.Mean}}
	disk := chartOf("disk", t("chart.disk"), charts.Rate, s, "", history.Read, history.Write)
	disk.Lines[0].Name, disk.Lines[1].Name, disk.Top = t("chart.read"), t("chart.written"), 4096
	// The first rates come 20 s after a start.
	if b.Usage.ReadRate == nil && !disk.Known() && b.Usage.CPU != nil && b.Now.Sub(b.Status.Since) > time.Minute {
		disk.Missing = t("chart.no-disk-figures")
	}
	threads := chartOf("threads", t("chart.threads-files"), charts.Count, s, "", history.Threads, history.Files)
	threads.Lines[0].Name, threads.Lines[1].Name, threads.Top = t("chart.threads"), t("chart.open-files"), 4
	minor := append([]charts.Chart{starts, disk, threads}, gaugeCharts(ctx, gauges)...)
	minor = append(minor, charts.Chart{
		ID: "network", Title: t("chart.network"), Missing: t("chart.no-network-figures"),
	})
	for i := range minor {
		minor[i].Minor = true
	}
	set.Charts = append([]charts.Chart{cpu, memory}, minor...)
	return set, nil
}

// chartOf makes a chart of lines of a series; those that aren't there are gaps all along.
func chartOf(id, title string, unit charts.Unit, s history.Series, color string, names ...string) charts.Chart {
	c := charts.Chart{ID: id, Title: title, Unit: unit, Kind: "line", From: s.From.Unix(), Step: s.Step.Seconds()}
	for i, name := range names {
		l := charts.Line{Name: title, Color: color, Mean: nothing(s.N)}
		if color == "" {
			l.Color = charts.Colors()[i%len(charts.Colors())]
		}
		if x, found := s.Lines[name]; found {
			l.Mean = x.Mean
			if len(names) == 1 {
				l.Min, l.Max = x.Min, x.Max
			}
		}
		c.Lines = append(c.Lines, l)
	}
	return c
}

// liveLines puts the samples of the last minutes into the charts.
func (p *pages) liveLines(id bot.ID, cpu, memory *charts.Chart) {
	s, ok := p.stats.Bot(id)
	newest := p.stats.Host().At
	if !ok || newest.IsZero() {
		return
	}
	for c, values := range map[*charts.Chart][]float64{cpu: wholeSpan(s.CPUHistory), memory: wholeSpan(s.RSSHistory)} {
		c.Step = sampleEvery.Seconds()
		c.From = newest.Add(-time.Duration(len(values)) * sampleEvery).Unix()
		c.Lines[0].Mean, c.Lines[0].Min, c.Lines[0].Max = values, nil, nil
	}
}

func awaySet(set charts.Set) charts.Set {
	set.Away = partAway
	return set
}

// uptime is the bar of the last 90 days.
func (p *pages) uptime(ctx context.Context, id bot.ID, created time.Time) (ui.UptimeProps, error) {
	if p.history == nil {
		return ui.UptimeProps{Away: i18n.T(ctx, "chart.no-history")}, nil
	}
	u, err := p.history.Uptime(ctx, id, created, time.Local)
	if err != nil {
		return ui.UptimeProps{Away: partAway}, err
	}
	days := func(n int) string { return i18n.T(ctx, "chart.uptime-days", n) }
	var out ui.UptimeProps
	for _, d := range u.Days {
		out.Days = append(out.Days, ui.UptimeDay{At: d.At, Up: d.Up, Down: d.Down, Off: d.Off, Unknown: d.Unknown, Outages: d.Outages, None: d.None})
	}
	for _, x := range []struct {
		label string
		spell history.Spell
	}{{i18n.T(ctx, "chart.hours", 24), u.DaySpell}, {days(7), u.Week}, {days(30), u.Month}, {days(90), u.Quarter}} {
		s := ui.UptimeShare{Label: x.label}
		if share, ok := x.spell.Share(); ok {
			s.Share = &share
		}
		out.Shares = append(out.Shares, s)
	}
	return out, nil
}

// unlessAway is nil when a page can be shown all the same: its parts say themselves that they are away.
func unlessAway(err error) error {
	if fault.CodeOf(err) == fault.Unavailable {
		return nil
	}
	return err
}
