package web

import (
	"testing"
	"time"

	"github.com/botswain/botswain/app/bot"
)

func TestNeedsAttention(t *testing.T) {
	at := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	waits := func(d time.Duration) bot.Status {
		return bot.Status{State: bot.Waiting, Since: at, NextStartAt: at.Add(d)}
	}
	loops := func(s bot.Status) bot.Status { s.CrashLoop = 5; return s }
	for _, c := range []struct {
		name string
		s    bot.Status
		want bool
	}{
		{"crashed", bot.Status{State: bot.Crashed}, true},
		{"unresponsive", bot.Status{State: bot.Unresponsive}, true},
		{"running", bot.Status{State: bot.Running}, false},
		{"running, for now", loops(bot.Status{State: bot.Running}), true},
		{"stopped after a crash loop", loops(bot.Status{State: bot.Stopped}), false},
		{"back in a moment", waits(2 * time.Second), false},
		{"back in a moment, again and again", loops(waits(2 * time.Second)), true},
		{"away for long", waits(longWait), true},
		{"waits for its turn", bot.Status{State: bot.Waiting, Since: at}, false},
	} {
		if got := needsAttention(c.s); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
