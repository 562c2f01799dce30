package api

import (
	"context"
	"net/http"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/runtimes"
)

// Runtime is how the bot in a directory could be run.
type Runtime struct {
	Kind     string            `json:"kind" doc:"python, node, go, rust, executable, procfile, or empty when nothing was recognised." example:"python"`
	Found    []string          `json:"found" nullable:"false" doc:"The files that it goes by." example:"requirements.txt,main.py"`
	Command  []string          `json:"command" nullable:"false" doc:"What to run in the directory; empty when that couldn't be found out." example:".venv/bin/python,main.py"`
	Env      map[string]string `json:"env" doc:"Variables that an example file names, with its values."`
	Secrets  []string          `json:"secrets" nullable:"false" doc:"Those among them that should be secrets." example:"TOKEN"`
	Install  [][]string        `json:"install" nullable:"false" doc:"The commands that install what it needs, in this order; empty when it needs nothing."`
	Programs []RuntimeProgram  `json:"programs" nullable:"false" doc:"What the commands need on the machine."`
	Notes    []string          `json:"notes" nullable:"false" doc:"For people."`
}

// RuntimeProgram is a program that must be on the machine.
type RuntimeProgram struct {
	Name    string  `json:"name" example:"python3"`
	Path    *string `json:"path" doc:"Where it is; null: it is missing." example:"/usr/bin/python3"`
	Package string  `json:"package" doc:"What to install when it is missing, in words." example:"the package python3"`
}

// Install is an installation of what a bot needs; its output is in the bot's log under its run_id.
type Install struct {
	RunID     string     `json:"run_id"`
	Commands  string     `json:"commands" example:"npm ci"`
	By        string     `json:"by" doc:"The user who asked for it." example:"admin"`
	StartedAt time.Time  `json:"started_at"`
	Deadline  time.Time  `json:"deadline" doc:"When it is stopped if it is still under way."`
	EndedAt   *time.Time `json:"ended_at" doc:"null: it is under way."`
	Outcome   string     `json:"outcome" enum:",installed,failed,cancelled,overdue,unknown" doc:"How it ended; empty while it is under way." example:"installed"`
	Reason    string     `json:"reason" doc:"The same in words." example:"exit code 1"`
}

type runtimesInput struct {
	Dir string `query:"dir" required:"true" doc:"The directory, relative to where Botswain was started." example:"bots/weather"`
}

type runtimesOutput struct{ Body Runtime }

type installOutput struct {
	Body struct {
		Install *Install `json:"install" doc:"The newest one; null when there was none."`
	} `nameHint:"Installation"`
}

func (a *API) registerInstall() {
	register(a, operation(http.MethodGet, "/runtimes", "look-into-directory", tagBots, "Look what is in a directory",
		"Finds out how a bot there could be run: its command, variables, and how to install what it needs. Nothing is executed.",
		http.StatusUnprocessableEntity), a.runtimes)
	register(a, operation(http.MethodGet, "/bots/{id}/install", "get-install", tagBots, "Get a bot's newest installation",
		"Whether what it needs is being installed, or how that ended.", http.StatusNotFound), a.getInstall)
	begin := operation(http.MethodPost, "/bots/{id}/install", "install", tagBots, "Install what a bot needs",
		"By what is in its directory: a virtual environment, npm ci, go build and so on, as the bot's user, without its secrets, for at most 15 minutes. "+
			"Answers when it has begun; the output is in the bot's log. 409 while the bot is up, or is being installed already.",
		http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity)
	begin.DefaultStatus = http.StatusAccepted
	register(a, begin, a.install)
	register(a, operation(http.MethodDelete, "/bots/{id}/install", "cancel-install", tagBots, "Cancel an installation",
		"Answers at once; its processes have ten seconds to end. 409 when nothing is being installed.",
		http.StatusNotFound, http.StatusConflict), a.cancelInstall)
}

func (a *API) runtimes(_ context.Context, in *runtimesInput) (*runtimesOutput, error) {
	p, err := a.Crew.Look(in.Dir)
	if err != nil {
		return nil, err
	}
	return &runtimesOutput{Body: toRuntime(p)}, nil
}

func (a *API) getInstall(ctx context.Context, in *PathID) (*installOutput, error) {
	v, err := a.find(ctx, *in)
	return installed(v), err
}

func (a *API) install(ctx context.Context, in *PathID) (*installOutput, error) {
	id, err := in.bot()
	if err != nil {
		return nil, err
	}
	v, err := a.Crew.Install(ctx, actor(ctx), id)
	return installed(v), err
}

func (a *API) cancelInstall(ctx context.Context, in *PathID) (*installOutput, error) {
	id, err := in.bot()
	if err != nil {
		return nil, err
	}
	v, err := a.Crew.CancelInstall(ctx, actor(ctx), id)
	return installed(v), err
}

func installed(v crew.View) *installOutput {
	out := &installOutput{}
	out.Body.Install = toInstall(v.Status.Install)
	return out
}

func toInstall(i *bot.Install) *Install {
	if i == nil {
		return nil
	}
	return &Install{
		RunID: i.Run.String(), Commands: i.Commands, By: i.By, StartedAt: i.StartedAt.UTC(), Deadline: i.Deadline.UTC(),
		EndedAt: instant(i.EndedAt), Outcome: string(i.Outcome), Reason: i.Reason,
	}
}

func toRuntime(p runtimes.Proposal) Runtime {
	r := Runtime{
		Kind: p.Kind, Found: list(p.Found), Command: list(p.Command), Env: p.Env, Secrets: list(p.Secrets), Install: [][]string{},
		Programs: []RuntimeProgram{}, Notes: list(p.Notes),
	}
	if r.Env == nil {
		r.Env = map[string]string{}
	}
	r.Install = append(r.Install, p.Install...)
	for _, x := range p.Programs {
		out := RuntimeProgram{Name: x.Name, Package: x.Package}
		if x.Path != "" {
			out.Path = &x.Path
		}
		r.Programs = append(r.Programs, out)
	}
	return r
}
