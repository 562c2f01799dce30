package api

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/fault"
)

type manyInput struct {
	Body ManyAction
}

// ManyAction asks for something of many bots.
type ManyAction struct {
	Action  string   `json:"action" enum:"start,stop,restart" example:"restart"`
	IDs     []string `json:"ids,omitempty" doc:"These bots. Give exactly one of ids, group and all."`
	Group   string   `json:"group,omitempty" doc:"The bots of this group." example:"weather"`
	All     bool     `json:"all,omitempty" doc:"All bots."`
	Rolling bool     `json:"rolling,omitempty" doc:"With restart: one after the other, each when the one before runs again; stops at the first that fails. The answer comes at the end; the roll ends early when the caller goes away."`
	Pause   string   `json:"pause,omitempty" doc:"With rolling: how long to wait after each bot. At most 1h." example:"5s"`
}

type manyOutput struct {
	Body ManyResults
}

// ManyResults has a result for each bot that was meant.
type ManyResults struct {
	Results []ManyResult `json:"results" nullable:"false"`
}

// ManyResult is what became of one bot.
type ManyResult struct {
	ID     string `json:"id" format:"uuid"`
	Name   string `json:"name"`
	Status string `json:"status" doc:"As it is right after." example:"starting"`
	Result string `json:"result" enum:"done,left,failed" doc:"left: its state doesn't allow the action, or the roll didn't come to it."`
	Detail string `json:"detail" doc:"Why it was left or failed; empty when it was done."`
}

func (a *API) registerMany() {
	register(a, operation(http.MethodPost, "/bots/actions", "act-on-bots", tagBots, "Start, stop or restart many bots",
		"In the order that the bots' start_after asks for: a start waits until those before it run, a stop until those after it are down. The answer comes at once, except for a rolling restart.",
		http.StatusBadRequest, http.StatusNotFound, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType), a.actOnMany)
}

func (a *API) actOnMany(ctx context.Context, in *manyInput) (*manyOutput, error) {
	b := in.Body
	which := crew.Which{Group: b.Group, All: b.All}
	for _, s := range b.IDs {
		id, err := uuid.Parse(s)
		if err != nil {
			return nil, wrongField("ids", "Give the ids of bots.")
		}
		which.IDs = append(which.IDs, id)
	}
	var out []crew.Outcome
	var err error
	if b.Rolling {
		pause, wrong := pauseOf(b)
		if wrong != nil {
			return nil, wrong
		}
		out, err = a.Crew.Roll(ctx, actor(ctx), which, pause)
	} else {
		out, err = a.Crew.ActMany(ctx, actor(ctx), bot.Action(b.Action), which)
	}
	if err != nil {
		return nil, err
	}
	answer := &manyOutput{Body: ManyResults{Results: make([]ManyResult, len(out))}}
	for i, o := range out {
		result := "done"
		if o.Left() {
			result = "left"
		} else if o.Err != nil {
			result = "failed"
		}
		answer.Body.Results[i] = ManyResult{ID: o.ID.String(), Name: o.Name, Status: string(o.Status.State), Result: result, Detail: o.Words()}
	}
	return answer, nil
}

func pauseOf(b ManyAction) (time.Duration, error) {
	if bot.Action(b.Action) != bot.Restart {
		return 0, wrongField("rolling", "Only a restart can be rolling.")
	}
	if b.Pause == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(b.Pause)
	if err != nil || d < 0 || d > crew.MaxPause {
		return 0, wrongField("pause", "Give a time between 0s and 1h, for example 5s.")
	}
	return d, nil
}

func wrongField(field, message string) error {
	return &fault.Error{Code: fault.Invalid, Message: message, Fields: map[string]string{field: message}}
}
