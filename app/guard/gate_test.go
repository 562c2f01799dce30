package guard

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/logs"
	"github.com/botswain/botswain/app/platform"
	"github.com/botswain/botswain/app/runner"
	"github.com/botswain/botswain/app/supervisor"
)

// scene is a guard over fakes.
type scene struct {
	*Guard
	platforms *fakePlatforms
	bots      fakeBots
	sup       *fakeSupervisor
	lines     *fakeLines
}

func newScene() *scene {
	s := &scene{
		platforms: &fakePlatforms{says: map[string]platform.Report{}, secrets: map[bot.ID]string{}},
		bots:      fakeBots{}, sup: &fakeSupervisor{over: map[bot.RunID]bool{}}, lines: &fakeLines{all: map[bot.ID][]logs.Line{}},
	}
	s.Guard = New(Options{Platforms: s.platforms, Bots: s.bots, Supervisor: s.sup, Lines: s.lines, Random: func() float64 { return 0.5 }})
	return s
}

func (s *scene) add(kind bot.Type, name, token string) bot.Bot {
	spec := bot.NewSpec()
	spec.Name, spec.Type, spec.Command = name, kind, []string{"x"}
	if token != "" {
		spec.Env["TOKEN"] = token
	}
	b := bot.Bot{ID: bot.NewID(), Spec: spec, Version: 1}
	s.bots[b.ID] = b
	return b
}

func (s *scene) start(b bot.Bot) (bot.RunID, supervisor.Answer) {
	run := bot.NewID()
	return run, s.Gate(context.Background(), supervisor.Starting{Bot: b, Run: run, Cause: "manual"})
}

func TestWhoIsConcerned(t *testing.T) {
	s := newScene()
	for _, c := range []struct {
		kind  bot.Type
		token string
		want  bool
	}{
		{bot.TelegramBot, "1:a", true}, {bot.DiscordBot, "a.b.c", true},
		{bot.TelegramBot, "", false}, {bot.Generic, "1:a", false}, {bot.TelegramUserbot, "1:a", false},
	} {
		b := s.add(c.kind, "x", c.token)
		if got := s.Concerns(b); got != c.want {
			t.Errorf("%s with %q: %v", c.kind, c.token, got)
		}
		if _, answer := s.start(b); answer.Refused != nil {
			t.Errorf("%s: %+v", c.kind, answer.Refused)
		}
	}
	if s.platforms.asked != 2 {
		t.Errorf("asked %d times", s.platforms.asked)
	}
}

func TestPreflight(t *testing.T) {
	s := newScene()
	for kind, c := range map[platform.Kind]struct{ refused bool }{
		platform.Refused: {true}, platform.Limited: {false}, platform.Unreachable: {false},
	} {
		for _, typ := range []bot.Type{bot.TelegramBot, bot.DiscordBot} {
			b := s.add(typ, "Echo", "t-"+string(kind))
			s.platforms.set("t-"+string(kind), platform.Report{Failure: &platform.Failure{Kind: kind, Message: "It says no."}})
			_, answer := s.start(b)
			if (answer.Refused != nil) != c.refused {
				t.Errorf("%s: %+v", kind, answer)
			}
			if r := answer.Refused; r != nil && (!r.Fatal || r.Explanation != "It says no." || !strings.Contains(r.Remedy, "Secrets page")) {
				t.Errorf("%+v", r)
			}
			if _, again := s.start(s.add(typ, "Other", "t-"+string(kind))); again.Refused != nil && again.Refused.ID == "token-in-use" && c.refused {
				t.Error("a start that was refused holds its token")
			}
		}
	}
}

// A platform that doesn't answer doesn't stop a start, and the token is held nevertheless.
func TestPreflightIsSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene()
		s.platforms.hangs = true
		begun := time.Now()
		b := s.add(bot.TelegramBot, "Echo", "1:a")
		run, answer := s.start(b)
		key, _ := s.platforms.KeyOf(t.Context(), b)
		if took := time.Since(begun); answer.Refused != nil || took != preflightTime || !s.owners.holds(key, run) {
			t.Errorf("%+v after %s", answer, took)
		}
	})
}

