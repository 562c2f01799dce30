package bot_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/botswain/botswain/app/bot"
)

func TestLevels(t *testing.T) {
	id := map[string]bot.ID{}
	name := map[bot.ID]string{}
	for _, n := range strings.Split("abcdefgh", "") {
		id[n] = bot.NewID()
		name[id[n]] = n
	}
	ids := func(names string) (list []bot.ID) {
		for _, n := range strings.Split(names, "") {
			list = append(list, id[n])
		}
		return list
	}
	words := func(ids []bot.ID) (s string) {
		for _, i := range ids {
			s += name[i]
		}
		return s
	}
	after := map[bot.ID][]bot.ID{
		id["b"]: ids("a"), id["c"]: ids("ba"), id["d"]: ids("a"), // e stands alone
		id["f"]: ids("g"), id["g"]: ids("f"), id["h"]: ids("g"),
	}
	of := func(i bot.ID) []bot.ID { return after[i] }
	for give, want := range map[string]string{
		"cbade": "ae bd c", // the order of a level is that of the ids
		"ca":    "a c",
		"e":     "e",
		"dbc":   "db c",
	} {
		var got []string
		for _, l := range bot.Levels(ids(give), of) {
			got = append(got, words(l))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", give, got, want)
		}
	}
	all := 0
	for _, l := range bot.Levels(ids("fgh"), of) {
		all += len(l)
	}
	if all != 3 {
		t.Errorf("a circle: %d of 3", all)
	}
	for give, want := range map[string]string{"a": "", "c": "ab", "f": "", "h": "fg"} {
		got := strings.Split(words(bot.Needs(id[give], of)), "")
		slices.Sort(got)
		if strings.Join(got, "") != want {
			t.Errorf("needs of %s: %v, want %s", give, got, want)
		}
	}
}
