package api

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"github.com/botswain/botswain/app/bot"
)

type stdinInput struct {
	PathID
	Body struct {
		RunID string `json:"run_id,omitempty" doc:"The run that it is meant for: refused with 409 when another one goes on. Default: whichever goes on."`
		Line  string `json:"line" doc:"Without its line end, which is added." example:"reload"`
	} `nameHint:"StdinLine"`
}

func (a *API) registerStdin() {
	op := operation(http.MethodPost, "/bots/{id}/stdin", "write-stdin", tagBots, "Write a line to a bot's standard input",
		"One line of at most 32 KiB. It is recorded as an event, and appears in the log. 409 when the bot doesn't run.",
		http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	op.DefaultStatus = http.StatusNoContent
	register(a, op, a.writeStdin)
}

func (a *API) writeStdin(ctx context.Context, in *stdinInput) (*struct{}, error) {
	id, err := in.bot()
	if err != nil {
		return nil, err
	}
	var run bot.RunID
	if text := in.Body.RunID; text != "" {
		if run, err = uuid.Parse(text); err != nil {
			return nil, wrongField("run_id", "Give the id of a run.")
		}
	}
	return nil, a.Crew.SendInput(ctx, actor(ctx), id, run, in.Body.Line)
}
