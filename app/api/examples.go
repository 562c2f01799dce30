package api

import (
	"context"
	"net/http"
)

// ExamplesInput chooses example bots.
type ExamplesInput struct {
	Keys []string `json:"keys,omitempty" doc:"Which ones: clock, chatty, crasher. Left out, or without a body: all." example:"clock"`
}

type examplesInput struct {
	Body *ExamplesInput
}

type examplesOutput struct {
	Body struct {
		Bots []Bot `json:"bots"`
	} `nameHint:"Examples"`
}

func (a *API) registerExamples() {
	op := operation(http.MethodPost, "/examples", "add-examples", tagBots, "Add example bots",
		"Bots that need no token, to look around with. They are not started.",
		http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	op.DefaultStatus = http.StatusCreated
	register(a, op, a.addExamples)
}

func (a *API) addExamples(ctx context.Context, in *examplesInput) (*examplesOutput, error) {
	var keys []string
	if in.Body != nil {
		keys = in.Body.Keys
	}
	if len(keys) == 0 {
		for _, e := range a.Crew.Examples() {
			keys = append(keys, e.Key)
		}
	}
	added, err := a.Crew.AddExamples(ctx, actor(ctx), keys)
	if err != nil {
		return nil, err
	}
	out := &examplesOutput{}
	now := a.Now()
	for _, v := range added {
		out.Body.Bots = append(out.Body.Bots, toBot(v, now))
	}
	return out, nil
}
