package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/sse"
)

// StatusEvent is the data of a status event.
type StatusEvent struct {
	BotID  string    `json:"bot_id" format:"uuid"`
	Name   string    `json:"name" example:"Weather"`
	Status bot.State `json:"status" enum:"stopped,starting,running,unresponsive,stopping,waiting,crashed,exited" example:"running"`
	Reason string    `json:"reason" doc:"Why, in words; may be empty."`
	At     time.Time `json:"at" doc:"When the bot came into this state."`
	Live
}

// RemovedEvent is the data of a removed event.
type RemovedEvent struct {
	BotID string `json:"bot_id" format:"uuid"`
}

func (a *API) registerEventStream() {
	op := operation(http.MethodGet, "/events/stream", "stream-events", tagEvents, "Follow the bots' states",
		"Server-sent events. First a status event for each bot as it is now, then one whenever a bot's state changes, "+
			"and a removed event when a bot is deleted. A client that is slow gets the newest state of a bot and may miss those between; "+
			"all of them are in List a bot's events. Comments come as heartbeats every 15 seconds.")
	op.Responses = a.eventStream(map[string]any{"status": StatusEvent{}, "removed": RemovedEvent{}}, "event: status\ndata: {\"bot_id\":\"0198c5a2-7c1e-7b52-9d6e-3f1f0d6f8a11\",\"name\":\"Weather\",\"status\":\"running\",\"reason\":\"\",\"at\":\"2026-11-22T10:00:00Z\",\"pid\":4711,…}\n\n")
	register(a, op, func(context.Context, *struct{}) (*huma.StreamResponse, error) {
		return a.stream(func(*http.Request) sse.Stream { return sse.Stream{Pump: a.pumpStates} }), nil
	})
}

// pumpStates sends each bot's status when it isn't what was sent last.
func (a *API) pumpStates(ctx context.Context, c *sse.Conn) error {
	sub := a.Hub.Subscribe(func(t event.Topic) bool { return t.Kind == event.TopicBot || t.Kind == event.TopicCrew })
	defer sub.Close()
	known := map[bot.ID]StatusEvent{}
	dirty := map[event.Topic]struct{}{{Kind: event.TopicCrew}: {}}
	for {
		if err := a.sendStates(ctx, c, known, dirty); err != nil {
			return nil // the connection's end
		}
		select {
		case <-ctx.Done():
			return nil
		case <-sub.C():
			dirty = sub.Take()
		}
	}
}

func (a *API) sendStates(ctx context.Context, c *sse.Conn, known map[bot.ID]StatusEvent, dirty map[event.Topic]struct{}) error {
	var changed []crew.View
	if _, all := dirty[event.Topic{Kind: event.TopicCrew}]; all {
		changed = a.Crew.All(ctx)
		now := make(map[bot.ID]bool, len(changed))
		for _, v := range changed {
			now[v.ID] = true
		}
		for id := range known {
			if !now[id] {
				dirty[event.Topic{Kind: event.TopicBot, Bot: id}] = struct{}{}
			}
		}
	}
	for t := range dirty {
		if t.Kind != event.TopicBot {
			continue
		}
		v, err := a.Crew.Get(ctx, t.Bot)
		switch {
		case err == nil:
			changed = append(changed, v)
		case fault.CodeOf(err) == fault.NotFound:
			if _, was := known[t.Bot]; was {
				delete(known, t.Bot)
				if err := send(c, "removed", RemovedEvent{BotID: t.Bot.String()}); err != nil {
					return err
				}
			}
		}
	}
	for _, v := range changed {
		e := toStatusEvent(v, a.Now())
		if was, ok := known[v.ID]; ok && same(was, e) {
			continue
		}
		if err := send(c, "status", e); err != nil {
			return err
		}
		known[v.ID] = e
	}
	return nil
}

// same says whether a client would learn nothing new; an uptime that grew isn't news.
func same(a, b StatusEvent) bool {
	return a.Name == b.Name && a.Status == b.Status && a.Reason == b.Reason && a.At.Equal(b.At) && a.RestartCount == b.RestartCount
}

func toStatusEvent(v crew.View, now time.Time) StatusEvent {
	return StatusEvent{
		BotID: v.ID.String(), Name: v.Name, Status: v.Status.State, Reason: v.Status.Reason,
		At: v.Status.Since.UTC(), Live: toLive(v.Status, now),
	}
}

func send(c *sse.Conn, name string, v any) error {
	data, err := encode(v)
	if err != nil {
		return err
	}
	return c.Send(sse.Event{Name: name, Data: data})
}
