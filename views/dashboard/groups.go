package dashboard

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/views/ui"
)

// groups lists the groups that get a chip.
func (p Page) groups() []string {
	list := slices.Sorted(maps.Keys(p.Crew.ByGroup))
	if g := p.Filter.Group; g != "" && !slices.Contains(list, g) {
		list = append(list, g)
	}
	return list
}

// many is how many bots the menu acts on: those of the chosen group, or all, whatever else is
// filtered.
func (p Page) many() int {
	if p.Filter.Group != "" {
		return p.Crew.ByGroup[p.Filter.Group]
	}
	return p.Crew.Total()
}

// manyWords names them, to go after a verb.
func (p Page) manyWords() string {
	n := p.many()
	if p.Filter.Group != "" {
		return ui.Plural(n, "bot", "bots") + " of " + p.Filter.Group
	}
	if n == 1 {
		return "the only bot"
	}
	return "all " + ui.Plural(n, "bot", "bots")
}

func (p Page) manyURL(a bot.Action) string {
	q := url.Values{"action": {string(a)}}
	if p.Filter.Group != "" {
		q.Set("group", p.Filter.Group)
	}
	return "/bots/actions?" + q.Encode()
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
