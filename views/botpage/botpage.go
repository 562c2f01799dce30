// Package botpage draws the pages of one bot: the shell around them, the overview, the log, runs and crashes. Each part has an id
// of its own and is drawn by one function for the page, for polling and for live updates.
package botpage

import (
	"context"
	"strings"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/charts"
	"github.com/botswain/botswain/views/dashboard"
	"github.com/botswain/botswain/views/i18n"
	"github.com/botswain/botswain/views/logview"
	"github.com/botswain/botswain/views/ui"
)

// Ids of the parts that live updates replace.
const (
	HeadID    = "bot-head"
	NoticesID = "bot-notices"
	FactsID   = "bot-facts"
	ProcessID = "bot-process"
	RunsID    = "bot-runs"
	// ReportedID is there without anything in it as long as nothing is reported.
	ReportedID = "bot-reported"
	// ReportedHoursID and ReportedTableID are the chart of it and its table.
	ReportedHoursID = "bot-hours"
	ReportedTableID = "bot-hours-table"
)

// Overview is the first tab of a bot's page.
type Overview struct {
	Bot botcard.Bot
	// Installable: there is something in the bot's directory that can be installed now.
	Installable bool
	Runs        Runs
	Events      dashboard.Events
	Log         logview.Viewer
	Platform    Platform
	Reported    Reported
	// Charts, Newest and Uptime are what is drawn over time.
	Charts charts.Set
	Newest charts.Newest
	Uptime ui.UptimeProps
}

// Logs is the tab that the log fills.
type Logs struct {
	Bot botcard.Bot
	Log logview.Viewer
}

// Runs is the table of recorded starts, newest first; Away says why it can't be read.
type Runs struct {
	Bot  bot.ID
	List []Run
	Away string
	Now  time.Time
}

// causeWord says why a run began: "Restarted by admin".
func causeWord(ctx context.Context, r Run) string {
	switch r.Cause {
	case "manual":
		if r.Actor != "" {
			return i18n.T(ctx, "bot.began-started-by", r.Actor)
		}
		return i18n.T(ctx, "bot.began-started")
	case "restart":
		if r.Actor != "" {
			return i18n.T(ctx, "bot.began-restarted-by", r.Actor)
		}
		return i18n.T(ctx, "bot.began-restarted")
	}
	key := map[string]i18n.Key{
		"autostart": "bot.began-autostart", "crash": "bot.began-crash", "resume": "bot.began-resume", "reboot": "bot.began-reboot",
		"oom": "bot.began-oom", "schedule": "bot.began-schedule", "memory": "bot.began-memory", "health": "bot.began-health",
	}[r.Cause]
	if key == "" {
		return r.Cause
	}
	return i18n.T(ctx, key)
}

// exitWords says how a run ended. Reasons come from the supervisor.
func exitWords(ctx context.Context, e bot.Exit) string {
	switch {
	case e.Reason != "":
		return i18n.Say(ctx, e.Reason)
	case e.Signal != "":
		return e.Signal
	case e.Code != nil:
		return i18n.T(ctx, "bot.exit-code", *e.Code)
	}
	return i18n.T(ctx, "bot.not-known")
}

func policyWords(ctx context.Context, b bot.Bot) string {
	r := b.Restart
	words := i18n.T(ctx, "bot.policy-always")
	switch r.Policy {
	case bot.Never:
		return i18n.T(ctx, "bot.policy-never")
	case bot.OnFailure:
		words = i18n.T(ctx, "bot.policy-on-failure")
	}
	switch {
	case r.MaxDelay == 0:
		words = i18n.T(ctx, "bot.policy-at-once", words)
	case r.InitialDelay == 0:
		words = i18n.T(ctx, "bot.policy-at-once-then", words, i18n.Span(ctx, r.MaxDelay))
	default:
		words = i18n.T(ctx, "bot.policy-after", words, i18n.Span(ctx, r.InitialDelay), i18n.Span(ctx, r.MaxDelay))
	}
	if r.GiveUpAfter > 0 {
		return i18n.T(ctx, "bot.policy-gives-up", words, i18n.Count(ctx, int64(r.GiveUpAfter)))
	}
	return words
}

// containment says what keeps processes together, and which limits hold: "cgroup v2 (memory, CPU)".
func containment(ctx context.Context, words string) string {
	mechanism, limits, _ := strings.Cut(strings.TrimSuffix(words, ")"), " (")
	if limits == "" {
		return i18n.Say(ctx, mechanism)
	}
	list := strings.Split(limits, ", ")
	for i := range list {
		list[i] = i18n.Say(ctx, list[i])
	}
	return i18n.T(ctx, "bot.containment-limits", i18n.Say(ctx, mechanism), strings.Join(list, ", "))
}

func stopWords(ctx context.Context, s bot.StopPolicy) string {
	if s.Timeout == 0 {
		return i18n.T(ctx, "bot.killed-at-once")
	}
	return i18n.T(ctx, "bot.killed-after", s.Signal, i18n.Span(ctx, s.Timeout))
}
