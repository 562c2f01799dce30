package api

import (
	"context"
	"net/http"

	"github.com/botswain/botswain/app/bot"
)

// Status is what a bot does now, without its definition.
type Status struct {
	ID     string    `json:"id" format:"uuid"`
	Name   string    `json:"name" example:"Weather"`
	Status bot.State `json:"status" enum:"stopped,starting,running,unresponsive,stopping,waiting,crashed,exited" example:"running"`
	Live
}

type statusOutput struct {
	Body Status
}

func (a *API) registerStatus() {
	register(a, operation(http.MethodGet, "/bots/{id}/status", "get-bot-status", tagBots, "Get a bot's status",
		"What the bot does now, without its definition.", http.StatusNotFound),
		func(ctx context.Context, in *PathID) (*statusOutput, error) {
			v, err := a.find(ctx, *in)
			if err != nil {
				return nil, err
			}
			return &statusOutput{Body: Status{
				ID: v.ID.String(), Name: v.Name, Status: v.Status.State, Live: toLive(v.Status, a.Now()),
			}}, nil
		})
}
