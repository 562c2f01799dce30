package guard

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/platform"
	"github.com/botswain/botswain/app/supervisor"
)

func (s *scene) leave(remaining, shards int, reset time.Duration) {
	s.platforms.budget = platform.Budget{
		SessionLimit: platform.SessionLimit{Total: 1000, Remaining: remaining, ResetsAt: time.Now().Add(reset)}, Shards: shards,
	}
}

// begin is a start that goes through the gate and to its process; false: it was put off.
func (s *scene) begin(b bot.Bot, cause string) (supervisor.Answer, bool) {
	run := bot.NewID()
	answer := s.Gate(context.Background(), supervisor.Starting{Bot: b, Run: run, Cause: cause})
	if answer.Until.After(time.Now()) {
		answer.Release()
		return answer, false
	}
	_, err := s.Watching(func(context.Context, bot.Bot, bot.RunID) ([]string, error) {
		return []string{"TOKEN=" + b.Env["TOKEN"]}, nil
	})(context.Background(), b, run)
	return answer, err == nil
}

func TestWhatIsPutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct {
			remaining int
			cause     string
			off       bool
		}{
			{987, "crash", false}, {101, "crash", false}, {100, "crash", true}, {100, "oom", true}, {100, "health", true},
			{100, "manual", false}, {100, "restart", false}, {0, "manual", false}, {100, "autostart", false}, {1, "schedule", false}, {0, "schedule", true},
		} {
			s := newScene()
			s.leave(c.remaining, 1, 5*time.Hour)
			answer, ok := s.begin(s.add(bot.DiscordBot, "Mod", "a.b.c"), c.cause)
			if ok == c.off || c.off && !strings.Contains(answer.Why, "of 1000 Discord sessions left, reset in 5 h") {
				t.Errorf("%d left, %s: %+v", c.remaining, c.cause, answer)
			}
			if _, ok := s.begin(s.add(bot.TelegramBot, "Other", "1:a"), c.cause); !ok {
				t.Error("a Telegram bot is put off")
			}
		}
	})
}

// A bot that crashes at once, all day, leaves a tenth of the sessions.
func TestACrashLoopLeavesATenth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene()
		s.leave(1000, 1, 24*time.Hour)
		b := s.add(bot.DiscordBot, "Mod", "a.b.c")
		end := time.Now().Add(24 * time.Hour)
		for starts := 0; time.Now().Before(end); {
			answer, ok := s.begin(b, "crash")
			if !ok {
				time.Sleep(time.Until(answer.Until))
				continue
			}
			if starts++; starts > 900 {
				t.Fatalf("%d starts, %d left", starts, s.platforms.budget.Remaining)
			}
			time.Sleep(time.Second) // it lives for so long
		}
		if left := s.platforms.budget.Remaining; left < 100 || left > 130 {
			t.Errorf("%d left", left)
		}
	})
}

func TestCaution(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene()
		b := s.add(bot.DiscordBot, "Mod", "a.b.c")
		s.leave(101, 1, 5*time.Hour)
		if err := s.Caution(t.Context(), b); err != nil {
			t.Error(err)
		}
		for remaining, says := range map[int]string{100: "Only 100 of 1000 Discord sessions left, reset in 5 h. A start takes 1 of them.", 0: "No Discord session is left"} {
			s.leave(remaining, 1, 5*time.Hour)
			f, ok := fault.As(s.Caution(t.Context(), b))
			if !ok || f.Code != fault.Conflict || f.Confirm != "budget" || !strings.Contains(f.Message, says) {
				t.Errorf("%d left: %v", remaining, f)
			}
		}
		if err := s.Caution(t.Context(), s.add(bot.TelegramBot, "T", "1:a")); err != nil {
			t.Error(err)
		}
	})
}
