// Package botcard draws one bot: its card, and the parts that the bot's own page shares with it
// (actions, figures, the note that says why). Each is drawn by the same function for the page, for
// polling and for live updates.
package botcard

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/views/i18n"
	"github.com/botswain/botswain/views/icon"
	"github.com/botswain/botswain/views/ui"
)

// Bot is what is shown of one bot.
type Bot struct {
	bot.Bot
	Status bot.Status
	Usage  Usage
	// Account is who its platform says it is; zero when that isn't known.
	Account Account
	// Boot says which start of Botswain the revisions belong to, as Unix seconds: they begin anew
	// with each.
	Boot int64
	// Containment says what keeps its processes together; "" when nobody knows. Unheld has, for each
	// limit that isn't enforced here, why.
	Containment, Unheld string
	Now                 time.Time
}

// Account is a bot's account on its platform.
type Account struct {
	Name, Handle string // Handle has its "@"
	Picture      string // its address here; "": there is none
	Revision     uint64 // grows with each change
}

// Words name the account: its handle, or else its name.
func (a Account) Words() string { return first(a.Handle, a.Name) }

// Usage is what a bot's process tree uses; nil figures aren't known.
type Usage struct {
	CPU *float64 // percent; 100 is one core
	RSS *int64   // bytes
	// Histories of the last minutes, oldest first; NaN where nothing ran.
	CPUHistory, RSSHistory []float64
	Processes, Threads     int
	OpenFiles              *int
	ReadRate, WriteRate    *float64 // bytes a second, from and to disks
	Revision               uint64
}

// View says where actions were pressed; it decides what their answer contains.
type View string

// The views that have actions: a card, and the tabs of the bot's page.
const (
	OnCard     View = "card"
	OnPage     View = "page" // the overview
	OnLogs     View = "logs"
	OnRuns     View = "runs"
	OnCrashes  View = "crashes"
	OnSettings View = "settings"
	OnSecrets  View = "secrets"
	OnRow      View = "row"
)

func (b Bot) path(rest string) string { return "/bots/" + b.ID.String() + rest }

// Rev orders two drawings of the same bot, also across restarts of Botswain ("BOOT-REVISION"):
// scripts keep the newer one when an answer overtakes a live update.
func (b Bot) Rev() string {
	return strconv.FormatInt(b.Boot, 10) + "-" + strconv.FormatUint(b.Status.Revision, 10)
}

// Stale says whether the definition has changed since the process started.
func (b Bot) Stale() bool {
	return b.Status.State.Alive() && b.Status.RunVersion > 0 && b.Status.RunVersion < b.Version
}

// needsAttention gives the card a coloured border.
func (b Bot) needsAttention() bool {
	switch b.Status.State {
	case bot.Crashed, bot.Unresponsive, bot.Waiting:
		return true
	}
	return false
}

// LoopWords says how bad a crash loop is; n is bot.Status.CrashLoop.
func LoopWords(n int) string { return fmt.Sprintf("%d crashes in 10 minutes", n) }

// shown lists the actions that have a button in view; Kill of a bot that can be stopped is in the
// menu only.
func (b Bot) shown() []bot.Action {
	var list []bot.Action
	for _, a := range b.Status.Actions() {
		if a == bot.Kill && b.Status.State.Allows(bot.Stop) {
			continue
		}
		list = append(list, a)
	}
	return list
}

// canKill says whether Kill is legal but has no button.
func (b Bot) canKill() bool {
	return b.Status.State.Allows(bot.Kill) && b.Status.State.Allows(bot.Stop)
}

// buttonID names a button by what it does now, so that a live update never turns one that was just
// pressed into another.
func (b Bot) buttonID(v View, a bot.Action) string {
	return "do-" + string(v) + "-" + b.ID.String() + "-" + string(a) + "-" + string(b.Status.State)
}

// Cause is why the bot is down or unresponsive, where that is recognised and still matters; nil
// otherwise.
func (b Bot) Cause() *bot.Cause {
	switch b.Status.State {
	case bot.Unresponsive:
		return b.Status.Doubt
	case bot.Crashed, bot.Waiting, bot.Exited:
		if b.Status.LastExit != nil {
			return b.Status.LastExit.Cause
		}
	}
	return nil
}

// note says why the bot is in its state; always something.
func (b Bot) note() (n icon.Name, text string) {
	st := b.Status
	last, cause := "", ""
	if st.LastExit != nil {
		last = sentence(st.LastExit.Reason)
	}
	if c := b.Cause(); c != nil {
		cause, last = c.Title, c.Title
	}
	switch st.State {
	case bot.Crashed:
		return icon.CircleX, first(cause, sentence(st.Reason), last, "It ended and stays down")
	case bot.Waiting:
		if st.CrashLoop > 0 {
			return icon.Skull, LoopWords(st.CrashLoop) + ", the last: " + first(last, sentence(st.Reason))
		}
		return icon.Skull, first(last, sentence(st.Reason), "It ended and will be started again")
	case bot.Unresponsive:
		return icon.HeartPulse, first(sentence(st.Reason), "It runs but doesn't answer")
	case bot.Starting:
		return icon.LoaderCircle, first(sentence(st.Reason), "Started, not counted as running yet")
	case bot.Stopping:
		return icon.Timer, first(sentence(st.Reason), b.Stop.Signal+" sent")
	case bot.Exited:
		return icon.CircleCheck, first(last, sentence(st.Reason), "Ended by itself")
	case bot.Running:
		if st.CrashLoop > 0 {
			return icon.TriangleAlert, LoopWords(st.CrashLoop)
		}
		if st.Reason != "" { // what it says itself
			return icon.CircleCheck, sentence(st.Reason)
		}
		if st.LastExit == nil {
			return icon.CircleCheck, "No crash so far"
		}
		return icon.History, ""
	}
	return icon.CircleStop, first(sentence(st.Reason), last, "Never started")
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// sentence starts a reason with a capital letter.
func sentence(s string) string {
	if s != "" && s[0] >= 'a' && s[0] <= 'z' {
		return string(s[0]-'a'+'A') + s[1:]
	}
	return s
}

// cpu writes percent of one core: "6.8%"; "off" when nothing runs.
func (b Bot) cpu(ctx context.Context) string {
	switch {
	case !b.Status.State.Alive():
		return i18n.T(ctx, "card.off")
	case b.Usage.CPU == nil:
		return "–"
	}
	return i18n.Percent(ctx, *b.Usage.CPU/100)
}

func (b Bot) memory(ctx context.Context) string {
	switch {
	case !b.Status.State.Alive():
		return i18n.T(ctx, "card.off")
	case b.Usage.RSS == nil:
		return "–"
	}
	return i18n.Bytes(ctx, *b.Usage.RSS)
}

// Thin makes at most n points of values by taking the largest of each group, so that peaks stay.
func Thin(values []float64, n int) []float64 {
	if len(values) <= n {
		return values
	}
	size := (len(values) + n - 1) / n
	// Groups are counted from the end, so that the newest point is always a whole group.
	var out []float64
	for to := len(values); to > 0; to -= size {
		top := math.NaN()
		for _, v := range values[max(0, to-size):to] {
			if !math.IsNaN(v) && !(v <= top) {
				top = v
			}
		}
		out = append(out, top)
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}

// lower is the word for a state inside a sentence.
func lower(ctx context.Context, s bot.State) string {
	return strings.ToLower(i18n.T(ctx, ui.StateKey(s)))
}
