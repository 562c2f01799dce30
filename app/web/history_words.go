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
	"github.com/botswain/botswain/views/i18n"
	"github.com/botswain/botswain/views/ui"
)

// sampleEvery is the step of live charts.
const sampleEvery = stats.Interval

// showMark puts the starts of a point into words.
func showMark(ctx context.Context, m history.Mark) charts.Mark {
	out := charts.Mark{At: m.At.Unix(), Kind: "start", Text: botpage.StartWords(ctx, m.Cause, m.Actor)}
	if m.Failures > 0 {
		out.Kind = "crash"
	}
	if m.PreviousEnd != "" && m.Failures > 0 {
		out.Text = i18n.T(ctx, "bot.cause-then", out.Text, i18n.Say(ctx, m.PreviousEnd))
	}
	if m.Starts > 1 {
		out.Text = i18n.T(ctx, "bot.starts-last", m.Starts, out.Text)
	}
	if m.Deployed {
		out.Text = i18n.T(ctx, "bot.new-settings-then", int(m.Version), out.Text)
		if m.Failures == 0 {
			out.Kind = "deploy"
		}
	}
	return out
}

// limitsOf are the limits that charts show.
func limitsOf(ctx context.Context, l bot.Limits) (cpu, memory []charts.Limit) {
	if l.CPUMax > 0 {
		cpu = append(cpu, charts.Limit{Value: l.CPUMax * 100, Label: i18n.T(ctx, "chart.limit", i18n.Percent(ctx, l.CPUMax))})
	}
	if l.MemorySoft > 0 {
		memory = append(memory, charts.Limit{Value: float64(l.MemorySoft), Label: i18n.T(ctx, "chart.restart-above", i18n.Bytes(ctx, l.MemorySoft))})
	}
	if l.MemoryMax > 0 {
		memory = append(memory, charts.Limit{Value: float64(l.MemoryMax), Label: i18n.T(ctx, "chart.limit", i18n.Bytes(ctx, l.MemoryMax))})
	}
	return cpu, memory
}

// maxGauges bounds how many gauges get a chart.
const maxGauges = 8

// gaugeCharts are the charts of what a bot reports of itself.
func gaugeCharts(ctx context.Context, s history.Series) (list []charts.Chart) {
	for _, name := range slices.Sorted(maps.Keys(s.Lines)) {
		if len(list) == maxGauges {
			break
		}
		title := botpage.GaugeWords(ctx, name)
		c := chartOf("gauge-"+strings.ReplaceAll(name, "_", "-"), title, charts.Number, s, "primary", name)
		list = append(list, c)
	}
	return list
}

// nowWords are CPU and memory of a bot at the moment.
func nowWords(ctx context.Context, b botcard.Bot) (cpu, memory string) {
	if !b.Status.State.Alive() {
		off := i18n.T(ctx, "chart.off")
		return off, off
	}
	cpu, memory = "–", "–"
	if b.Usage.CPU != nil {
		cpu = i18n.Percent(ctx, *b.Usage.CPU/100)
	}
	if b.Usage.RSS != nil {
		memory = i18n.Bytes(ctx, *b.Usage.RSS)
	}
	return cpu, memory
}

// nowPart hands the newest sample of a bot to its charts.
func (p *pages) nowPart(b botcard.Bot) part {
	return part{target: botpage.NowID, rev: usageRev(b), key: botpage.NowID + "-" + b.ID.String(), draw: func(ctx context.Context) (templ.Component, error) {
		return charts.Now(botpage.NowID, p.newest(ctx, b)), nil
	}}
}

func (p *pages) newest(ctx context.Context, b botcard.Bot) charts.Newest {
	cpu, memory := nowWords(ctx, b)
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
