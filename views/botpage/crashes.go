package botpage

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/charts"
	"github.com/botswain/botswain/views/i18n"
)

// Ids of the parts of the pages of crashes that live updates replace.
const (
	AllCrashesID = "all-crashes"
	CrashNextID  = "crash-next"
	CrashLinesID = "crash-lines"
)

// CrashesTab is the tab with abnormal ends, by what they have in common.
type CrashesTab struct {
	Bot    botcard.Bot
	Groups []CrashGroup
	// Ends is set when one group is looked at: its ends, newest first; More says that there are older ones.
	Ends   []Run
	Key    string
	Before int
	More   bool
	Away   string
	Now    time.Time
}

// CrashGroup is abnormal ends with something in common.
type CrashGroup struct {
	Key             string
	Times           int
	FirstAt, LastAt time.Time
	Newest          Run
	// Lines are the last ones of the newest.
	Lines []KeptLine
}

func (t CrashesTab) total() int {
	n := 0
	for _, g := range t.Groups {
		n += g.Times
	}
	return n
}

// Address is where the ends of a group are, from a place on; with an empty key, all groups.
func (t CrashesTab) Address(key string, before int) string {
	return groupPath(t.Bot.ID, key, before)
}

func groupPath(id bot.ID, key string, before int) string {
	q := url.Values{}
	if key != "" {
		q.Set("group", key)
	}
	if before > 0 {
		q.Set("before", strconv.Itoa(before))
	}
	if len(q) == 0 {
		return Path(id, botcard.OnCrashes)
	}
	return Path(id, botcard.OnCrashes) + "?" + q.Encode()
}

func (t CrashesTab) older() string { return t.Address(t.Key, t.Ends[len(t.Ends)-1].Number) }

// summary says how many crashes there are.
func (t CrashesTab) summary(ctx context.Context) string {
	kinds, all := len(t.Groups), t.total()
	switch {
	case all == 1:
		return i18n.T(ctx, "bot.one-crash")
	case kinds == 1:
		return i18n.T(ctx, "bot.crashes-alike", i18n.Count(ctx, int64(all)))
	}
	return i18n.T(ctx, "bot.crashes-reasons", i18n.Count(ctx, int64(all)), i18n.Count(ctx, int64(kinds)))
}

// times says how often, and since when: "12 times since Tuesday".
func (g CrashGroup) times(ctx context.Context, now time.Time) string {
	if g.Times == 1 {
		return i18n.T(ctx, "bot.once", moment(ctx, g.FirstAt, now))
	}
	return i18n.T(ctx, "bot.times-since", i18n.Count(ctx, int64(g.Times)), moment(ctx, g.FirstAt, now))
}

// moment names a time as people do, in the zone of the server.
func moment(ctx context.Context, t, now time.Time) string { return i18n.Lately(ctx, t.Local(), now) }

// CrashPage is the page of one abnormal end.
type CrashPage struct {
	Bot   botcard.Bot
	Run   Run
	Group CrashGroup // all with the same in common, this one too
	// Earlier are those before it, newest first.
	Earlier []Run
	// Days is how many there were on each of the last days, oldest first; the last one is today.
	Days []Day
	// Lines are what is kept; Pending says that more may come.
	Lines   []KeptLine
	Pending bool
	// Charts has its memory before the end.
	Charts charts.Set
	Gone   bool // it is so old that its lines aren't kept any more
	Zone   string
	// Limit is the memory limit of the present settings, in bytes; 0: none.
	Limit int64
	Now   time.Time
}

// Day is how many there were on a day.
type Day struct {
	Day   time.Time
	Times int
}

func (p CrashPage) title(ctx context.Context) string { return p.Run.Title(ctx) }

func (p CrashPage) newest() bool { return p.Run.Number == p.Group.Newest.Number }

func (p CrashPage) lines(ctx context.Context) string {
	n := 0
	for _, l := range p.Lines {
		if l.Level != "system" && l.Level != "input" {
			n++
		}
	}
	if n == 1 {
		return i18n.T(ctx, "bot.the-last-line")
	}
	return i18n.T(ctx, "bot.last-n-lines", n)
}

// bars are the rectangles of the chart of days, in a box of 100 for each day and 100 high.
func bars(days []Day) (top int, heights []int) {
	top = 1
	for _, d := range days {
		top = max(top, d.Times)
	}
	for _, d := range days {
		heights = append(heights, d.Times*100/top)
	}
	return top, heights
}

func often(ctx context.Context, days []Day) string {
	n := 0
	for _, d := range days {
		n += d.Times
	}
	return i18n.T(ctx, "bot.often", n, len(days))
}

// exitDetail says an exit's code or signal, where its words say something else.
func exitDetail(ctx context.Context, e bot.Exit) string {
	switch {
	case e.Signal != "" && e.Reason != "killed by "+e.Signal:
		return i18n.T(ctx, "bot.ended-by", e.Signal)
	case e.Code != nil && e.Reason != fmt.Sprintf("exit code %d", *e.Code):
		return i18n.T(ctx, "bot.exit-code", *e.Code)
	}
	return ""
}
