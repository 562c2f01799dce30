package web

import (
	"cmp"
	"slices"
	"strings"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/desk"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/dashboard"
)

// arrange puts the bots that pass a filter into the list's sections: the pinned ones first, in their
// user's order. before has the places of a list whose order is to stay as it is; nil: there is none.
func arrange(m *muster, f dashboard.Filter, d desk.Desk, before map[bot.ID]int) []dashboard.Section {
	words := strings.Fields(strings.ToLower(f.Search))
	pinned, rest := make([]*berth, len(d.Pins)), make([]*berth, 0, len(m.bots))
	for _, b := range m.bots {
		switch at := slices.Index(d.Pins, b.ID); {
		case !passes(b, f, words):
		case at >= 0:
			pinned[at] = b
		default:
			rest = append(rest, b)
		}
	}
	order(rest, f.Sort, before)
	var out []dashboard.Section
	if pinned = slices.DeleteFunc(pinned, func(b *berth) bool { return b == nil }); len(pinned) > 0 {
		out = append(out, dashboard.Section{Key: dashboard.PinnedKey, Bots: plain(pinned)})
	}
	if f.Grouped == dashboard.Ungrouped {
		if len(rest) > 0 {
			out = append(out, dashboard.Section{Bots: plain(rest)})
		}
		return out
	}
	return append(out, divide(rest, f.Grouped)...)
}

// divide makes a section for each group, tag, type or state; those that have none come last.
func divide(bots []*berth, by dashboard.Grouping) []dashboard.Section {
	in := map[string][]*berth{}
	var keys []string
	for _, b := range bots {
		k := sectionKey(b, by)
		if in[k] == nil {
			keys = append(keys, k)
		}
		in[k] = append(in[k], b)
	}
	slices.SortFunc(keys, func(a, b string) int {
		if (a == "") != (b == "") {
			return cmp.Compare(len(b), len(a))
		}
		switch by {
		case dashboard.ByState:
			return cmp.Compare(slices.Index(bot.States(), bot.State(a)), slices.Index(bot.States(), bot.State(b)))
		case dashboard.ByType:
			return cmp.Compare(slices.Index(bot.Types(), bot.Type(a)), slices.Index(bot.Types(), bot.Type(b)))
		}
		return cmp.Compare(a, b)
	})
	var out []dashboard.Section
	for _, k := range keys {
		out = append(out, dashboard.Section{Key: k, Grouping: by, Bots: plain(in[k])})
	}
	return out
}

func sectionKey(b *berth, by dashboard.Grouping) string {
	switch by {
	case dashboard.ByGroup:
		return b.Group
	case dashboard.ByTag:
		if len(b.Tags) > 0 {
			return b.Tags[0]
		}
		return ""
	case dashboard.ByType:
		return string(b.Type)
	}
	return string(b.Status.State)
}

// order sorts bots that come attention first.
func order(bots []*berth, by dashboard.Sort, before map[bot.ID]int) {
	place := func(b *berth) int {
		if at, ok := before[b.ID]; ok {
			return at
		}
		return len(before)
	}
	less := map[dashboard.Sort]func(a, b *berth) int{
		dashboard.SortName:     func(a, b *berth) int { return cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) },
		dashboard.SortCPU:      func(a, b *berth) int { return cmp.Compare(known(b.Usage.CPU), known(a.Usage.CPU)) },
		dashboard.SortMemory:   func(a, b *berth) int { return cmp.Compare(known(b.Usage.RSS), known(a.Usage.RSS)) },
		dashboard.SortUptime:   byUptime,
		dashboard.SortRestarts: func(a, b *berth) int { return cmp.Compare(b.Status.Restarts, a.Status.Restarts) },
	}[by]
	if before != nil {
		less = func(a, b *berth) int { return cmp.Compare(place(a), place(b)) }
	}
	if less != nil {
		slices.SortStableFunc(bots, less)
	}
}

// byUptime puts what is up longest first, and what is down last.
func byUptime(a, b *berth) int {
	up := func(x *berth) bool { return x.Status.State.Alive() && !x.Status.StartedAt.IsZero() }
	switch {
	case up(a) != up(b):
		if up(a) {
			return -1
		}
		return 1
	case !up(a):
		return 0
	}
	return a.Status.StartedAt.Compare(b.Status.StartedAt)
}

// known orders what isn't known behind everything else.
func known[T int64 | float64](p *T) T {
	if p == nil {
		return -1
	}
	return *p
}

func plain(list []*berth) []botcard.Bot {
	out := make([]botcard.Bot, len(list))
	for i, b := range list {
		out[i] = b.Bot
	}
	return out
}

// passes says whether a bot is in the list: all words are in its name, tags or command.
func passes(b *berth, f dashboard.Filter, words []string) bool {
	if f.State != "" && b.Status.State != f.State || f.Type != "" && b.Type != f.Type || f.Group != "" && b.Group != f.Group {
		return false
	}
	for _, t := range f.Tags {
		if !slices.Contains(b.Tags, t) {
			return false
		}
	}
	for _, w := range words {
		if !strings.Contains(b.words, w) {
			return false
		}
	}
	return true
}
