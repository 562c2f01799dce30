// Package history keeps what host and bots used, in steps that grow with age: samples become steps
// of 10 s, those become steps of a minute, and so on. A step has least value, mean and largest value of
// each figure, and is stored only when it had at least half the samples that fit into it; what isn't
// known stays a gap. It also says how long bots were up (uptime.go) and when they were started (marks.go).
package history

import (
	"time"

	"github.com/botswain/botswain/app/stats"
)

// Tier is one resolution: steps of a length, kept for a time.
type Tier struct{ Step, Keep time.Duration }

// Tiers lists them, the finest first. Each step is a whole number of the one before.
func Tiers() []Tier {
	const day = 24 * time.Hour
	return []Tier{
		{10 * time.Second, 6 * time.Hour},
		{time.Minute, 48 * time.Hour},
		{15 * time.Minute, 30 * day},
		{2 * time.Hour, 366 * day},
	}
}

// enough is how many samples a step must have to be kept.
func (t Tier) enough() int { return int((t.Step/stats.Interval + 1) / 2) }

// seconds names the tier in the tables.
func (t Tier) seconds() int16 { return int16(t.Step / time.Second) }

// tierFor is the finest tier that reaches back to a time.
func tierFor(all []Tier, from, now time.Time) Tier {
	for _, t := range all {
		if !from.Before(now.Add(-t.Keep - t.Step)) {
			return t
		}
	}
	return all[len(all)-1]
}

// align is where the step that a time belongs to begins: steps are counted from 1970, as the database does.
func align(t time.Time, step time.Duration) time.Time {
	seconds := int64(step / time.Second)
	unix := t.Unix()
	return time.Unix(unix-(unix%seconds+seconds)%seconds, 0).UTC()
}
