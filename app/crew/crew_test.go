package crew_test

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
)

func TestADefinitionComesBackAsItWas(t *testing.T) {
	r := newRig(t)
	spec := bot.Spec{
		Name: "Wetter ☂", Type: bot.DiscordBot, Command: []string{"/bin/sh", "-c", "echo 'hi'"}, Dir: r.data,
		Env: map[string]string{"A": "1", "B": "ü\n"}, Tags: []string{"prod"}, Autostart: true,
		Restart:      bot.RestartPolicy{Policy: bot.OnFailure, InitialDelay: 1500 * time.Millisecond, MaxDelay: time.Hour, Factor: 1.5, ResetAfter: time.Minute, GiveUpAfter: 4, Schedule: "0 4 * * 1-5"},
		Stop:         bot.StopPolicy{Signal: "SIGINT", Timeout: 3 * time.Second},
		Limits:       bot.Limits{MemoryMax: 1 << 30, MemorySoft: 1 << 29, CPUMax: 0.5, Processes: 32, OpenFiles: 64, CoreDumps: true},
		StartSeconds: 2.5,
		Ready:        bot.ReadyCheck{By: bot.ProbePattern, Target: " logged in as \\w+", Timeout: 90 * time.Second},
		Health:       bot.HealthCheck{By: bot.ProbeHTTP, Target: "http://127.0.0.1:8081/", Interval: time.Minute, Timeout: time.Second, Failures: 5, Restart: true, DeafAfter: time.Hour},
		RunAs:        "bots", Group: "weather", StartAfter: []bot.ID{r.create(bot.Spec{Name: "First"}).ID},
	}
	made := r.create(spec)
	if made.Version != 1 || made.Status.State != bot.Stopped || made.CreatedAt.IsZero() {
		t.Errorf("made %+v", made)
	}
	if got := r.sup.bots[made.ID]; !reflect.DeepEqual(got.Spec, spec) {
		t.Errorf("the supervisor has %+v", got)
	}
	read, err := r.again().Get(t.Context(), made.ID) // from the database
	if err != nil || !reflect.DeepEqual(read.Spec, spec) {
		t.Errorf("read  %+v, %v\nwant %+v", read.Spec, err, spec)
	}
	events, err := r.Events(t.Context(), event.ListQuery{Bot: &made.ID})
	if err != nil || len(events) != 1 || events[0].Kind != event.BotCreated || events[0].Actor != admin {
		t.Errorf("events %+v, %v", events, err)
	}
}