func TestOneOwner(t *testing.T) {
	s := newScene()
	first, second := s.add(bot.TelegramBot, "First", "1:a"), s.add(bot.TelegramBot, "Second", "")
	s.platforms.secrets[second.ID] = "1:a" // a secret and a plain variable are the same token
	run, held := s.start(first)
	_, answer := s.start(second)
	if r := answer.Refused; r == nil || r.ID != "token-in-use" || !r.Fatal || !strings.Contains(r.Title, "First") || !strings.Contains(r.Remedy, "Stop First") {
		t.Fatalf("%+v", answer)
	}
	// It is what the first was started with, whatever it has now.
	s.platforms.secrets[first.ID] = "1:b"
	if _, answer := s.start(second); answer.Refused == nil {
		t.Error("a replaced secret freed the token of a running bot")
	}
	held.Release()
	if _, answer := s.start(second); answer.Refused != nil {
		t.Errorf("after the end: %+v", answer.Refused)
	}
	if _, answer := s.start(first); answer.Refused != nil {
		t.Errorf("with its new token: %+v", answer.Refused)
	}
	s.owners.release(run) // late, and harmless
	if _, answer := s.start(s.add(bot.TelegramBot, "Third", "1:b")); answer.Refused == nil {
		t.Error("a late release took the token of a later run")
	}
}

// A token that is replaced between the question and the process is the one that is held.
func TestTheEnvironmentDecides(t *testing.T) {
	s := newScene()
	first, second := s.add(bot.TelegramBot, "First", "1:a"), s.add(bot.TelegramBot, "Second", "1:b")
	run1, _ := s.start(first)
	run2, _ := s.start(second)
	env := func(token string) supervisor.EnvFunc {
		return s.Watching(func(context.Context, bot.Bot, bot.RunID) ([]string, error) {
			return []string{"A=1", "TOKEN=" + token}, nil
		})
	}
	if list, err := env("1:c")(t.Context(), first, run1); err != nil || len(list) != 2 {
		t.Errorf("%v, %v", list, err)
	}
	if _, err := env("1:c")(t.Context(), second, run2); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("the same token: %v", err)
	}
	if _, answer := s.start(s.add(bot.TelegramBot, "Third", "1:a")); answer.Refused != nil {
		t.Errorf("the token that wasn't given is held: %+v", answer.Refused)
	}
}

// Runs that lived on while Botswain was away hold the tokens of their environment.
func TestAdoptedOwners(t *testing.T) {
	s := newScene()
	seen, unread, free := s.add(bot.TelegramBot, "Seen", "1:new"), s.add(bot.DiscordBot, "Unread", "d.d.d"), s.add(bot.Generic, "Free", "1:x")
	runs := map[bot.RunID]bot.Bot{}
	var living []runner.Instance
	for i, b := range []bot.Bot{seen, unread, free} {
		run := bot.NewID()
		runs[run] = b
		living = append(living, runner.Instance{Bot: b.ID, Run: run, PID: 10 + i})
	}
	s.Adopt(t.Context(), living, func(pid int, run bot.RunID) (map[string]string, bool) {
		switch pid {
		case 10:
			return map[string]string{"BOT_TYPE": "telegram_bot", "BOT_NAME": "Seen once", "TOKEN": "1:old"}, true
		case 12:
			return map[string]string{"BOT_TYPE": "generic", "TOKEN": "1:x"}, true
		}
		return nil, false
	})
	for token, want := range map[string]string{"1:old": "Seen", "1:new": "", "1:x": ""} {
		_, answer := s.start(s.add(bot.TelegramBot, "Next", token))
		if got := answer.Refused != nil; got != (want != "") || got && !strings.Contains(answer.Refused.Title, want) {
			t.Errorf("%s: %+v", token, answer.Refused)
		}
	}
	other := s.add(bot.DiscordBot, "Other", "d.d.d")
	if _, answer := s.start(other); answer.Refused == nil {
		t.Error("the present token of one whose environment can't be read is free")
	}
	s.sup.over[living[1].Run] = true // nobody releases it
	if _, answer := s.start(other); answer.Refused != nil {
		t.Errorf("after its end: %+v", answer.Refused)
	}
}
