// Package botpage draws the pages of one bot: the shell around them, the overview, the log, runs and crashes. Each part has an id
// of its own and is drawn by one function for the page, for polling and for live updates.
package botpage

import (
	"fmt"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/views/botcard"
	"github.com/botswain/botswain/views/charts"
	"github.com/botswain/botswain/views/dashboard"
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
	Bot      botcard.Bot
	Runs     Runs
	Events   dashboard.Events
	Log      logview.Viewer
	Platform Platform
	Reported Reported
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

func causeWord(r Run) string {
	by := ""
	if r.Actor != "" {
		by = " by " + r.Actor
	}
	switch r.Cause {
	case "manual":
		return "Started" + by
	case "autostart":
		return "Autostart"
	case "restart":
		return "Restarted" + by
	case "crash":
		return "After a crash"
	case "resume":
		return "Botswain restarted"
	case "reboot":
		return "Machine restarted"
	case "upgrade":
		return "Botswain upgraded"
	case "oom":
		return "After it ran out of memory"
	case "schedule":
		return "By its schedule"
	case "memory":
		return "Too much memory"
	case "health":
		return "It did not answer"
	case "dependency":
		return "With a bot it needs"
	}
	return r.Cause
}

func exitWords(e bot.Exit) string {
	switch {
	case e.Reason != "":
		return e.Reason
	case e.Signal != "":
		return e.Signal
	case e.Code != nil:
		return fmt.Sprintf("exit code %d", *e.Code)
	}
	return "not known"
}

func policyWords(b bot.Bot) string {
	r := b.Restart
	switch r.Policy {
	case bot.Never:
		return "Never restarts"
	case bot.OnFailure:
		return "On failure" + giveUp(r)
	}
	return "Always" + giveUp(r)
}

func giveUp(r bot.RestartPolicy) string {
	s := fmt.Sprintf(", after %s to %s", ui.Span(r.InitialDelay), ui.Span(r.MaxDelay))
	switch {
	case r.MaxDelay == 0:
		s = ", at once"
	case r.InitialDelay == 0:
		s = fmt.Sprintf(", at once, then after up to %s", ui.Span(r.MaxDelay))
	}
	if r.GiveUpAfter > 0 {
		s = fmt.Sprintf("%s, gives up after %d", s, r.GiveUpAfter)
	}
	return s
}

func stopWords(s bot.StopPolicy) string {
	if s.Timeout == 0 {
		return "Killed at once"
	}
	return fmt.Sprintf("%s, killed after %s", s.Signal, ui.Span(s.Timeout))
}
