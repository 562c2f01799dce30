package dashboard

import (
	"context"
	"fmt"
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

func (r Roll) title() string {
	of := "all bots"
	if r.Group != "" {
		of = r.Group
	}
	if r.Ended {
		return "Rolling restart of " + of + " has ended"
	}
	return "Rolling restart of " + of
}

func (r Roll) words() string {
	switch {
	case !r.Ended && r.Ending:
		return "Ends after " + r.Current
	case !r.Ended:
		return fmt.Sprintf("%d of %d: restarting %s", r.Done+1, r.Total, r.Current)
	}
	s := ui.Plural(r.Restarted, "bot was", "bots were") + " restarted"
	if r.Left > 0 {
		s += ", " + ui.Count(int64(r.Left)) + " left as they are"
	}
	if r.Failed != "" {
		s += ". It stopped at " + r.Failed + ": " + r.Why
	}
	return s
}

// pauses are what can be waited between two bots.
func pauses() []ui.Option {
	return []ui.Option{{Value: "0s", Label: "none"}, {Value: "5s", Label: "5 seconds"}, {Value: "30s", Label: "30 seconds"}, {Value: "1m", Label: "1 minute"}, {Value: "5m", Label: "5 minutes"}}
}
