package web

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/stats"
	"github.com/botswain/botswain/app/stats/history"
	"github.com/botswain/botswain/views/charts"
	"github.com/botswain/botswain/views/hostpage"
	"github.com/botswain/botswain/views/layout"
	"github.com/botswain/botswain/views/ui"
)

// host answers GET /host: the machine with its history.
func (p *pages) host(c echo.Context) error {
	h := p.stats.Host()
	set, err := p.hostCharts(c.Request().Context(), h, spanOf(c))
	if err = chartsFault(err); err != nil {
		return err
	}
	page := hostpage.Page{Name: h.Name, Facts: hostFacts(h), Charts: set, Newest: hostNewest(h)}
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
		set.Away = noHistory
		return set, nil
	}
	s, err := p.history.Host(ctx, span.query(now))
	if err != nil {
		return awaySet(set), err
	}
	cpu := chartOf("cpu", "CPU", charts.Percent, s, "primary", history.HostCPU)
	cpu.Top, cpu.Now = 10, orDash(h.CPU, charts.Percent)
	memory := chartOf("memory", "Memory", charts.Bytes, s, "secondary", history.HostMemory)
	memory.Now = orDash(asFloat(h.MemUsed), charts.Bytes)
	memory.Limits, memory.Top = totalLimit(h.MemTotal), whole(h.MemTotal)
	network := chartOf("network", "Network", charts.Rate, s, "", history.HostReceived, history.HostSent)
	network.Lines[0].Name, network.Lines[1].Name, network.Top = "received", "sent", 4096
	load := chartOf("load", "Load", charts.Number, s, "", history.HostLoad1, history.HostLoad5, history.HostLoad15)
	load.Lines[0].Name, load.Lines[1].Name, load.Lines[2].Name, load.Top = "1 min", "5 min", "15 min", 1
	load.Limits = []charts.Limit{{Value: float64(h.Cores), Label: ui.Plural(h.Cores, "core", "cores")}}
	if span.choice.Key == charts.Live {
		liveHost(h, &cpu)
	}
	set.Charts = []charts.Chart{cpu, memory, network, load}
	minor := []charts.Chart{coresChart(s, h), swapChart(s, h)}
	minor = append(minor, diskCharts(s, h)...)
	minor = append(minor, pairCharts(s, "Disk ", [2]string{history.HostRead, history.HostWrite}, [2]string{"read", "written"}, "DiskIO", h)...)
	minor = append(minor, pairCharts(s, "Network ", [2]string{history.HostReceived, history.HostSent}, [2]string{"received", "sent"}, "Interfaces", h)...)
	minor = append(minor, temperatures(s, h)...)
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
func gone(id, title, field string, h stats.Host) charts.Chart {
	why := h.Missing[field]
	if why == "" {
		why = "Nothing was recorded in this span."
	}
	return charts.Chart{ID: id, Title: title, Missing: why}
}

func coresChart(s history.Series, h stats.Host) charts.Chart {
	cores := partsOf(s, history.HostCore)
	if len(cores) == 0 {
		return gone("cores", "CPU of each core", "CoreCPU", h)
	}
	var names []string
	for _, core := range cores {
		names = append(names, history.Part(history.HostCore, core))
	}
	c := chartOf("cores", "CPU of each core", charts.Percent, s, "", names...)
	c.Top = 10
	for i := range c.Lines {
		c.Lines[i].Name = "core " + cores[i]
		if len(c.Lines) == 1 {
			c.Lines[i].Color = "primary"
		}
	}
	return c
}

func swapChart(s history.Series, h stats.Host) charts.Chart {
	if h.SwapTotal != nil && *h.SwapTotal == 0 {
		return charts.Chart{ID: "swap", Title: "Swap", Missing: "This machine has no swap."}
	}
	c := chartOf("swap", "Swap", charts.Bytes, s, "secondary", history.HostSwap)
	c.Limits, c.Top = totalLimit(h.SwapTotal), whole(h.SwapTotal)
	return c
}

func diskCharts(s history.Series, h stats.Host) []charts.Chart {
	totals := map[string]uint64{}
	for _, d := range h.Disks {
		totals[d.Mount] = d.Total
	}
	var list []charts.Chart
	for i, mount := range partsOf(s, history.HostDisk) {
		c := chartOf(fmt.Sprintf("space-%d", i), "Space on "+mount, charts.Bytes, s, "primary", history.Part(history.HostDisk, mount))
		if total, found := totals[mount]; found {
			c.Limits, c.Top = totalLimit(&total), whole(&total)
		}
		list = append(list, c)
	}
	if len(list) == 0 {
		list = append(list, gone("space", "Space on disks", "Disks", h))
	}
	return list
}

