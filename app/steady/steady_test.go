package steady

import (
	"testing"
	"time"
)

func TestLook(t *testing.T) {
	wall, own := time.Now(), time.Now()
	var c Clock
	for i, x := range []struct {
		passed, set, wait time.Duration
		leapt             bool
	}{
		{wait: AtFirst},
		{passed: 4 * time.Minute, wait: 6 * time.Minute},
		{passed: 6 * time.Minute},
		{passed: time.Hour, set: 2 * time.Second},
		{passed: time.Minute, set: 400 * 24 * time.Hour, wait: AfterLeap, leapt: true},
		{passed: time.Minute, wait: 59 * time.Minute}, // looking again soon doesn't make it right
		{passed: time.Hour},                           // it has stayed, so somebody meant it
		{passed: time.Hour, set: -400 * 24 * time.Hour},
	} {
		wall, own = wall.Add(x.passed+x.set), own.Add(x.passed)
		if wait, leapt := c.Look(wall, own); wait != x.wait || leapt != x.leapt {
			t.Errorf("look %d: %s, %v", i, wait, leapt)
		}
	}
}
