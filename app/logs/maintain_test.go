package logs

import (
	"testing"
	"time"
)

func TestClockThatLeaps(t *testing.T) {
	wall, own := time.Now(), time.Now()
	var c steady
	for i, x := range []struct {
		passed, set time.Duration
		leapt       bool
	}{
		{0, 0, false},
		{time.Hour, 0, false},
		{time.Hour, 2 * time.Second, false},
		{time.Minute, 400 * 24 * time.Hour, true},
		{time.Hour, 0, false}, // it has stayed, so somebody meant it
		{time.Hour, -400 * 24 * time.Hour, false},
	} {
		wall, own = wall.Add(x.passed+x.set), own.Add(x.passed)
		if got := c.leapt(wall, own); got != x.leapt {
			t.Errorf("look %d: %v", i, got)
		}
	}
}
