package crew_test

import (
	"strings"
	"testing"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/fault"
)

func TestListsWorkWithoutTheDatabase(t *testing.T) {
	r := newRig(t)
	v := r.create(bot.Spec{Name: "Echo"})
	r.store.before = true
	if all := r.All(t.Context()); len(all) != 1 {
		t.Errorf("%d bots", len(all))
	}
	if _, err := r.Act(t.Context(), admin, v.ID, bot.Start); err != nil {
		t.Errorf("act: %v", err)
	}
	if _, err := r.Create(t.Context(), admin, bot.Spec{Name: "B", Command: []string{"x"}}); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("create: %v", err)
	}
}

func TestList(t *testing.T) {
	r := newRig(t)
	states := []bot.State{bot.Stopped, bot.Running, bot.Crashed, bot.Running, bot.Waiting}
	for i, name := range []string{"alpha", "Beta", "gamma", "delta", "epsilon"} {
		v := r.create(bot.Spec{Name: name, Tags: []string{"t" + string(rune('0'+i%2))}, Type: bot.Types()[i%2]})
		r.sup.status[v.ID] = bot.Status{ID: v.ID, State: states[i]}
	}
	for name, c := range map[string]struct {
		f     crew.Filter
		total int
		want  string
	}{
		"all":        {crew.Filter{}, 5, "gamma epsilon Beta delta alpha"},
		"page 2":     {crew.Filter{Page: 2, PageSize: 2}, 5, "Beta delta"},
		"far page":   {crew.Filter{Page: 1 << 62, PageSize: 2}, 5, ""},
		"state":      {crew.Filter{State: bot.Running}, 2, "Beta delta"},
		"tag":        {crew.Filter{Tag: "T1"}, 2, "Beta delta"},
		"type":       {crew.Filter{Type: bot.TelegramBot}, 3, "gamma epsilon alpha"},
		"search":     {crew.Filter{Search: "AL"}, 1, "alpha"},
		"search two": {crew.Filter{Search: "userbot t1 bet"}, 1, "Beta"},
		"none":       {crew.Filter{Search: "zzz"}, 0, ""},
	} {
		l, err := r.List(t.Context(), c.f)
		names := []string{}
		for _, v := range l.Bots {
			names = append(names, v.Name)
		}
		if got := strings.Join(names, " "); err != nil || got != c.want || l.Total != c.total {
			t.Errorf("%s: %d %q, %v; want %d %q", name, l.Total, got, err, c.total, c.want)
		}
	}
}
