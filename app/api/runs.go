package api

import (
	"context"
	"net/http"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
)

const (
	listLimit    = 50
	maxListLimit = 200
)

// Run is one recorded start of a bot.
type Run struct {
	ID          string     `json:"id" format:"uuid"`
	Number      int        `json:"number" doc:"1, 2, 3 … for each bot." example:"7"`
	Cause       string     `json:"cause" enum:"manual,autostart,restart,crash,oom,resume,reboot,schedule,memory,health" doc:"Why it was started: by a person, at Botswain's start, by a person's restart, after a failure, after it ran out of memory, because Botswain or the machine was restarted, by its schedule, because of its soft memory limit, or because it did not answer." example:"manual"`
	Actor       string     `json:"actor" doc:"Who started it; empty: Botswain." example:"anna"`
	PreviousEnd string     `json:"previous_end" doc:"Why the run before ended, in words; empty when there was none or it isn't known." example:"exit code 1"`
	PID         *int       `json:"pid" doc:"Null when no process came of it." example:"4711"`
	StartedAt   time.Time  `json:"started_at"`
	EndedAt     *time.Time `json:"ended_at" doc:"Null while it runs."`
	Exit        *Exit      `json:"exit" doc:"How it ended; null while it runs."`
	Outcome     string     `json:"outcome" enum:",stopped,restarted,exited,crashed,unseen,interrupted" doc:"How it ended in a word: it was told to, it was told to and started again, by itself with success, by itself without, while Botswain was away, or with the machine. Empty while it runs." example:"crashed"`
	Version     int        `json:"version" doc:"Of the definition that it was started with." example:"3"`
	RunningAt   *time.Time `json:"running_at" doc:"When it counted as up; null when it didn't."`
	PeakRSS     *int64     `json:"peak_memory_bytes" doc:"The most memory that samples have seen its processes use; null when there was no sample." example:"41943040"`
	PeakCPU     *float64   `json:"peak_cpu_percent" doc:"The same of CPU; 100 is one core." example:"12.5"`
	Headline    string     `json:"headline" doc:"After an abnormal end: the last words that say why, as far as they look like it." example:"KeyError: 'SHOP_ID'"`
}

type runsInput struct {
	PathID
	Before  int    `query:"before" minimum:"0" doc:"Only runs with a smaller number: next_before of the page before. 0: from the newest." example:"0"`
	Limit   int    `query:"limit" default:"50" doc:"At most 200; more is taken as 200."`
	Outcome string `query:"outcome" enum:"stopped,restarted,exited,crashed,unseen,interrupted" doc:"Only runs that ended in this way."`
}

type runsOutput struct {
	Body RunList
}

// RunList is a page of runs, newest first.
type RunList struct {
	Runs       []Run `json:"runs" nullable:"false"`
	NextBefore *int  `json:"next_before" doc:"What to send as before to read on; null when this was the last page."`
}

func (a *API) registerRuns() {
	register(a, operation(http.MethodGet, "/bots/{id}/runs", "list-runs", tagEvents, "List a bot's runs",
		"Each start of the bot, newest first.", http.StatusNotFound), a.listRuns)
}

func (a *API) listRuns(ctx context.Context, in *runsInput) (*runsOutput, error) {
	v, err := a.find(ctx, in.PathID)
	if err != nil {
		return nil, err
	}
	limit := clamp(in.Limit, listLimit, maxListLimit)
	// One more than wanted shows whether there is another page.
	found, err := a.runs(ctx, v.ID, bot.Outcome(in.Outcome), in.Before, limit+1)
	if err != nil {
		return nil, err
	}
	out := &runsOutput{Body: RunList{Runs: []Run{}}}
	for i, r := range found {
		if i == limit {
			out.Body.NextBefore = &found[i-1].Number
			break
		}
		out.Body.Runs = append(out.Body.Runs, toRun(r))
	}
	return out, nil
}

func (a *API) runs(ctx context.Context, id bot.ID, o bot.Outcome, before, limit int) ([]event.Run, error) {
	if o == "" {
		return a.Crew.Runs(ctx, id, before, limit)
	}
	return a.Past.List(ctx, id, o, before, limit)
}

func toRun(r event.Run) Run {
	out := Run{
		ID: r.ID.String(), Number: r.Number, Cause: r.Cause, Actor: string(r.Actor), PreviousEnd: r.PreviousEnd,
		StartedAt: r.StartedAt.UTC(), Exit: toExit(r.Exit), Outcome: string(r.Outcome), Version: r.Version,
		PeakRSS: r.PeakRSS, PeakCPU: r.PeakCPU, Headline: r.Headline,
	}
	if r.RunningAt != nil {
		out.RunningAt = instant(*r.RunningAt)
	}
	if r.PID != 0 {
		out.PID = &r.PID
	}
	if r.EndedAt != nil {
		out.EndedAt = instant(*r.EndedAt)
	}
	return out
}
