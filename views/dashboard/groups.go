package dashboard

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/views/i18n"
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
func (p Page) manyWords(ctx context.Context) string {
	n := p.many()
	if p.Filter.Group != "" {
		return i18n.T(ctx, "board.many-of", n, p.Filter.Group)
	}
	if n == 1 {
		return i18n.T(ctx, "board.many-one")
	}
	return i18n.T(ctx, "board.many-all", n)
}

func (p Page) manyURL(a bot.Action) string {
	q := url.Values{"action": {string(a)}}
	if p.Filter.Group != "" {
		q.Set("group", p.Filter.Group)
	} else {
		q.Set("which", "all")
	}
	return "/bots/actions?" + q.Encode()
}

func (p Page) rollURL() string {
	if p.Filter.Group != "" {
		return "/bots/rolls?" + url.Values{"group": {p.Filter.Group}}.Encode()
	}
	return "/bots/rolls"
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// Roll is a rolling restart of a group, or of all bots.
type Roll struct {
	ID      string
	Group   string // "": all bots
	Total   int
	Done    int    // how many bots it is through with
	Current string // the bot that is being restarted
	Ending  bool   // somebody has asked it to end
	Ended   bool
	// Of one that has ended: how many were restarted, how many were left because they weren't up, and
	// the first one that failed, with the reason.
	Restarted, Left int
	Failed, Why     string
}

func (r Roll) tone() ui.Tone {
	switch {
	case !r.Ended:
		return ui.Info
	case r.Failed != "":
		return ui.Error
	}
	return ui.OK
}

func (r Roll) title(ctx context.Context) string {
	switch {
	case r.Group == "" && r.Ended:
		return i18n.T(ctx, "board.roll-all-ended")
	case r.Group == "":
		return i18n.T(ctx, "board.roll-all")
	case r.Ended:
		return i18n.T(ctx, "board.roll-group-ended", r.Group)
	}
	return i18n.T(ctx, "board.roll-group", r.Group)
}

func (r Roll) words(ctx context.Context) string {
	switch {
	case !r.Ended && r.Ending:
		return i18n.T(ctx, "board.roll-ends", r.Current)
	case !r.Ended:
		return i18n.T(ctx, "board.roll-at", i18n.Count(ctx, int64(r.Done+1)), i18n.Count(ctx, int64(r.Total)), r.Current)
	}
	s := i18n.T(ctx, "board.rolled", r.Restarted)
	if r.Left > 0 {
		s = i18n.T(ctx, "board.rolled-left", r.Left, s)
	}
	if r.Failed != "" {
		s = i18n.T(ctx, "board.roll-stopped", s, r.Failed, i18n.Say(ctx, r.Why))
	}
	return s
}

// pauses are what can be waited between two bots.
func pauses(ctx context.Context) []ui.Option {
	seconds := func(n int) string { return i18n.T(ctx, "board.pause-seconds", n) }
	minutes := func(n int) string { return i18n.T(ctx, "board.pause-minutes", n) }
	return []ui.Option{
		{Value: "0s", Label: i18n.T(ctx, "board.pause-none")}, {Value: "5s", Label: seconds(5)}, {Value: "30s", Label: seconds(30)},
		{Value: "1m", Label: minutes(1)}, {Value: "5m", Label: minutes(5)},
	}
}
