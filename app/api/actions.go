package api

import (
	"context"
	"net/http"

	"github.com/botswain/botswain/app/bot"
)

type actionInput struct {
	PathID
	Confirm string `query:"confirm" enum:"budget" doc:"Says yes to the question of an earlier answer: its error at query.confirm names the word."`
}

func (a *API) registerActions() {
	for _, x := range []struct {
		action        bot.Action
		summary, text string
	}{
		{bot.Start, "Start a bot", "Also ends the wait of a bot that is waiting for its restart. The answer comes at once: the bot is starting. When few sessions of a Discord application are left, 409 asks for ?confirm=budget first."},
		{bot.Stop, "Stop a bot", "Sends the stop signal to the whole process tree, and kills what is left after the stop timeout. The answer comes at once: the bot is stopping."},
		{bot.Restart, "Restart a bot", "Stops it and starts it with its present definition. Asks as start does."},
		{bot.Kill, "Kill a bot", "Kills the whole process tree at once."},
	} {
		op := operation(http.MethodPost, "/bots/{id}/"+string(x.action), string(x.action)+"-bot", tagBots, x.summary,
			x.text+" 409 when the bot's state forbids it.", http.StatusNotFound, http.StatusConflict)
		register(a, op, func(ctx context.Context, in *actionInput) (*botOutput, error) {
			id, err := in.bot()
			if err != nil {
				return nil, err
			}
			act := a.Crew.Act
			if in.Confirm != "" {
				act = a.Crew.ActSure
			}
			v, err := act(ctx, actor(ctx), id, x.action)
			if err != nil {
				return nil, err
			}
			return a.show(v), nil
		})
	}
}
