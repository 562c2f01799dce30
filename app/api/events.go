package api

import (
	"context"
	"net/http"
	"time"

	"github.com/botswain/botswain/app/event"
)

// Event is one stored fact.
type Event struct {
	ID      int64     `json:"id" example:"4711"`
	At      time.Time `json:"at"`
	Kind    string    `json:"kind" doc:"What happened, as subject.verb." example:"bot.crashed"`
	BotID   *string   `json:"bot_id" format:"uuid"`
	RunID   *string   `json:"run_id" format:"uuid"`
	Actor   string    `json:"actor" doc:"Who caused it; empty: Botswain." example:"anna"`
	Message string    `json:"message" example:"exit code 1"`
}

type eventsInput struct {
	PathID
	Before int64 `query:"before" minimum:"0" doc:"Only events with a smaller id: next_before of the page before. 0: from the newest." example:"0"`
	Limit  int   `query:"limit" default:"50" doc:"At most 200; more is taken as 200."`
}

type eventsOutput struct {
	Body EventList
}

// EventList is a page of events, newest first.
type EventList struct {
	Events     []Event `json:"events" nullable:"false"`
	NextBefore *int64  `json:"next_before" doc:"What to send as before to read on; null when this was the last page."`
}

func (a *API) registerEvents() {
	register(a, operation(http.MethodGet, "/bots/{id}/events", "list-bot-events", tagEvents, "List a bot's events",
		"What happened to the bot, newest first.", http.StatusNotFound), a.listEvents)
}

func (a *API) listEvents(ctx context.Context, in *eventsInput) (*eventsOutput, error) {
	v, err := a.find(ctx, in.PathID)
	if err != nil {
		return nil, err
	}
	limit := clamp(in.Limit, listLimit, maxListLimit)
	found, err := a.Crew.Events(ctx, event.ListQuery{Bot: &v.ID, BeforeID: in.Before, Limit: limit + 1})
	if err != nil {
		return nil, err
	}
	out := &eventsOutput{Body: EventList{Events: []Event{}}}
	for i, e := range found {
		if i == limit {
			out.Body.NextBefore = &found[i-1].ID
			break
		}
		out.Body.Events = append(out.Body.Events, toEvent(e))
	}
	return out, nil
}

func toEvent(e event.Event) Event {
	out := Event{ID: e.ID, At: e.At.UTC(), Kind: string(e.Kind), Actor: string(e.Actor), Message: e.Message}
	if e.Bot != nil {
		s := e.Bot.String()
		out.BotID = &s
	}
	if e.Run != nil {
		s := e.Run.String()
		out.RunID = &s
	}
	return out
}
