package guard

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/platform"
)

// watched is a bot that runs while the guard watches, within a synctest bubble.
type watched struct {
	*scene
	t   *testing.T
	b   bot.Bot
	run bot.RunID
}

func watch(t *testing.T, kind bot.Type, change func(*bot.Spec)) *watched {
	s := newScene()
	b := s.add(kind, "Echo", "1:a")
	if change != nil {
		change(&b.Spec)
		s.bots[b.ID] = b
	}
	w := &watched{scene: s, t: t, b: b}
	w.restart()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); _ = s.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return w
}

// restart begins another run.
func (w *watched) restart() {
	w.owners.release(w.run)
	w.run, _ = w.start(w.b)
	w.sup.mu.Lock()
	w.sup.statuses = []bot.Status{{ID: w.b.ID, State: bot.Running, Run: w.run}}
	w.sup.mu.Unlock()
}

func (w *watched) pass(d time.Duration) { time.Sleep(d); synctest.Wait() }

func (w *watched) want(told string) {
	w.t.Helper()
	if got := w.sup.took(); got != told {
		w.t.Errorf("told %q, want %q", got, told)
	}
}

const (
	conflictLine = "telegram.error.Conflict: Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
	webhookLine  = "TelegramError: 409: Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
	discordLine  = "2026-11-26 15:00:00 INFO     discord.gateway Shard ID None session has been invalidated."
)

func (w *watched) printFor(d time.Duration, line string) {
	for end := time.Now().Add(d); time.Now().Before(end); w.pass(10 * time.Second) {
		w.lines.print(w.b.ID, w.run, line)
	}
}

func TestASecondCopyElsewhere(t *testing.T) {
	for line, id := range map[string]string{conflictLine: "telegram-conflict", webhookLine: "telegram-webhook"} {
		synctest.Test(t, func(t *testing.T) {
			w := watch(t, bot.TelegramBot, nil)
			w.lines.print(w.b.ID, w.run, "started")
			w.lines.print(w.b.ID, bot.NewID(), line) // of another run
			w.pass(2 * time.Second)
			w.want("")
			w.lines.print(w.b.ID, w.run, line)
			w.pass(lookEvery)
			w.want("remark " + id) // at once
			w.printFor(80*time.Second, line)
			w.want("")
			w.printFor(20*time.Second, line)
			w.want("doubt " + id)
			w.printFor(time.Hour, line)
			w.want("")
			w.pass(89*time.Second - 10*time.Second)
			w.want("")
			w.pass(3 * time.Second)
			w.want("clear " + id)
			// Soon after it isn't news, and is tolerated anew.
			w.printFor(80*time.Second, line)
			w.want("")
		})
	}
}

// A sign that comes in the look in which what was doubted ends is of the next trouble, not of the one before.
func TestASignAtTheEndOfQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := watch(t, bot.TelegramBot, nil)
		w.pass(lookEvery / 2) // between two looks
		w.printFor(2*time.Minute, conflictLine)
		w.want("remark telegram-conflict, doubt telegram-conflict")
		w.pass(quiet - 10*time.Second)
		w.lines.print(w.b.ID, w.run, conflictLine)
		w.pass(lookEvery)
		w.want("clear telegram-conflict")
		w.pass(2 * quiet)
		w.want("")
	})
}

// One conflict now and then, as after a restart, is told and no more.
func TestAConflictThatPasses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := watch(t, bot.TelegramBot, nil)
		for range 5 {
			w.printFor(30*time.Second, conflictLine)
			w.restart()
			w.pass(30 * time.Second)
		}
		w.want("remark telegram-conflict")
		w.pass(newsAgain)
		w.printFor(30*time.Second, conflictLine)
		w.want("remark telegram-conflict")
	})
}

func TestADiscordSessionThatIsTakenOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := watch(t, bot.DiscordBot, nil)
		for range 5 { // an end of a session now and then is nothing
			w.lines.print(w.b.ID, w.run, discordLine)
			w.pass(2 * time.Minute)
		}
		w.lines.print(w.b.ID, w.run, conflictLine) // Telegram's
		w.pass(time.Minute)
		w.want("")
		w.printFor(2*time.Minute, discordLine)
		w.want("remark discord-taken-over, doubt discord-taken-over")
		w.pass(quiet)
		w.want("clear discord-taken-over")
	})
}

func TestOutputOfOthersIsNotLookedAt(t *testing.T) {
	for _, kind := range []bot.Type{bot.Generic, bot.TelegramUserbot} {
		synctest.Test(t, func(t *testing.T) {
			w := watch(t, kind, nil)
			w.printFor(3*time.Minute, conflictLine)
			w.want("")
		})
	}
}

// pending is Telegram's answer now.
func pending(n int, host string) platform.Report {
	return platform.Report{FactsAt: time.Now(), Facts: &platform.Facts{Telegram: &platform.TelegramFacts{Webhook: &platform.Webhook{Host: host, Pending: n}}}}
}

// telegramSays has Telegram give an answer for a while, each of its own time.
func (w *watched) telegramSays(d time.Duration, says func() platform.Report) {
	for end := time.Now().Add(d); time.Now().Before(end); w.pass(10 * time.Second) {
		w.platforms.set("1:a", says())
	}
}

func TestADeafPoller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := watch(t, bot.TelegramBot, nil)
		waits := func(n int) func() platform.Report { return func() platform.Report { return pending(n, "") } }
		w.telegramSays(10*time.Minute, waits(0))
		w.want("")
		w.telegramSays(2*time.Minute+30*time.Second, waits(4))
		w.want("")
		w.telegramSays(2*time.Minute, waits(7))
		w.want("doubt telegram-deaf")
		if c := w.sup.last; !strings.Contains(c.Title, "7 messages wait at Telegram") || !strings.Contains(c.Title, "for 3 min") || c.Remedy == "" {
			t.Errorf("%+v", c)
		}
		w.telegramSays(time.Hour, waits(9))
		w.want("")
		w.telegramSays(2*time.Minute, waits(8)) // it takes them again
		w.want("clear telegram-deaf")
		asked := w.platforms.asked
		w.telegramSays(time.Hour, waits(0))
		if n := w.platforms.asked - asked; n < 55 || n > 62 {
			t.Errorf("asked %d times in an hour", n)
		}
	})
}

func TestNotDeaf(t *testing.T) {
	n := 100
	for name, c := range map[string]struct {
		change func(*bot.Spec)
		says   func() platform.Report
	}{
		"busy":        {nil, func() platform.Report { n = 100 + (n+37)%50; return pending(n, "") }},
		"by webhook":  {nil, func() platform.Report { return pending(9, "example.org") }},
		"unreachable": {nil, func() platform.Report { return platform.Report{Failure: &platform.Failure{Kind: platform.Unreachable}} }},
		"old facts": {nil, func() platform.Report {
			r := pending(9, "")
			r.FactsAt = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Add(-time.Hour)
			return r
		}},
		"switched off": {func(s *bot.Spec) { s.Health.DeafAfter = 0 }, func() platform.Report { return pending(9, "") }},
		"patient":      {func(s *bot.Spec) { s.Health.DeafAfter = 2 * time.Hour }, func() platform.Report { return pending(9, "") }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := watch(t, bot.TelegramBot, c.change)
				w.telegramSays(time.Hour, c.says)
				w.want("")
			})
		})
	}
}

// What Telegram says of a token that the run wasn't started with is about another bot.
func TestDeafWithAnotherToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := watch(t, bot.TelegramBot, nil)
		w.platforms.mu.Lock()
		w.platforms.secrets[w.b.ID] = "1:new"
		asked := w.platforms.asked
		w.platforms.mu.Unlock()
		w.pass(time.Hour)
		if w.platforms.asked != asked {
			t.Errorf("asked %d times", w.platforms.asked-asked)
		}
	})
}
