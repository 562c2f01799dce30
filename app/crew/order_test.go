package crew_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
)

// after makes v start after others, and answers what came of it.
func (r *rig) after(v crew.View, others ...bot.ID) (crew.View, error) {
	spec := v.Spec
	spec.StartAfter = others
	return r.Update(r.t.Context(), admin, v.ID, 0, spec)
}

func TestNobodyWaitsForThemselves(t *testing.T) {
	r := newRig(t)
	a, b, c := r.create(bot.Spec{Name: "A"}), r.create(bot.Spec{Name: "B"}), r.create(bot.Spec{Name: "C"})
	r.create(bot.Spec{Name: "D", StartAfter: []bot.ID{a.ID, b.ID}})
	for _, step := range []struct {
		who   crew.View
		after []bot.ID
		path  string // that is refused
	}{
		{a, []bot.ID{a.ID}, "A → A"},
		{a, []bot.ID{b.ID}, ""},
		{b, []bot.ID{a.ID}, "B → A → B"},
		{b, []bot.ID{c.ID}, ""},
		{a, []bot.ID{b.ID, c.ID}, ""},
		{c, []bot.ID{a.ID}, "C → A → C"},
		{c, []bot.ID{b.ID}, "C → B → C"},
		{b, nil, ""},
		{c, []bot.ID{b.ID}, ""},
		{b, []bot.ID{a.ID}, "B → A → B"},
	} {
		_, err := r.after(step.who, step.after...)
		message := fields(err)["start_after"]
		if step.path == "" && err != nil || step.path != "" && !strings.Contains(message, ": "+step.path+".") {
			t.Errorf("%s after %d: %v, want %q refused", step.who.Name, len(step.after), err, step.path)
		}
	}
}

func TestStartAfterABotThatIsNotThere(t *testing.T) {
	r := newRig(t)
	nobody := bot.NewID()
	_, err := r.Create(t.Context(), admin, bot.Spec{Name: "A", Command: []string{"x"}, StartAfter: []bot.ID{nobody}})
	if !strings.Contains(fields(err)["start_after"], nobody.String()) {
		t.Errorf("create: %v", err)
	}
	if _, err = r.after(r.create(bot.Spec{Name: "B"}), nobody); fields(err)["start_after"] == "" {
		t.Errorf("update: %v", err)
	}
}

func TestADeletedBotIsWaitedForNoMore(t *testing.T) {
	r := newRig(t)
	a, b := r.create(bot.Spec{Name: "A"}), r.create(bot.Spec{Name: "B"})
	c := r.create(bot.Spec{Name: "C", StartAfter: []bot.ID{a.ID, b.ID}})
	if err := r.Delete(t.Context(), admin, a.ID); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*crew.Service{r.Service, r.again()} {
		v, err := s.Get(t.Context(), c.ID)
		if err != nil || !slices.Equal(v.StartAfter, []bot.ID{b.ID}) || v.Version != 2 {
			t.Errorf("version %d after %v, %v", v.Version, v.StartAfter, err)
		}
	}
	if got := r.sup.bots[c.ID]; !slices.Equal(got.StartAfter, []bot.ID{b.ID}) || got.Version != 2 {
		t.Errorf("the supervisor has version %d after %v", got.Version, got.StartAfter)
	}
}

func TestACopyHasItAll(t *testing.T) {
	r := newRig(t)
	a := r.create(bot.Spec{Name: "A"})
	b := r.create(bot.Spec{
		Name: "B", StartAfter: []bot.ID{a.ID}, Group: "g", RunAs: "u", Limits: bot.Limits{MemorySoft: 1 << 24, CoreDumps: true},
		Restart: bot.RestartPolicy{Schedule: "@daily"}, Ready: bot.ReadyCheck{By: bot.ProbeNotify}, Health: bot.HealthCheck{By: bot.ProbeNotify},
	})
	v, err := r.Duplicate(t.Context(), admin, b.ID)
	if err != nil {
		t.Fatal(err)
	}
	if v.Group != "g" || v.RunAs != "u" || v.Limits != b.Limits || v.Restart != b.Restart || v.Ready != b.Ready || v.Health != b.Health || !slices.Equal(v.StartAfter, b.StartAfter) {
		t.Errorf("got %+v", v.Spec)
	}
}
