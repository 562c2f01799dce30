package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/botswain/botswain/app/fault"
)

// maxLine bounds a line for a bot, in bytes: a pipe takes no more at once without being read.
const maxLine = 32 << 10

type stdinInput struct {
	PathID
	Body struct {
		Line string `json:"line" doc:"Without its line end, which is added." example:"reload"`
	} `nameHint:"StdinLine"`
}

func (a *API) registerStdin() {
	op := operation(http.MethodPost, "/bots/{id}/stdin", "write-stdin", tagBots, "Write a line to a bot's standard input",
		"One line of at most 32 KiB. 409 when the bot doesn't run.",
		http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	op.DefaultStatus = http.StatusNoContent
	register(a, op, a.writeStdin)
}

func (a *API) writeStdin(ctx context.Context, in *stdinInput) (*struct{}, error) {
	id, err := in.bot()
	if err != nil {
		return nil, err
	}
	line := strings.TrimSuffix(in.Body.Line, "\n")
	wrong := ""
	switch {
	case strings.ContainsAny(line, "\n\x00"):
		wrong = "Send one line only, without NUL."
	case len(line) > maxLine:
		wrong = "Send at most 32 KiB."
	}
	if wrong != "" {
		return nil, &fault.Error{Code: fault.Invalid, Message: wrong, Fields: map[string]string{"line": wrong}}
	}
	return nil, a.Crew.SendInput(ctx, actor(ctx), id, line)
}
