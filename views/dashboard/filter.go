package dashboard

import (
	"net/url"
	"slices"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/views/i18n"
)

// Filter is what the visitor wants to see, and how: all of it is in the page's address. Zero values
// mean all bots, attention first, without groups, in the view that the user chose last.
type Filter struct {
	Search  string
	State   bot.State
	Type    bot.Type
	Group   string
	Tags    []string // sorted; a bot has to have all of them
	Grouped Grouping
	Sort    Sort
	View    View // "": the user's own
}

// View is how bots are listed.
type View string

// The views.
const (
	Cards View = "cards"
	Table View = "table"
)

// Grouping is by what the list is divided.
type Grouping string

// The groupings. A bot is listed under the first of its tags.
const (
	Ungrouped Grouping = ""
	ByGroup   Grouping = "group"
	ByTag     Grouping = "tag"
	ByType    Grouping = "type"
	ByState   Grouping = "state"
)

// Groupings lists them as they are offered.
func Groupings() []Grouping { return []Grouping{Ungrouped, ByGroup, ByTag, ByType, ByState} }

func (g Grouping) words() i18n.Key {
	switch g {
	case ByGroup:
		return "board.by-group"
	case ByTag:
		return "board.by-tag"
	case ByType:
		return "board.by-type"
	case ByState:
		return "board.by-state"
	}
	return "board.no-groups"
}

// Sort is the order of the list.
type Sort string

// The orders: what is largest comes first in SortCPU, SortMemory and SortRestarts, what is up longest
// in SortUptime.
const (
	SortAttention Sort = ""
	SortName      Sort = "name"
	SortCPU       Sort = "cpu"
	SortMemory    Sort = "memory"
	SortUptime    Sort = "uptime"
	SortRestarts  Sort = "restarts"
)

// Sorts lists them as they are offered.
func Sorts() []Sort {
	return []Sort{SortAttention, SortName, SortCPU, SortMemory, SortUptime, SortRestarts}
}

func (s Sort) words() i18n.Key {
	switch s {
	case SortName:
		return "board.sort-name"
	case SortCPU:
		return "board.sort-cpu"
	case SortMemory:
		return "board.sort-memory"
	case SortUptime:
		return "board.sort-uptime"
	case SortRestarts:
		return "board.sort-restarts"
	}
	return "board.sort-attention"
}

// Any says whether something is filtered out.
func (f Filter) Any() bool {
	return f.Search != "" || f.State != "" || f.Type != "" || f.Group != "" || len(f.Tags) > 0
}

// Query writes the filter as the page's query string, without a question mark; "" when all of it has
// its zero value.
func (f Filter) Query() string {
	q := url.Values{}
	for name, v := range map[string]string{
		"q": f.Search, "state": string(f.State), "type": string(f.Type), "group": f.Group,
		"by": string(f.Grouped), "sort": string(f.Sort), "view": string(f.View),
	} {
		if v != "" {
			q.Set(name, v)
		}
	}
	if len(f.Tags) > 0 {
		q["tag"] = f.Tags
	}
	return q.Encode()
}

// URL is the dashboard with this filter.
func (f Filter) URL() string {
	if q := f.Query(); q != "" {
		return "/?" + q
	}
	return "/"
}

// cleared is the same list with nothing filtered out.
func (f Filter) cleared() Filter { return Filter{Grouped: f.Grouped, Sort: f.Sort, View: f.View} }

func (f Filter) sorted(s Sort) Filter { f.Sort = s; return f }
func (f Filter) viewed(v View) Filter { f.View = v; return f }

// Only is the filter with what a section of the list stands for, and without grouping.
func (f Filter) only(g Grouping, key string) Filter {
	f.Grouped = Ungrouped
	switch g {
	case ByGroup:
		f.Group = key
	case ByTag:
		if !slices.Contains(f.Tags, key) {
			f.Tags = append(slices.Clone(f.Tags), key)
			slices.Sort(f.Tags)
		}
	case ByType:
		f.Type = bot.Type(key)
	case ByState:
		f.State = bot.State(key)
	}
	return f
}
