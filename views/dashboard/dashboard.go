// Package dashboard draws the first page: what needs attention, the host, recent events, the bots.
// Each part has an id of its own and is drawn by one function for the page, for polling and for
// live updates.
package dashboard

import (
	"context"
	"math"
	"time"

	"github.com/a-h/templ"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/i18n"
	"github.com/botswain/botswain/views/icon"
	"github.com/botswain/botswain/views/ui"
)

// Ids of the parts that live updates replace.
const (
	AttentionID = "attention"
	TotalsID    = "totals"
	HostID      = "host"
	EventsID    = "events"
	ChipsID     = "bot-chips"
	GridID      = "bots"
)

// Page is everything that the dashboard shows.
type Page struct {
	Filter Filter
	Crew   Crew
	Host   Host
	// Figures is what all bots report together.
	Figures Figures
	Events  Events
	// Sections have the bots that passed the filter, in the order of the page.
	Sections []Section
	// Own is the view that the user chose last; "": none yet.
	Own View
	// Draw draws a bot in the view that is shown; nil: it is drawn anew.
	Draw func(botcard.Bot) templ.Component
	// Rolls are the rolling restarts under way, and those that have just ended.
	Rolls []Roll
	// Examples is offered while there is no bot.
	Examples []Example
	Now      time.Time
}

// Crew counts all bots, filtered or not.
type Crew struct {
	// States has the state of each bot, running ones first, for the bar.
	States []bot.State
	// The counts of bots; those in no group aren't in ByGroup.
	ByState map[bot.State]int
	ByType  map[bot.Type]int
	ByGroup map[string]int
	ByTag   map[string]int
	// Attention has the bots that a person should look at.
	Attention []botcard.Bot
}

// Total is the number of bots.
func (c Crew) Total() int { return len(c.States) }

// Host is the machine; a nil figure isn't available and Missing says why, by field name.
type Host struct {
	Name                string
	Cores               int
	CPU, Load           *float64 // percent of all cores; load of one minute
	MemUsed, MemTotal   *uint64  // bytes
	SwapUsed, SwapTotal *uint64
	DiskUsed, DiskTotal *uint64
	Iface               string
	Sent, Received      *float64 // bytes per second
	Missing             map[string]string
	CPUHistory          []float64
	SentHistory         []float64
	ReceivedHistory     []float64
}

// Events is a short list of what happened last; Away says why it can't be read.
type Events struct {
	List []Event
	Away string
	All  string // the address of all of them; may be empty
}

// Event is one entry of the list.
type Event struct {
	ID   int64
	Tone ui.Tone
	Icon icon.Name
	// Subject is in bold before Text; may be empty.
	Subject string
	Href    string // the page of the subject; "": it has none
	Text    string
	Detail  string
	By      string // who did it, where Text and Detail don't say so
	At      time.Time
}

// detail is what stands below the text: "Secret TOKEN was set, by admin".
func (x Event) detail(ctx context.Context) string {
	switch said := i18n.Say(ctx, x.Detail); {
	case x.By == "":
		return said
	case said == "":
		return i18n.T(ctx, "board.by", x.By)
	default:
		return i18n.T(ctx, "board.detail-by", said, x.By)
	}
}

// Example is a bot that a new installation can add.
type Example struct {
	Key, Name, Text string
}

// stateChips lists the states that get a chip: those that some bot is in, and the chosen one.
func (p Page) stateChips() []bot.State {
	var list []bot.State
	for _, s := range stateOrder() {
		if p.Crew.ByState[s] > 0 || p.Filter.State == s {
			list = append(list, s)
		}
	}
	return list
}

func (p Page) typeChips() []bot.Type {
	var list []bot.Type
	for _, t := range bot.Types() {
		if p.Crew.ByType[t] > 0 || p.Filter.Type == t {
			list = append(list, t)
		}
	}
	return list
}

func typeWord(t bot.Type) string {
	switch t {
	case bot.TelegramBot:
		return "Telegram"
	case bot.TelegramUserbot:
		return "Telegram account"
	case bot.DiscordBot:
		return "Discord"
	}
	return "Other"
}

// attention says why a bot is in the attention strip, after its name.
func attention(s bot.Status) string {
	switch s.State {
	case bot.Crashed:
		if s.LastExit != nil && s.LastExit.Cause != nil {
			return "crashed: " + s.LastExit.Cause.Title
		}
		if s.LastExit != nil && s.LastExit.Reason != "" {
			return "crashed: " + s.LastExit.Reason
		}
		return "crashed"
	case bot.Unresponsive:
		return "doesn't answer"
	}
	if s.CrashLoop > 0 {
		return "is up for now: " + botcard.LoopWords(s.CrashLoop)
	}
	return "restarts soon"
}

// looping says whether a bot is in the strip only because it crashes again and again: its state of
// the moment says that all is well.
func looping(s bot.Status) bool {
	return s.CrashLoop > 0 && s.State != bot.Crashed && s.State != bot.Waiting && s.State != bot.Unresponsive
}

func attentionTone(s bot.Status) ui.Tone {
	if looping(s) {
		return ui.Warn
	}
	return ui.ToneOf(s.State)
}

func attentionIcon(s bot.Status) icon.Name {
	if looping(s) {
		return icon.TriangleAlert
	}
	return ui.StateIcon(s.State)
}

// share is used of total, or -1 when one isn't known.
func share(used, total *uint64) float64 {
	if used == nil || total == nil || *total == 0 {
		return -1
	}
	return float64(*used) / float64(*total)
}

// tone colours a share that is getting scarce.
func tone(share float64) string {
	switch {
	case share >= 0.9:
		return "text-error"
	case share >= 0.75:
		return "text-warning"
	}
	return "text-primary"
}

// peak is the largest known value of several histories, at least low: two lines in one picture must
// share a scale.
func peak(low float64, histories ...[]float64) float64 {
	for _, h := range histories {
		for _, v := range h {
			if !math.IsNaN(v) {
				low = math.Max(low, v)
			}
		}
	}
	return low
}

func (h Host) why(field string) string {
	if text := h.Missing[field]; text != "" {
		return text
	}
	return "Not measured yet."
}