func TestZerosComeBackAsZeros(t *testing.T) {
	r := newRig(t)
	made := r.create(bot.Spec{Name: "Hasty"})
	read, err := r.again().Get(t.Context(), made.ID) // from the database
	if err != nil {
		t.Fatal(err)
	}
	copied, err := r.Duplicate(t.Context(), admin, made.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []crew.View{made, read, copied} {
		if want := (bot.RestartPolicy{Policy: bot.Always, Factor: 2}); v.Restart != want || v.Stop.Timeout != 0 || v.StartSeconds != 0 {
			t.Errorf("%s: %+v", v.Name, v.Spec)
		}
	}
}

func TestWhatCreateRefuses(t *testing.T) {
	r := newRig(t)
	r.create(bot.Spec{Name: "Echo"})
	file := filepath.Join(r.data, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		spec bot.Spec
		want []string
	}{
		"taken name":   {bot.Spec{Name: " eCHO ", Command: []string{"x"}}, []string{"name"}},
		"no directory": {bot.Spec{Name: "B", Command: []string{"x"}, Dir: "/no/such"}, []string{"dir"}},
		"a file":       {bot.Spec{Name: "B", Command: []string{"x"}, Dir: file}, []string{"dir"}},
		"two at once":  {bot.Spec{Command: []string{"x"}, Dir: "/no/such"}, []string{"dir", "name"}},
	} {
		_, err := r.Create(t.Context(), admin, c.spec)
		got := []string{}
		for f := range fields(err) {
			got = append(got, f)
		}
		slices.Sort(got)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestUpdateKnowsWhatItWasMadeFrom(t *testing.T) {
	r := newRig(t)
	v := r.create(bot.Spec{Name: "Echo"})
	spec := v.Spec
	spec.Name = "Echo 2"
	v2, err := r.Update(t.Context(), admin, v.ID, v.Version, spec)
	if err != nil || v2.Version != 2 || r.sup.bots[v.ID].Name != "Echo 2" {
		t.Fatalf("update: %+v, %v", v2, err)
	}
	if _, err := r.Update(t.Context(), admin, v.ID, v.Version, spec); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("from an old version: %v", err)
	}
	for _, version := range []int{0, 2} { // nothing is changed: no form that was made from it grows old
		if same, err := r.Update(t.Context(), admin, v.ID, version, spec); err != nil || same.Version != 2 {
			t.Errorf("the same: %+v, %v", same, err)
		}
	}
	spec.Autostart = true
	if v3, err := r.Update(t.Context(), admin, v.ID, 0, spec); err != nil || v3.Version != 3 {
		t.Errorf("from any version: %+v, %v", v3, err)
	}
	if _, err := r.Update(t.Context(), admin, bot.NewID(), 0, spec); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("no such bot: %v", err)
	}
	r.create(bot.Spec{Name: "Other"})
	spec.Name = "OTHER"
	if _, err := r.Update(t.Context(), admin, v.ID, 0, spec); fields(err)["name"] == "" {
		t.Errorf("taken name: %v", err)
	}
	r.sup.status[v.ID] = bot.Status{ID: v.ID, State: bot.Running, RunVersion: 2}
	if v, _ := r.Get(t.Context(), v.ID); !v.ChangesPending() {
		t.Error("nobody says that the new settings wait for a start")
	}
}

func TestDuplicateFindsAName(t *testing.T) {
	r := newRig(t)
	v := r.create(bot.Spec{Name: strings.Repeat("x", 60), Env: map[string]string{"A": "1"}})
	var names []string
	for range 3 {
		c, err := r.Duplicate(t.Context(), admin, v.ID)
		if err != nil || c.ID == v.ID || c.Env["A"] != "1" {
			t.Fatalf("duplicate: %+v, %v", c, err)
		}
		names = append(names, c.Name)
	}
	want := []string{strings.Repeat("x", 57) + " (copy)", strings.Repeat("x", 55) + " (copy 2)", strings.Repeat("x", 55) + " (copy 3)"}
	if !slices.Equal(names, want) {
		t.Errorf("names %q", names)
	}
}

func TestDelete(t *testing.T) {
	r := newRig(t)
	v := r.create(bot.Spec{Name: "Echo"})
	r.sup.retire = fault.New(fault.Unavailable, "not now")
	if err := r.Delete(t.Context(), admin, v.ID); fault.CodeOf(err) != fault.Unavailable {
		t.Fatalf("delete: %v", err)
	}
	r.sup.retire = nil
	r.store.before = true
	if err := r.Delete(t.Context(), admin, v.ID); fault.CodeOf(err) != fault.Unavailable {
		t.Fatalf("delete without a database: %v", err)
	}
	if _, err := r.Get(t.Context(), v.ID); err != nil || len(r.sup.bots) != 1 {
		t.Fatalf("it is gone all the same: %v", err)
	}
	r.store.before = false
	if err := r.Delete(t.Context(), admin, v.ID); err != nil {
		t.Fatal(err)
	}
	if want := []string{"put", "retire", "put", "retire", "put", "retire", "remove"}; !slices.Equal(r.sup.told, want) {
		t.Errorf("the supervisor was told %v", r.sup.told)
	}
	if !slices.Equal(r.logs.forgot, []bot.ID{v.ID}) {
		t.Errorf("forgot %v", r.logs.forgot)
	}
	for _, s := range []*crew.Service{r.Service, r.again()} {
		if _, err := s.Get(t.Context(), v.ID); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("after the end: %v", err)
		}
	}
	events, err := r.Events(t.Context(), event.ListQuery{Limit: 1})
	if err != nil || events[0].Kind != event.BotDeleted || events[0].Message != "Deleted Echo" {
		t.Errorf("events %+v, %v", events, err)
	}
}

// The connection is lost after the commit: nobody knows, until the next change looks.
func TestAWriteThatWentThroughUnseen(t *testing.T) {
	r := newRig(t)
	v := r.create(bot.Spec{Name: "Echo"})
	r.store.after = true
	if _, err := r.Create(t.Context(), admin, bot.Spec{Name: "Ghost", Command: []string{"x"}}); fault.CodeOf(err) != fault.Unavailable {
		t.Fatalf("create: %v", err)
	}
	if err := r.Delete(t.Context(), admin, v.ID); fault.CodeOf(err) != fault.Unavailable {
		t.Fatalf("delete: %v", err)
	}
	r.store.after = false
	if _, err := r.Create(t.Context(), admin, bot.Spec{Name: "Ghost", Command: []string{"x"}}); fields(err)["name"] == "" {
		t.Errorf("create again: %v", err)
	}
	if all := r.All(t.Context()); len(all) != 2 || len(r.sup.bots) != 2 {
		t.Errorf("%d bots, the supervisor has %d", len(all), len(r.sup.bots))
	}
}
