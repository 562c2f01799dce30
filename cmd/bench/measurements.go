package main

import (
	"context"
	"slices"
	"time"
)

// measurement is one subject; each run of it has a fresh system.
type measurement struct {
	name  string
	limit time.Duration // of one run, setting up the system included
	run   func(context.Context, *stage) ([]figure, error)
}

// fits says whether a system takes part.
func (m measurement) fits(mk maker) bool {
	return mk.only == nil || slices.Contains(mk.only, m.name)
}

// measurements lists what is measured, in the order of the table.
func measurements(o options) []measurement {
	list := []measurement{
		{"lines-write", 3 * time.Minute, lines{bots: 1, perWrite: lineLen, label: "1 bot, a write a line"}.run},
		{"lines-block", 3 * time.Minute, lines{bots: 1, perWrite: 64 << 10, label: "1 bot, 64 KiB writes"}.run},
		{"lines-ten", 3 * time.Minute, lines{bots: 10, perWrite: lineLen, label: "10 bots, a write a line"}.run},
		{"crash", 2 * time.Minute, crash},
		{"fleet-100", 3 * time.Minute, fleet(100)},
		{"idle-100", 3 * time.Minute, idle(100)},
		{"fleet-500", 6 * time.Minute, fleet(500)},
		{"idle-500", 6 * time.Minute, idle(500)},
		{"tail-10", 2 * time.Minute, tail{perSecond: 10, lines: 100}.run},
		{"tail-5000", 2 * time.Minute, tail{perSecond: 5000, lines: 25_000}.run},
		{"kill", 2 * time.Minute, kill{sigpipe: "default"}.run},
		{"kill-ignoring", 2 * time.Minute, kill{sigpipe: "ignore"}.run},
		{"tree", time.Minute, tree},
		{"last-words", 2 * time.Minute, lastWords},
		{"binary", time.Minute, binaryOutput},
	}
	var chosen []measurement
	for _, m := range list {
		if long := m.name == "fleet-500" || m.name == "idle-500"; long && !o.long {
			continue
		}
		chosen = append(chosen, m)
	}
	return chosen
}

func measurementNames() []string {
	var names []string
	for _, m := range measurements(options{long: true}) {
		names = append(names, m.name)
	}
	return names
}
