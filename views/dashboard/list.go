package dashboard

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/i18n"
	"github.com/botswain/botswain/views/ui"
)

// Section is a part of the list with a heading of its own.
type Section struct {
	// Key names it among the sections of a page: PinnedKey, or the group, tag, type or state. It is ""
	// for bots that have none, and for the only section of a list without groups.
	Key string
	// Grouping says what Key is; Ungrouped in a list without groups.
	Grouping Grouping
	Bots     []botcard.Bot
}

// PinnedKey is the Key of the section of pinned bots; no group, tag, type or state is called that.
const PinnedKey = "*pinned"

// title names the section; "": it has no heading.
func (s Section) title(ctx context.Context, p Page) string {
	switch {
	case s.Key == PinnedKey:
		return i18n.T(ctx, "board.pinned")
	case s.Grouping == Ungrouped && len(p.Sections) > 1:
		return i18n.T(ctx, "board.other-bots")
	case s.Grouping == Ungrouped:
		return ""
	case s.Key == "" && s.Grouping == ByGroup:
		return i18n.T(ctx, "board.in-no-group")
	case s.Key == "":
		return i18n.T(ctx, "board.without-a-tag")
	case s.Grouping == ByType:
		return i18n.Say(ctx, typeWord(bot.Type(s.Key)))
	case s.Grouping == ByState:
		return i18n.T(ctx, ui.StateKey(bot.State(s.Key)))
	case s.Grouping == ByTag:
		return "#" + s.Key
	}
	return s.Key
}

// link is the list of this section alone; "": there is none.
func (s Section) link(f Filter) string {
	if s.Key == "" || s.Key == PinnedKey || s.Grouping == Ungrouped {
		return ""
	}
	return f.only(s.Grouping, s.Key).URL()
}

// states counts the section's bots by state, in the order of the chips.
func (s Section) states() []stateCount {
	n := map[bot.State]int{}
	for _, b := range s.Bots {
		n[b.Status.State]++
	}
	var out []stateCount
	for _, st := range stateOrder() {
		if n[st] > 0 {
			out = append(out, stateCount{st, n[st]})
		}
	}
	return out
}

type stateCount struct {
	state bot.State
	n     int
}

// ids lists the section's bots for scripts.
func (s Section) ids() string {
	var out strings.Builder
	for i, b := range s.Bots {
		if i > 0 {
			out.WriteByte(' ')
		}
		out.WriteString(b.ID.String())
	}
	return out.String()
}

// shown counts the bots of the list.
func (p Page) shown() int {
	n := 0
	for _, s := range p.Sections {
		n += len(s.Bots)
	}
	return n
}

// item draws a bot in the list's view.
func (p Page) item(b botcard.Bot) templ.Component {
	switch {
	case p.Draw != nil:
		return p.Draw(b)
	case p.View() == Table:
		return botcard.Row(b)
	}
	return botcard.Card(b)
}

// View is the view that is shown.
func (p Page) View() View { return cmp.Or(p.Filter.View, p.Own, Cards) }

// shownTags are the tags with a chip of their own: the chosen ones and the most used; the others are
// in a menu.
func (p Page) shownTags() (chips, others []string) {
	all := slices.SortedFunc(maps.Keys(p.Crew.ByTag), func(a, b string) int {
		return cmp.Or(cmp.Compare(p.Crew.ByTag[b], p.Crew.ByTag[a]), cmp.Compare(a, b))
	})
	for _, t := range p.Filter.Tags {
		if p.Crew.ByTag[t] == 0 {
			all = append(all, t)
		}
	}
	for i, t := range all {
		if i < tagChips || slices.Contains(p.Filter.Tags, t) {
			chips = append(chips, t)
		} else {
			others = append(others, t)
		}
	}
	slices.Sort(others)
	return chips, others
}

// tagChips is how many tags have a chip of their own.
const tagChips = 6

func stateOrder() []bot.State {
	return []bot.State{bot.Running, bot.Crashed, bot.Unresponsive, bot.Waiting, bot.Starting, bot.Stopping, bot.Exited, bot.Stopped}
}

func boolWord(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

// direction is aria-sort's word.
func (s Sort) direction() string {
	switch s {
	case SortName, SortAttention:
		return "ascending"
	}
	return "descending"
}

// piece is a part of the bar of states, in units of a thousandth of its width.
type piece struct {
	state    bot.State
	at, wide string
}

// bar divides the bar of states.
func (c Crew) bar() []piece {
	const wide, gap, few = 1000.0, 14.0, 24
	if len(c.States) == 0 {
		return nil
	}
	runs := []stateCount{}
	for _, s := range c.States {
		if n := len(runs); n > 0 && runs[n-1].state == s && len(c.States) > few {
			runs[n-1].n++
		} else {
			runs = append(runs, stateCount{s, 1})
		}
	}
	room := wide - gap*float64(len(runs)-1)
	var out []piece
	at := 0.0
	for _, r := range runs {
		w := room * float64(r.n) / float64(len(c.States))
		out = append(out, piece{r.state, fmt.Sprintf("%.0f", at), fmt.Sprintf("%.0f", math.Max(w, 6))})
		at += w + gap
	}
	return out
}
