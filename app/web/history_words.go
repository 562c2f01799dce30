package web

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/stats"
	"github.com/botswain/botswain/app/stats/history"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/botpage"
	"github.com/botswain/botswain/views/charts"
	"github.com/botswain/botswain/views/ui"
)

// sampleEvery is the step of live charts.
const sampleEvery = stats.Interval

// showMark puts the starts of a point into words.
func showMark(m history.Mark) charts.Mark {
	out := charts.Mark{At: m.At.Unix(), Kind: "start", Text: botpage.StartWords(m.Cause, m.Actor)}
	if m.Failures > 0 {
		out.Kind = "crash"
	}
	if m.PreviousEnd != "" && m.Failures > 0 {
		out.Text += ": " + m.PreviousEnd
	}
	if m.Starts > 1 {
		out.Text = fmt.Sprintf("%d starts, the last: %s", m.Starts, out.Text)
	}
	if m.Deployed {
		out.Text = fmt.Sprintf("New settings (version %d). %s", m.Version, out.Text)
		if m.Failures == 0 {
			out.Kind = "deploy"
		}
	}
	return out
}

// limitsOf are the limits that charts show.
func limitsOf(l bot.Limits) (cpu, memory []charts.Limit) {
	if l.CPUMax > 0 {
		cpu = append(cpu, charts.Limit{Value: l.CPUMax * 100, Label: "limit " + ui.Percent(l.CPUMax)})
	}
	if l.MemorySoft > 0 {
		memory = append(memory, charts.Limit{Value: float64(l.MemorySoft), Label: "restart above " + ui.Bytes(l.MemorySoft)})
	}
	if l.MemoryMax > 0 {
		memory = append(memory, charts.Limit{Value: float64(l.MemoryMax), Label: "limit " + ui.Bytes(l.MemoryMax)})
	}
	return cpu, memory
}

// maxGauges bounds how many gauges get a chart.
const maxGauges = 8

// gaugeCharts are the charts of what a bot reports of itself.
func gaugeCharts(s history.Series) (list []charts.Chart) {
	for _, name := range slices.Sorted(maps.Keys(s.Lines)) {
		if len(list) == maxGauges {
			break
		}
		title := botpage.GaugeWords(name)
		c := chartOf("gauge-"+strings.ReplaceAll(name, "_", "-"), title, charts.Number, s, "primary", name)
		list = append(list, c)
	}
	return list
}

// nowWords are CPU and memory of a bot at the moment.
func nowWords(b botcard.Bot) (cpu, memory string) {
	if !b.Status.State.Alive() {
		return "off", "off"
	}
	cpu, memory = "–", "–"
	if b.Usage.CPU != nil {
		cpu = ui.Percent(*b.Usage.CPU / 100)
	}
	if b.Usage.RSS != nil {
		memory = ui.Bytes(*b.Usage.RSS)
	}
	return cpu, memory
}

// nowPart hands the newest sample of a bot to its charts.
func (p *pages) nowPart(b botcard.Bot) part {
	return part{target: botpage.NowID, rev: figuresPart(b).rev, key: botpage.NowID + "-" + b.ID.String(), draw: just(charts.Now(botpage.NowID, p.newest(b)))}
}

func (p *pages) newest(b botcard.Bot) charts.Newest {
	cpu, memory := nowWords(b)
	n := charts.Newest{At: p.stats.Host().At, Values: map[string]float64{}, Words: map[string]string{"cpu": cpu, "memory": memory}}
	if b.Status.State.Alive() {
		if v := b.Usage.CPU; v != nil && !math.IsNaN(*v) {
			n.Values["cpu"] = *v
		}
		if v := b.Usage.RSS; v != nil {
			n.Values["memory"] = float64(*v)
		}
	}
	return n
}

func nothing(n int) []float64 {
	list := make([]float64, n)
	for i := range list {
		list[i] = math.NaN()
	}
	return list
}

// uptimePart is drawn anew when the bot's state changes, and every minute.
func (p *pages) uptimePart(v crewBot, b botcard.Bot) part {
	rev := fmt.Sprintf("%d.%d.%v", b.Status.Revision, b.Now.Unix()/60, p.health().DatabaseDown)
	return part{target: botpage.UptimeID, rev: rev, key: botpage.UptimeID + "-" + v.ID.String(), draw: func(ctx context.Context) (templ.Component, error) {
		u, err := p.uptime(ctx, v.ID, v.CreatedAt)
		if err != nil {
			return nil, err // what is on the page stays
		}
		return ui.Uptime(botpage.UptimeID, u), nil
	}}
}
