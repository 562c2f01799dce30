package app

import (
	"context"
	"fmt"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/guard"
	"github.com/botswain/botswain/app/logs/redact"
	"github.com/botswain/botswain/app/procfs"
	"github.com/botswain/botswain/app/runner"
	"github.com/botswain/botswain/app/supervisor"
)

// wireGuard builds what looks after bots with what the platforms say. The supervisor, which was built
// before, reaches it by the methods below.
func (a *App) wireGuard(context.Context) error {
	a.guard = guard.New(guard.Options{
		Platforms:  a.platforms,
		Bots:       definitions{a.crew},
		Supervisor: a.supervisor,
		Lines:      a.logs,
		Now:        a.opts.Now,
		Log:        a.log.With("part", "guard"),
	})
	return nil
}

// askGuard is a supervisor.Gate.
func (a *App) askGuard(ctx context.Context, s supervisor.Starting) supervisor.Answer {
	return a.guard.Gate(ctx, s)
}

// guarded shows the guard each environment that a process gets.
func (a *App) guarded(env supervisor.EnvFunc) supervisor.EnvFunc {
	return func(ctx context.Context, b bot.Bot, run bot.RunID) ([]string, error) {
		return a.guard.Watching(env)(ctx, b, run)
	}
}

// recover is what the supervisor has done before anything is started: the guard learns which tokens
// are in use, and the log path reads what ended runs left.
func (a *App) recover(ctx context.Context, living map[bot.RunID]bool) error {
	if len(living) > 0 {
		found, err := a.runner.List(ctx)
		if err != nil {
			return fmt.Errorf("list the living runs: %w", err)
		}
		proc, err := procfs.NewReader()
		if err != nil {
			return err
		}
		defer proc.Close()
		a.guard.Adopt(ctx, found, startedWith(proc))
		for _, inst := range found {
			a.logs.Learn(inst.Bot, startedSecrets(proc, inst, a.secrets.Names(inst.Bot)))
		}
	}
	return a.logs.Recover(ctx, living)
}

// startedSecrets are the secrets that a living run was started with: those of today may be others, and the run may
// print its own.
func startedSecrets(proc *procfs.Reader, inst runner.Instance, names []string) (list []redact.Secret) {
	if len(names) == 0 {
		return nil
	}
	env, ok := environment(proc, inst.PID, inst.Run, names...)
	if !ok {
		return nil
	}
	for _, name := range names {
		if value, set := env[name]; set {
			list = append(list, redact.Secret{Name: name, Value: value})
		}
	}
	return list
}

// startedWith reads what the guard wants of the environment of processes.
func startedWith(proc *procfs.Reader) guard.Started {
	return func(pid int, run bot.RunID) (map[string]string, bool) {
		return environment(proc, pid, run, "BOT_TYPE", "BOT_NAME", "TOKEN")
	}
}

// environment reads variables that a run's process was started with; false when it isn't that process.
func environment(proc *procfs.Reader, pid int, run bot.RunID, names ...string) (map[string]string, bool) {
	id, found, readable, err := proc.Env(pid, "BOTSWAIN_RUN_ID")
	if err != nil || !found || !readable || string(id) != run.String() {
		return nil, false
	}
	env := map[string]string{}
	for _, name := range names {
		value, found, _, err := proc.Env(pid, name)
		if err != nil {
			return nil, false
		}
		if found {
			env[name] = string(value)
		}
	}
	return env, true
}
