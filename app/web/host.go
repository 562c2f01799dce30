package web

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/stats"
	"github.com/botswain/botswain/app/stats/history"
	"github.com/botswain/botswain/views/charts"
	"github.com/botswain/botswain/views/hostpage"
	"github.com/botswain/botswain/views/i18n"
	"github.com/botswain/botswain/views/layout"
)

// host answers GET /host: the machine with its history.
func (p *pages) host(c echo.Context) error {
	h := p.stats.Host()
	set, err := p.hostCharts(c.Request().Context(), h, spanOf(c))
	if err = unlessAway(err); err != nil {
		return err
	}
	page := hostpage.Page{Name: h.Name, Facts: hostFacts(c.Request().Context(), h), Charts: set, Newest: hostNewest(c.Request().Context(), h)}
	props := p.layout(c, layout.Props{
		Title: tr(c, "layout.host"), Active: layout.Host, Crumbs: []layout.Crumb{{Label: tr(c, "layout.dashboard"), Href: "/"}, {Label: tr(c, "layout.host")}},
		Live: "/live?page=host", Scripts: []string{"charts.js"},
	})
	return p.web.render(c, http.StatusOK, within(props, hostpage.Content(page)))
}

// hostHistory answers GET /host/history, as botHistory.
func (p *pages) hostHistory(c echo.Context) error {
	set, err := p.hostCharts(c.Request().Context(), p.stats.Host(), spanOf(c))
	return p.answerCharts(c, set, err)
}

// hostCharts gathers the charts of the machine. With an error the set says that it can't be read.
func (p *pages) hostCharts(ctx context.Context, h stats.Host, span chartSpan) (charts.Set, error) {
	now := now()
	set := span.set(hostpage.ChartsID, "/host", now)
	if p.history == nil {
		set.Away = i18n.T(ctx, "chart.no-history")
		return set, nil
	}
	s, err := p.history.Host(ctx, span.query(now))
	if err != nil {
		return awaySet(set), err
	}
	t := i18n.Of(ctx).T
	cpu := chartOf("cpu", t("chart.cpu"), charts.Percent, s, "primary", history.HostCPU)
	cpu.Top, cpu.Now = 10, orDash(ctx, h.CPU, charts.Percent)
	memory := chartOf("memory", t("chart.memory"), charts.Bytes, s, "secondary", history.HostMemory)
	memory.Now = orDash(ctx, asFloat(h.MemUsed), charts.Bytes)
	memory.Limits, memory.Top = totalLimit(ctx, h.MemTotal), whole(h.MemTotal)
	network := chartOf("network", t("chart.network"), charts.Rate, s, "", history.HostReceived, history.HostSent)
	network.Lines[0].Name, network.Lines[1].Name, network.Top = t("chart.received"), t("chart.sent"), 4096
	load := chartOf("load", t("chart.load"), charts.Number, s, "", history.HostLoad1, history.HostLoad5, history.HostLoad15)
	load.Lines[0].Name, load.Lines[1].Name, load.Lines[2].Name, load.Top = t("chart.load-minutes", 1), t("chart.load-minutes", 5), t("chart.load-minutes", 15), 1
	load.Limits = []charts.Limit{{Value: float64(h.Cores), Label: t("chart.cores", h.Cores)}}
	if span.choice.Key == charts.Live {
		liveHost(h, &cpu)
	}
	set.Charts = []charts.Chart{cpu, memory, network, load}
	minor := []charts.Chart{coresChart(ctx, s, h), swapChart(ctx, s, h)}
	minor = append(minor, diskCharts(ctx, s, h)...)
	minor = append(minor, pairCharts(ctx, s, diskPair(), h)...)
	minor = append(minor, pairCharts(ctx, s, networkPair(), h)...)
	minor = append(minor, temperatures(ctx, s, h)...)
	for i := range minor {
		minor[i].Minor = true
	}
	set.Charts = append(set.Charts, minor...)
	return set, nil
}

// liveHost puts the samples of the last minutes into the chart.
func liveHost(h stats.Host, cpu *charts.Chart) {
	if values := wholeSpan(h.CPUHistory); len(values) > 0 && !h.At.IsZero() {
		cpu.Step, cpu.From = sampleEvery.Seconds(), h.At.Add(-time.Duration(len(values))*sampleEvery).Unix()
		cpu.Lines[0].Mean, cpu.Lines[0].Min, cpu.Lines[0].Max = values, nil, nil
	}
}

