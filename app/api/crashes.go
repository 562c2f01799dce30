package api

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/runs"
)

// Past knows recorded runs, and what is kept of crashes.
type Past interface {
	Get(context.Context, bot.ID, bot.RunID) (event.Run, error)
	List(ctx context.Context, id bot.ID, o bot.Outcome, beforeNumber, limit int) ([]event.Run, error)
	Groups(ctx context.Context, id bot.ID, key string, limit int) ([]runs.Group, error)
	Kept(context.Context, event.Run) (runs.Kept, error)
}

// maxGroups bounds the list of kinds of crashes.
const maxGroups = 200

// PathRun names a run of a bot.
type PathRun struct {
	PathID
	Run string `path:"run" doc:"The run's id, a UUID." example:"0198c5a2-7c1e-7b52-9d6e-3f1f0d6f8a12"`
}

type runOutput struct {
	Body Run
}

// LastLines are the last lines of a run that ended abnormally.
type LastLines struct {
	Run    Run        `json:"run"`
	KeptAt *time.Time `json:"kept_at" doc:"When they were copied out of the log, which may drop them since; null: they weren't yet, or the run didn't end abnormally."`
	Lines  []Line     `json:"lines" nullable:"false" doc:"The last 50 lines that it printed, and what Botswain said among and after them, oldest first. truncated: the line is longer than what is kept of it. Only the newest 200 abnormal ends of a bot have any."`
}

type lastLinesOutput struct {
	Body LastLines
}

// CrashGroup is the abnormal ends of a bot that have something in common.
type CrashGroup struct {
	Key     string    `json:"key" doc:"What they have in common: the id of the cause, or how they ended and the last words without numbers." example:"setting-missing"`
	Count   int       `json:"count" example:"12"`
	FirstAt time.Time `json:"first_at"`
	LastAt  time.Time `json:"last_at"`
	Newest  int       `json:"newest" doc:"Number of the newest run among them." example:"48"`
}

type crashesOutput struct {
	Body struct {
		Groups []CrashGroup `json:"groups" nullable:"false"`
	}
}

func (a *API) registerCrashes() {
	register(a, operation(http.MethodGet, "/bots/{id}/runs/{run}", "get-run", tagEvents, "Get a run",
		"One recorded start of the bot.", http.StatusNotFound),
		func(ctx context.Context, in *PathRun) (*runOutput, error) {
			r, err := a.run(ctx, *in)
			if err != nil {
				return nil, err
			}
			return &runOutput{Body: toRun(r)}, nil
		})
	register(a, operation(http.MethodGet, "/bots/{id}/runs/{run}/last-lines", "get-last-lines", tagEvents, "Get a crash's last lines",
		"What a run that ended abnormally printed last. It is kept when the log has forgotten it.", http.StatusNotFound), a.lastLines)
	register(a, operation(http.MethodGet, "/bots/{id}/crashes", "list-crashes", tagEvents, "List a bot's crashes",
		"Abnormal ends by what they have in common, those seen last first; at most 200 kinds. The runs themselves: /runs?outcome=crashed.", http.StatusNotFound), a.crashes)
}

// run finds a run of a bot. What isn't a UUID is no run's id.
func (a *API) run(ctx context.Context, in PathRun) (event.Run, error) {
	v, err := a.find(ctx, in.PathID)
	if err != nil {
		return event.Run{}, err
	}
	id, err := uuid.Parse(in.Run)
	if err != nil {
		return event.Run{}, fault.New(fault.NotFound, "There is no such run of this bot.")
	}
	return a.Past.Get(ctx, v.ID, id)
}

func (a *API) lastLines(ctx context.Context, in *PathRun) (*lastLinesOutput, error) {
	r, err := a.run(ctx, *in)
	if err != nil {
		return nil, err
	}
	kept, err := a.Past.Kept(ctx, r)
	if err != nil {
		return nil, err
	}
	out := &lastLinesOutput{Body: LastLines{Run: toRun(r), KeptAt: instant(kept.At), Lines: []Line{}}}
	for _, l := range kept.Lines {
		out.Body.Lines = append(out.Body.Lines, Line{
			Seq: l.Seq, TS: l.At.UTC(), RunID: r.ID.String(), Stream: l.Stream.Name(), Level: l.Level.Name(),
			Message: l.Message, HeadSeq: l.Seq, Truncated: l.Cut,
		})
	}
	return out, nil
}

func (a *API) crashes(ctx context.Context, in *PathID) (*crashesOutput, error) {
	v, err := a.find(ctx, *in)
	if err != nil {
		return nil, err
	}
	groups, err := a.Past.Groups(ctx, v.ID, "", maxGroups)
	if err != nil {
		return nil, err
	}
	out := &crashesOutput{}
	out.Body.Groups = []CrashGroup{}
	for _, g := range groups {
		out.Body.Groups = append(out.Body.Groups, CrashGroup{Key: g.Key, Count: g.Times, FirstAt: g.FirstAt.UTC(), LastAt: g.LastAt.UTC(), Newest: g.Newest.Number})
	}
	return out, nil
}
