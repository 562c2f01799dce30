package crew_test

import (
	"context"
	"testing"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
)

// TestRollsGoOnByThemselves: a roll outlives the request that began it, tells how it goes, can be
// stopped, and ends with Botswain.
func TestRollsGoOnByThemselves(t *testing.T) {
	r := newRig(t)
	a, b := r.create(bot.Spec{Name: "a", Group: "weather"}), r.create(bot.Spec{Name: "b", Group: "weather"})
	up := make(chan bot.ID)
	r.sup.onAct = func(id bot.ID) error { // restarted, and up when the test says so
		go func() { up <- id }()
		return nil
	}
	for _, v := range []crew.View{a, b} {
		r.set(v.ID, bot.Running, bot.NewID())
	}
	rolls := crew.NewRolls(r.Service)
	defer rolls.Close()
	changed := r.hub.Subscribe(func(x event.Topic) bool { return x.Kind == event.TopicCrew })
	defer changed.Close()

	asking, left := context.WithCancel(t.Context())
	begun, err := rolls.Start(asking, admin, " Weather", 0)
	left() // the page is closed
	if err != nil || begun.Total != 2 || begun.Group != "weather" {
		t.Fatalf("%+v, %v", begun, err)
	}
	restarted := func(id bot.ID) {
		t.Helper()
		select {
		case got := <-up:
			if got != id {
				t.Fatalf("restarted %s, want %s", got, id)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("nothing is restarted")
		}
		if _, err := rolls.Start(t.Context(), admin, "", 0); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("a second one of the same bots: %v", err)
		}
	}
	runs := func(id bot.ID) {
		r.set(id, bot.Running, bot.NewID())
		r.hub.Publish(event.Topic{Kind: event.TopicBot, Bot: id})
	}
	running := func(id bot.ID) {
		t.Helper()
		restarted(id)
		runs(id)
	}
	state := func(want string, ok func(crew.RollState) bool) {
		t.Helper()
		for late := time.After(20 * time.Second); ; {
			if list := rolls.List(); len(list) == 1 && ok(list[0]) {
				return
			}
			select {
			case <-changed.C():
				changed.Take()
			case <-late:
				t.Fatalf("not %s: %+v", want, rolls.List())
			}
		}
	}
	state("at a", func(s crew.RollState) bool { return s.Done == 0 && s.Current == "a" })
	running(a.ID)
	state("at b", func(s crew.RollState) bool { return s.Done == 1 && s.Current == "b" })
	running(b.ID)
	state("over", func(s crew.RollState) bool {
		return !s.EndedAt.IsZero() && results(s.Outcomes) == "a done, b done"
	})
	rolls.Stop(begun.ID) // it is over: this takes it off the list
	if list := rolls.List(); len(list) > 0 {
		t.Errorf("%+v", list)
	}

	// Stopped in the middle: the rest is left as it is.
	begun, err = rolls.Start(t.Context(), admin, "weather", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	running(a.ID)
	rolls.Stop(begun.ID)
	state("stopped", func(s crew.RollState) bool {
		return s.Ending && !s.EndedAt.IsZero() && results(s.Outcomes) == "a done, b left"
	})
	rolls.Stop(begun.ID)

	// Stopped while a bot is being restarted: that one is waited for, the next one isn't begun.
	begun, err = rolls.Start(t.Context(), admin, "weather", 0)
	if err != nil {
		t.Fatal(err)
	}
	restarted(a.ID)
	rolls.Stop(begun.ID)
	state("waiting for a", func(s crew.RollState) bool { return s.Ending && s.EndedAt.IsZero() && s.Current == "a" })
	runs(a.ID)
	state("stopped after a", func(s crew.RollState) bool {
		return !s.EndedAt.IsZero() && results(s.Outcomes) == "a done, b left"
	})
	rolls.Stop(begun.ID)

	// A bot that was left as it is has no pause after it: the one behind it isn't begun either.
	r.set(a.ID, bot.Stopped, bot.RunID{})
	hold := make(chan struct{})
	r.sup.onAct = func(id bot.ID) error {
		if id != a.ID {
			t.Error("b is restarted after the roll was stopped")
		}
		<-hold
		return fault.New(fault.Conflict, "The bot is stopped.")
	}
	if begun, err = rolls.Start(t.Context(), admin, "weather", 0); err != nil {
		t.Fatal(err)
	}
	rolls.Stop(begun.ID)
	close(hold)
	state("stopped at a", func(s crew.RollState) bool {
		return !s.EndedAt.IsZero() && results(s.Outcomes) == "a left, b left"
	})
	rolls.Close()
	if _, err := rolls.Start(t.Context(), admin, "weather", 0); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("while Botswain ends: %v", err)
	}
}