// partsOf lists the parts that a series of the host has, in order.
func partsOf(s history.Series, of string) []string {
	var names []string
	for name := range s.Lines {
		if series, part := history.PartOf(name); series == of && part != "" {
			names = append(names, part)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		if len(a) != len(b) && of == history.HostCore { // 2 before 10
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	})
	return names
}

// gone is a chart of something that isn't there, with the reason.
func gone(ctx context.Context, id, title, field string, h stats.Host) charts.Chart {
	why := i18n.Say(ctx, h.Missing[field])
	if why == "" {
		why = i18n.T(ctx, "chart.not-recorded")
	}
	return charts.Chart{ID: id, Title: title, Missing: why}
}

func coresChart(ctx context.Context, s history.Series, h stats.Host) charts.Chart {
	cores := partsOf(s, history.HostCore)
	if len(cores) == 0 {
		return gone(ctx, "cores", i18n.T(ctx, "chart.cpu-cores"), "CoreCPU", h)
	}
	var names []string
	for _, core := range cores {
		names = append(names, history.Part(history.HostCore, core))
	}
	c := chartOf("cores", i18n.T(ctx, "chart.cpu-cores"), charts.Percent, s, "", names...)
	c.Top = 10
	for i := range c.Lines {
		c.Lines[i].Name = i18n.T(ctx, "chart.core", cores[i])
		if len(c.Lines) == 1 {
			c.Lines[i].Color = "primary"
		}
	}
	return c
}

func swapChart(ctx context.Context, s history.Series, h stats.Host) charts.Chart {
	if h.SwapTotal != nil && *h.SwapTotal == 0 {
		return charts.Chart{ID: "swap", Title: i18n.T(ctx, "chart.swap"), Missing: i18n.T(ctx, "chart.no-swap")}
	}
	c := chartOf("swap", i18n.T(ctx, "chart.swap"), charts.Bytes, s, "secondary", history.HostSwap)
	c.Limits, c.Top = totalLimit(ctx, h.SwapTotal), whole(h.SwapTotal)
	return c
}

func diskCharts(ctx context.Context, s history.Series, h stats.Host) []charts.Chart {
	totals := map[string]uint64{}
	for _, d := range h.Disks {
		totals[d.Mount] = d.Total
	}
	var list []charts.Chart
	for i, mount := range partsOf(s, history.HostDisk) {
		c := chartOf(fmt.Sprintf("space-%d", i), i18n.T(ctx, "chart.space", mount), charts.Bytes, s, "primary", history.Part(history.HostDisk, mount))
		if total, found := totals[mount]; found {
			c.Limits, c.Top = totalLimit(ctx, &total), whole(&total)
		}
		list = append(list, c)
	}
	if len(list) == 0 {
		list = append(list, gone(ctx, "space", i18n.T(ctx, "chart.spaces"), "Disks", h))
	}
	return list
}

// pair is two lines for each part of the host: their series, what they are called, the title of one part's chart and of all.
type pair struct {
	series    [2]string
	lines     [2]i18n.Key
	of, title i18n.Key
	field     string // in stats.Host
}

func diskPair() pair {
	return pair{[2]string{history.HostRead, history.HostWrite}, [2]i18n.Key{"chart.read", "chart.written"}, "chart.disk-of", "chart.disks", "DiskIO"}
}

func networkPair() pair {
	return pair{[2]string{history.HostReceived, history.HostSent}, [2]i18n.Key{"chart.received", "chart.sent"}, "chart.network-of", "chart.networks", "Interfaces"}
}

// pairCharts are charts of two lines for each part, such as what a disk reads and writes.
func pairCharts(ctx context.Context, s history.Series, p pair, h stats.Host) []charts.Chart {
	var list []charts.Chart
	for i, part := range partsOf(s, p.series[0]) {
		c := chartOf(fmt.Sprintf("%s-%d", p.series[0], i), i18n.T(ctx, p.of, part), charts.Rate, s, "", history.Part(p.series[0], part), history.Part(p.series[1], part))
		c.Lines[0].Name, c.Lines[1].Name, c.Top = i18n.T(ctx, p.lines[0]), i18n.T(ctx, p.lines[1]), 4096
		list = append(list, c)
	}
	if len(list) == 0 {
		list = append(list, gone(ctx, p.series[0], i18n.T(ctx, p.title), p.field, h))
	}
	return list
}

func temperatures(ctx context.Context, s history.Series, h stats.Host) []charts.Chart {
	var list []charts.Chart
	for i, name := range partsOf(s, history.HostTemperature) {
		list = append(list, chartOf(fmt.Sprintf("temperature-%d", i), i18n.T(ctx, "chart.temperature", name), charts.Celsius, s, "warning", history.Part(history.HostTemperature, name)))
	}
	if len(list) == 0 {
		list = append(list, gone(ctx, "temperature", i18n.T(ctx, "chart.temperatures"), "Temperatures", h))
	}
	return list
}

func totalLimit(ctx context.Context, total *uint64) []charts.Limit {
	if total == nil || *total == 0 {
		return nil
	}
	return []charts.Limit{{Value: float64(*total), Label: i18n.T(ctx, "chart.of-in-all", i18n.Bytes(ctx, int64(*total)))}}
}

// whole is the upper end of a scale that shows how full something is.
func whole(total *uint64) float64 {
	if total == nil {
		return 0
	}
	return float64(*total)
}

func asFloat(v *uint64) *float64 {
	if v == nil {
		return nil
	}
	f := float64(*v)
	return &f
}

func orDash(ctx context.Context, v *float64, u charts.Unit) string {
	if v == nil {
		return "–"
	}
	return u.Write(ctx, *v)
}

// hostFacts are the newest figures.
func hostFacts(ctx context.Context, h stats.Host) []hostpage.Fact {
	number := func(v *float64) string { return i18n.Of(ctx).Local(fmt.Sprintf("%.2f", *v)) }
	fact := func(label i18n.Key, field string, v *float64, words func(*float64) string) hostpage.Fact {
		if v == nil {
			why := i18n.Say(ctx, h.Missing[field])
			if why == "" {
				why = i18n.T(ctx, "host.not-measured")
			}
			return hostpage.Fact{Label: i18n.T(ctx, label), Missing: why}
		}
		return hostpage.Fact{Label: i18n.T(ctx, label), Value: words(v)}
	}
	of := func(used, total *uint64) func(*float64) string {
		return func(*float64) string {
			if total == nil {
				return i18n.Bytes(ctx, int64(*used))
			}
			return i18n.T(ctx, "board.used-of", i18n.Bytes(ctx, int64(*used)), i18n.Bytes(ctx, int64(*total)))
		}
	}
	list := []hostpage.Fact{
		{Label: i18n.T(ctx, "host.cores"), Value: fmt.Sprint(h.Cores)},
		fact("chart.cpu", "CPU", h.CPU, func(v *float64) string { return charts.Percent.Write(ctx, *v) }),
		fact("host.load", "Load1", h.Load1, number),
		fact("chart.memory", "MemUsed", asFloat(h.MemUsed), of(h.MemUsed, h.MemTotal)),
	}
	if h.SwapTotal != nil && *h.SwapTotal > 0 {
		list = append(list, fact("chart.swap", "SwapUsed", asFloat(h.SwapUsed), of(h.SwapUsed, h.SwapTotal)))
	}
	list = append(list, fact("host.disk", "DiskUsed", asFloat(h.DiskUsed), of(h.DiskUsed, h.DiskTotal)),
		fact("host.received", "NetRecv", h.NetRecv, func(v *float64) string { return charts.Rate.Write(ctx, *v) }),
		fact("host.sent", "NetSent", h.NetSent, func(v *float64) string { return charts.Rate.Write(ctx, *v) }))
	return list
}

func hostNewest(ctx context.Context, h stats.Host) charts.Newest {
	n := charts.Newest{At: h.At, Values: map[string]float64{}, Words: map[string]string{"cpu": orDash(ctx, h.CPU, charts.Percent), "memory": orDash(ctx, asFloat(h.MemUsed), charts.Bytes)}}
	if h.CPU != nil {
		n.Values["cpu"] = *h.CPU
	}
	maps.DeleteFunc(n.Values, func(_ string, v float64) bool { return v != v })
	return n
}

// liveHostPage is one open page of the machine.
type liveHostPage struct{ p *pages }

func (l *liveHostPage) wants(t event.Topic) bool {
	return t.Kind == event.TopicHost || t.Kind == event.TopicHealth
}
func (l *liveHostPage) cursor() int64       { return 0 }
func (l *liveHostPage) pace() time.Duration { return 500 * time.Millisecond }

func (l *liveHostPage) next(context.Context, changes) ([]part, bool) {
	h := l.p.stats.Host()
	rev := fmt.Sprint(h.Revision)
	return []part{
		l.p.healthPart(),
		{target: hostpage.PartsID, rev: rev, key: hostpage.PartsID, draw: func(ctx context.Context) (templ.Component, error) {
			return hostpage.Facts(hostFacts(ctx, h)), nil
		}},
		{target: hostpage.NowID, rev: rev, key: hostpage.NowID, draw: func(ctx context.Context) (templ.Component, error) {
			return charts.Now(hostpage.NowID, hostNewest(ctx, h)), nil
		}},
	}, false
}
