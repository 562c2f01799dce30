// Package steady says when a clock that anybody may set can be trusted to delete by: one that is wrong
// by months for a moment, after a start with an empty battery or by a slip of the hand, must not cost
// months of what is stored.
package steady

import "time"

const (
	// AtFirst is how long a clock must have gone on since it was first looked at: by then the network
	// has set it right.
	AtFirst = 10 * time.Minute
	// AfterLeap is how long it must have stayed there after it was set far forward.
	AfterLeap = time.Hour
	// leap is how far it may get ahead of the time that has passed.
	leap = time.Hour
)

// Clock watches one. Its zero value has not looked yet. It is for one goroutine.
type Clock struct {
	wall, own time.Time // at the last look
	until     time.Time // on our own clock: not trusted before
}

// Look says how long it isn't trusted from now on, 0 when it is, and whether it has leapt since the
// last look. wall is what the clock shows, own is a time.Now(), whose monotonic part nobody can set.
func (c *Clock) Look(wall, own time.Time) (wait time.Duration, leapt bool) {
	last := *c
	c.wall, c.own = wall.Round(0), own
	switch {
	case last.own.IsZero():
		c.until = own.Add(AtFirst)
	case c.wall.Sub(last.wall)-own.Sub(last.own) > leap:
		c.until, leapt = own.Add(AfterLeap), true
	}
	return max(0, c.until.Sub(own)), leapt
}
