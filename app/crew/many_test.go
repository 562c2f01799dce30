package crew_test

import (
	"strings"
	"testing"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
)

// set gives a bot a status, as the supervisor would.
func (r *rig) set(id bot.ID, s bot.State, run bot.RunID) {
	r.sup.mu.Lock()
	defer r.sup.mu.Unlock()
	r.sup.status[id] = bot.Status{ID: id, State: s, Run: run, Reason: "exit code 1"}
}

func results(out []crew.Outcome) string {
	var s []string
	for _, o := range out {
		word := "done"
		if o.Left() {
			word = "left"
		} else if o.Err != nil {
			word = "failed"
		}
		s = append(s, o.Name+" "+word)
	}
	return strings.Join(s, ", ")
}

func TestManyAreChosenByIDGroupOrAll(t *testing.T) {
	r := newRig(t)
	a := r.create(bot.Spec{Name: "a", Group: "weather"})
	b := r.create(bot.Spec{Name: "b", Group: "weather"})
	c := r.create(bot.Spec{Name: "c"})
	r.set(a.ID, bot.Stopped, bot.RunID{})
	r.set(b.ID, bot.Running, bot.NewID())
	r.set(c.ID, bot.Stopped, bot.RunID{})
	for want, which := range map[string]crew.Which{
		"a done, b left":         {Group: " Weather"},
		"a done, b left, c done": {All: true},
		"c done":                 {IDs: []bot.ID{c.ID, c.ID}},
	} {
		out, err := r.ActMany(t.Context(), admin, bot.Start, which)
		if got := results(out); err != nil || got != want {
			t.Errorf("%+v: %s, %v; want %s", which, got, err, want)
		}
	}
	for code, which := range map[fault.Code]crew.Which{
		fault.Invalid:  {Group: "weather", All: true},
		fault.NotFound: {Group: "nobody"},
	} {
		if _, err := r.ActMany(t.Context(), admin, bot.Start, which); fault.CodeOf(err) != code {
			t.Errorf("%+v: %v", which, err)
		}
	}
	if _, err := r.ActMany(t.Context(), admin, bot.Start, crew.Which{IDs: []bot.ID{bot.NewID()}}); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("an unknown id: %v", err)
	}
}

func TestRollingRestart(t *testing.T) {
	r := newRig(t)
	last := r.create(bot.Spec{Name: "a last"})
	first := r.create(bot.Spec{Name: "z first"})
	last.Spec.StartAfter = []bot.ID{first.ID}
	if _, err := r.Update(t.Context(), admin, last.ID, 0, last.Spec); err != nil {
		t.Fatal(err)
	}
	down := r.create(bot.Spec{Name: "b down"})
	bad := r.create(bot.Spec{Name: "m bad"})
	r.set(down.ID, bot.Stopped, bot.RunID{})
	restarted := func(id bot.ID, to bot.State) {
		r.set(id, bot.Starting, bot.NewID())
		r.hub.Publish(event.Topic{Kind: event.TopicBot, Bot: id})
		r.set(id, to, bot.NewID())
		r.hub.Publish(event.Topic{Kind: event.TopicBot, Bot: id})
	}
	var order []string
	r.sup.onAct = func(id bot.ID) error {
		switch id {
		case down.ID:
			return fault.New(fault.Conflict, "The bot is stopped.")
		case bad.ID:
			order = append(order, "bad")
			go restarted(id, bot.Crashed)
		default:
			order = append(order, r.sup.bots[id].Name)
			go restarted(id, bot.Running)
		}
		return nil
	}
	for _, v := range []crew.View{last, first, bad} {
		r.set(v.ID, bot.Running, bot.NewID())
	}
	out, err := r.Roll(t.Context(), admin, crew.Which{IDs: []bot.ID{last.ID, first.ID, down.ID}}, time.Millisecond)
	if got := results(out); err != nil || got != "b down left, z first done, a last done" {
		t.Errorf("%s, %v", got, err)
	}
	out, err = r.Roll(t.Context(), admin, crew.Which{All: true}, 0)
	if got := results(out); err != nil || got != "b down left, m bad failed, z first left, a last left" {
		t.Errorf("%s, %v", got, err)
	}
	if w := out[3].Words(); w != "Not restarted: the roll stopped at m bad." {
		t.Errorf("%q", w)
	}
	if w := out[1].Words(); !strings.Contains(w, "exit code 1") {
		t.Errorf("%q", w)
	}
	if got := strings.Join(order, ", "); got != "z first, a last, bad" {
		t.Errorf("order: %s", got)
	}
	if _, err := r.Roll(t.Context(), admin, crew.Which{All: true}, 2*time.Hour); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("a pause of two hours: %v", err)
	}
}

func TestALineForABotIsCheckedAndPassedOn(t *testing.T) {
	r := newRig(t)
	v := r.create(bot.Spec{Name: "a"})
	for line, want := range map[string]fault.Code{
		"hello\n": "", "": "", "two\nlines": fault.Invalid, "nul\x00": fault.Invalid, strings.Repeat("x", crew.MaxInput+1): fault.Invalid,
	} {
		if err := r.SendInput(t.Context(), admin, v.ID, bot.RunID{}, line); fault.CodeOf(err) != want {
			t.Errorf("%.10q: %v", line, err)
		}
	}
	if err := r.SendInput(t.Context(), admin, bot.NewID(), bot.RunID{}, "x"); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("no such bot: %v", err)
	}
	if told := strings.Join(r.sup.told, "\n"); !strings.Contains(told, "admin> hello") {
		t.Errorf("told:\n%s", told)
	}
}

// A person is asked before what they should think about, if it is possible at all; not when they have
// confirmed, and for many at once there is nobody to answer.
func TestWhatIsAskedFirst(t *testing.T) {
	r := newRig(t)
	down, up := r.create(bot.Spec{Name: "down"}), r.create(bot.Spec{Name: "up"})
	r.set(down.ID, bot.Stopped, bot.RunID{})
	r.set(up.ID, bot.Running, bot.NewID())
	r.caution = &fault.Error{Code: fault.Conflict, Confirm: "budget", Message: "Few are left."}
	asks := func(err error) bool { f, ok := fault.As(err); return ok && f.Confirm == "budget" }
	for _, x := range []struct {
		id     bot.ID
		action bot.Action
		want   bool
	}{{down.ID, bot.Start, true}, {up.ID, bot.Restart, true}, {up.ID, bot.Start, false}, {up.ID, bot.Stop, false}} {
		_, err := r.Act(t.Context(), admin, x.id, x.action)
		if asks(err) != x.want || asks(r.Question(t.Context(), x.id, x.action)) != x.want {
			t.Errorf("%s: %v", x.action, err)
		}
		if _, err := r.ActSure(t.Context(), admin, x.id, x.action); asks(err) {
			t.Errorf("%s was confirmed: %v", x.action, err)
		}
	}
	out, err := r.ActMany(t.Context(), admin, bot.Start, crew.Which{IDs: []bot.ID{down.ID}})
	if err != nil || len(out) != 1 || asks(out[0].Err) || fault.CodeOf(out[0].Err) != fault.Conflict || !strings.Contains(out[0].Words(), "by itself to confirm") {
		t.Errorf("%+v, %v", out, err)
	}
	if got := results(out); got != "down failed" {
		t.Error("a question that can't be answered isn't a state that doesn't allow it: " + got)
	}
	if out, err := r.Roll(t.Context(), admin, crew.Which{IDs: []bot.ID{up.ID}}, 0); err != nil || results(out) != "up failed" {
		t.Errorf("a roll: %s, %v", results(out), err)
	}
}
