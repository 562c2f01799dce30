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
	"github.com/botswain/botswain/views/icon"
)

// Ids of the parts of the pages of runs that live updates replace.
const (
	AllRunsID   = "all-runs"
	RunFactsID  = "run-facts"
	RunOutputID = "run-output"
)

// Run is one recorded start of a bot.
type Run struct {
	ID     bot.RunID
	Bot    bot.ID
	Number int
	Cause  string
	Actor  string
	// PreviousEnd is why the run before ended; "" when there was none, or nobody knows.
	PreviousEnd string
	PID         int
	StartedAt   time.Time
	RunningAt   *time.Time // when it counted as up
	EndedAt     *time.Time
	Exit        *bot.Exit
	Outcome     bot.Outcome // "" while it goes on
	// State is the bot's present one, for the run that still lives.
	State bot.State
	// PeakRSS is in bytes, PeakCPU in percent of one core; nil: not measured.
	PeakRSS *int64
	PeakCPU *float64
	// Version is that of the definition; Changed says that the run before had another one.
	Version int
	Changed bool
	// Headline is what it said last of why it ended abnormally; may be "".
	Headline string
}

// Path is the address of the run's page.
func (r Run) Path() string { return RunPath(r.Bot, r.ID) }

// RunPath is the address of a run's page.
func RunPath(id bot.ID, run bot.RunID) string {
	return Path(id, botcard.OnRuns) + "/" + run.String()
}

// CrashPath is the address of the page of an abnormal end.
func CrashPath(id bot.ID, run bot.RunID) string {
	return Path(id, botcard.OnCrashes) + "/" + run.String()
}

// LogPath is the address of a line in the bot's log.
func LogPath(id bot.ID, seq int64) string {
	return fmt.Sprintf("%s?line=%d#line", Path(id, botcard.OnLogs), seq)
}

// Title says why an abnormal end came, in a few words.
func (r Run) Title(ctx context.Context) string {
	switch {
	case r.Exit != nil && r.Exit.Cause != nil:
		return i18n.Say(ctx, r.Exit.Cause.Title)
	case r.Headline != "":
		return r.Headline
	case r.Exit != nil:
		return first(sentence(i18n.Say(ctx, r.Exit.Reason)), i18n.T(ctx, "bot.nobody-knows"))
	}
	return i18n.T(ctx, "bot.goes-on")
}

// Lasted is how long it went on; 0 while it does.
func (r Run) Lasted() time.Duration {
	if r.EndedAt == nil {
		return 0
	}
	return max(0, r.EndedAt.Sub(r.StartedAt))
}

func (r Run) number() string { return "#" + strconv.Itoa(r.Number) }

func (r Run) rss(ctx context.Context) string {
	if r.PeakRSS == nil {
		return ""
	}
	return i18n.Bytes(ctx, *r.PeakRSS)
}

func (r Run) cpu(ctx context.Context) string {
	if r.PeakCPU == nil {
		return ""
	}
	return i18n.Percent(ctx, *r.PeakCPU/100)
}

// RunsTab is the tab with all runs.
type RunsTab struct {
	Bot    botcard.Bot
	Filter bot.Outcome // "": all
	Before int         // only runs with a smaller number; 0: from the newest
	Counts map[bot.Outcome]int
	List   []Run
	More   bool // there are older ones
	Away   string
	Now    time.Time
}

func (t RunsTab) total() int {
	n := 0
	for _, c := range t.Counts {
		n += c
	}
	return n
}

// Address is where the tab is with a filter and a place to begin at.
func (t RunsTab) Address(o bot.Outcome, before int) string {
	q := url.Values{}
	if o != "" {
		q.Set("outcome", string(o))
	}
	if before > 0 {
		q.Set("before", strconv.Itoa(before))
	}
	if len(q) == 0 {
		return Path(t.Bot.ID, botcard.OnRuns)
	}
	return Path(t.Bot.ID, botcard.OnRuns) + "?" + q.Encode()
}

func (t RunsTab) older() string { return t.Address(t.Filter, t.List[len(t.List)-1].Number) }

// outcomeKey names the word for an outcome.
func outcomeKey(o bot.Outcome) i18n.Key {
	switch o {
	case bot.EndStopped:
		return "bot.outcome-stopped"
	case bot.EndRestarted:
		return "bot.outcome-restarted"
	case bot.EndExited:
		return "bot.outcome-exited"
	case bot.EndCrashed:
		return "bot.outcome-crashed"
	case bot.EndUnseen:
		return "bot.outcome-unseen"
	case bot.EndInterrupted:
		return "bot.outcome-interrupted"
	}
	return "bot.outcome-running"
}

// outcomeLook is the colour and the picture of an outcome.
func outcomeLook(o bot.Outcome) (state string, n icon.Name) {
	switch o {
	case bot.EndCrashed:
		return "crashed", icon.OctagonX
	case bot.EndUnseen:
		return "warn", icon.EyeOff
	case bot.EndRestarted:
		return "stopped", icon.RotateCw
	case bot.EndExited:
		return "stopped", icon.CircleCheck
	case bot.EndInterrupted:
		return "stopped", icon.Power
	}
	return "stopped", icon.CircleStop
}

// RunPage is the page of one run.
type RunPage struct {
	Bot    botcard.Bot
	Run    Run
	Output Output
	Charts charts.Set
	Now    time.Time
}

// Output is some lines of a run.
type Output struct {
	Run   Run
	Lines []KeptLine
	// Older and Newer are the seqs to read on from; 0: there is nothing.
	Older, Newer int64
	// Live says that it is the end of a run that goes on.
	Live bool
	Away string
	Zone string
}

// KeptLine is a line of output outside of the log viewer.
type KeptLine struct {
	Seq   int64
	At    time.Time
	Level string // a data-level of the css
	Word  string
	Text  string // may hold ANSI escapes
	Cut   bool
}

func sentence(s string) string {
	if s != "" && s[0] >= 'a' && s[0] <= 'z' {
		return string(s[0]-'a'+'A') + s[1:]
	}
	return s
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// exact is a moment for a tooltip.
func exact(ctx context.Context, t time.Time) string { return i18n.Exact(ctx, t.Local()) }

// day is a moment in a table; the year only where it isn't this one.
func day(ctx context.Context, t, now time.Time) string {
	if t.Local().Year() != now.Local().Year() {
		return i18n.DateClock(ctx, t.Local())
	}
	return i18n.DaySeconds(ctx, t.Local())
}
