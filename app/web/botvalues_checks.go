package web

import (
	"math"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/views/botform"
)

func (p fieldProblems) ready(v *botform.Values) bot.ReadyCheck {
	c := bot.ReadyCheck{By: bot.Probe(v.Ready), Target: v.ReadyTarget, Timeout: bot.DefaultReadyTimeout}
	if d := p.duration("ready.timeout", v.ReadyTimeout); d != nil {
		c.Timeout = *d
	}
	return c
}

// health leaves what was left empty 0, which is the default, where 0 can mean nothing else.
func (p fieldProblems) health(v *botform.Values) bot.HealthCheck {
	c := bot.HealthCheck{By: bot.Probe(v.Health), Target: v.HealthTarget, Failures: p.whole("health.failures", v.HealthFailures), Restart: v.HealthRestart, DeafAfter: bot.DefaultDeafAfter}
	if d := p.duration("health.deaf_after", v.DeafAfter); d != nil {
		c.DeafAfter = *d
	}
	if d := p.duration("health.interval", v.HealthInterval); d != nil {
		c.Interval = *d
	}
	if d := p.duration("health.timeout", v.HealthTimeout); d != nil {
		c.Timeout = *d
	}
	return c
}

func (p fieldProblems) limits(v *botform.Values) bot.Limits {
	return bot.Limits{
		MemoryMax: p.memory("limits.memory_max", v.MemoryMax), MemorySoft: p.memory("limits.memory_soft", v.MemorySoft),
		CPUMax: p.fraction("limits.cpu_max", v.CPUMax), Processes: p.whole("limits.processes", v.Processes),
		OpenFiles: p.whole("limits.open_files", v.OpenFiles), CoreDumps: v.CoreDumps,
	}
}

func (p fieldProblems) others(texts []string) []bot.ID {
	ids := make([]bot.ID, 0, len(texts))
	for _, text := range texts {
		id, err := uuid.Parse(text)
		if err != nil {
			p.add("start_after", "Choose from the bots of this list.")
			continue
		}
		ids = append(ids, id)
	}
	return ids
}

const megabyte = 1 << 20

// memory reads megabytes into bytes; what is out of all bounds stays for Validate to name.
func (p fieldProblems) memory(field, text string) int64 {
	mb := p.fraction(field, text)
	if mb < 0 || mb > math.MaxInt64/megabyte/2 {
		p.add(field, "Give a number of MB, or 0 for no limit.")
		return 0
	}
	return int64(math.Round(mb * megabyte))
}

func (p fieldProblems) fraction(field, text string) float64 {
	text = strings.ReplaceAll(strings.TrimSpace(text), ",", ".")
	if text == "" {
		return 0
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(n) {
		p.add(field, "Give a number, such as 512 or 0.5.")
		return 0
	}
	return n
}

func (p fieldProblems) whole(field, text string) int {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		p.add(field, "Give a whole number.")
	}
	return n
}

func formMemory(bytes int64) string {
	return strconv.FormatFloat(float64(bytes)/megabyte, 'f', -1, 64)
}