// pairCharts are charts of two lines for each part, such as what a disk reads and writes.
func pairCharts(s history.Series, title string, series, words [2]string, field string, h stats.Host) []charts.Chart {
	var list []charts.Chart
	for i, part := range partsOf(s, series[0]) {
		c := chartOf(fmt.Sprintf("%s-%d", series[0], i), title+part, charts.Rate, s, "", history.Part(series[0], part), history.Part(series[1], part))
		c.Lines[0].Name, c.Lines[1].Name, c.Top = words[0], words[1], 4096
		list = append(list, c)
	}
	if len(list) == 0 {
		list = append(list, gone(series[0], strings.TrimSpace(title)+", each", field, h))
	}
	return list
}

func temperatures(s history.Series, h stats.Host) []charts.Chart {
	var list []charts.Chart
	for i, name := range partsOf(s, history.HostTemperature) {
		list = append(list, chartOf(fmt.Sprintf("temperature-%d", i), "Temperature, "+name, charts.Celsius, s, "warning", history.Part(history.HostTemperature, name)))
	}
	if len(list) == 0 {
		list = append(list, gone("temperature", "Temperatures", "Temperatures", h))
	}
	return list
}

func totalLimit(total *uint64) []charts.Limit {
	if total == nil || *total == 0 {
		return nil
	}
	return []charts.Limit{{Value: float64(*total), Label: ui.Bytes(int64(*total)) + " in all"}}
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

func orDash(v *float64, u charts.Unit) string {
	if v == nil {
		return "–"
	}
	return u.Write(*v)
}

// hostFacts are the newest figures.
func hostFacts(h stats.Host) []hostpage.Fact {
	number := func(v *float64) string { return fmt.Sprintf("%.2f", *v) }
	fact := func(label, field string, v *float64, words func(*float64) string) hostpage.Fact {
		if v == nil {
			why := h.Missing[field]
			if why == "" {
				why = "Not measured yet."
			}
			return hostpage.Fact{Label: label, Missing: why}
		}
		return hostpage.Fact{Label: label, Value: words(v)}
	}
	of := func(used, total *uint64) func(*float64) string {
		return func(*float64) string {
			if total == nil {
				return ui.Bytes(int64(*used))
			}
			return ui.Bytes(int64(*used)) + " of " + ui.Bytes(int64(*total))
		}
	}
	list := []hostpage.Fact{
		{Label: "Cores", Value: fmt.Sprint(h.Cores)},
		fact("CPU", "CPU", h.CPU, func(v *float64) string { return ui.Percent(*v / 100) }),
		fact("Load, 1 min", "Load1", h.Load1, number),
		fact("Memory", "MemUsed", asFloat(h.MemUsed), of(h.MemUsed, h.MemTotal)),
	}
	if h.SwapTotal != nil && *h.SwapTotal > 0 {
		list = append(list, fact("Swap", "SwapUsed", asFloat(h.SwapUsed), of(h.SwapUsed, h.SwapTotal)))
	}
	list = append(list, fact("Data directory's disk", "DiskUsed", asFloat(h.DiskUsed), of(h.DiskUsed, h.DiskTotal)),
		fact("Received", "NetRecv", h.NetRecv, func(v *float64) string { return charts.Rate.Write(*v) }),
		fact("Sent", "NetSent", h.NetSent, func(v *float64) string { return charts.Rate.Write(*v) }))
	return list
}

func hostNewest(h stats.Host) charts.Newest {
	n := charts.Newest{At: h.At, Values: map[string]float64{}, Words: map[string]string{"cpu": orDash(h.CPU, charts.Percent), "memory": orDash(asFloat(h.MemUsed), charts.Bytes)}}
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
		{target: hostpage.PartsID, rev: rev, key: hostpage.PartsID, draw: just(hostpage.Facts(hostFacts(h)))},
		{target: hostpage.NowID, rev: rev, key: hostpage.NowID, draw: just(charts.Now(hostpage.NowID, hostNewest(h)))},
	}, false
}
