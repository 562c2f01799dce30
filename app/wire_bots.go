package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/cause"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/logs"
	"github.com/botswain/botswain/app/logs/redact"
	"github.com/botswain/botswain/app/runner/local"
	"github.com/botswain/botswain/app/stats"
	"github.com/botswain/botswain/app/supervisor"
)

// spoolFolder is the folder in the data directory with what bots printed and isn't stored yet.
const spoolFolder = "spool"

// journalFile in the data directory has what the database couldn't be told yet.
const journalFile = "journal"

// wireBots builds what runs bots and what reads them. Nothing runs yet.
func (a *App) wireBots(_ context.Context) error {
	var err error
	if a.runner, err = local.New(local.Options{DataDir: a.cfg.DataDir, Log: a.log.With("part", "runner")}); err != nil {
		return fmt.Errorf("start the runner: %w", err)
	}
	a.wireRuns()
	a.logs = logs.New(logs.Options{
		Storage:   a.keeper.Guard(logs.NewPostgres(a.logPool)),
		Searcher:  logs.NewPostgresSearch(a.searchPool),
		SpoolRoot: filepath.Join(a.cfg.DataDir, spoolFolder),
		Hub:       a.hub,
		Log:       a.log.With("part", "logs"),
		MaxBot:    a.cfg.SpoolMaxBot,
		MaxTotal:  a.cfg.SpoolMaxTotal,
		Polling:   a.health.SetPolling,
		Secrets:   a.secretsOf,
	})
	a.secrets.OnChange(a.logs.SecretsChanged)
	definitions := crew.NewStore(a.pool, a.hub)
	a.wireNotify()
	a.supervisor = supervisor.New(supervisor.Options{
		Backend:   a.runner,
		Store:     supervisor.NewStore(a.pool, a.hub),
		Writer:    a.writer,
		Bots:      definitions.Bots,
		Logs:      a.logs,
		Hub:       a.hub,
		Env:       a.guarded(a.withPlatformURLs(supervisor.Environment(os.LookupEnv, nil, a.secrets.Values, a.reportEnv))),
		Recover:   a.recover,
		Gates:     []supervisor.Gate{a.askGuard},
		Gated:     func(b bot.Bot) bool { return a.guard.Concerns(b) },
		Journal:   filepath.Join(a.cfg.DataDir, journalFile),
		Notify:    a.notify,
		Redact:    a.logs.Redact,
		MaxStarts: a.cfg.MaxStarts,
		Judges:    []supervisor.Judge{byTable(cause.New())},
		Tail:      a.logs,
		Log:       a.log.With("part", "supervisor"),
	})
	a.wireReports()
	a.wireHistory()
	a.stats = stats.New(stats.Options{
		Backend: a.runner,
		RunOf:   a.supervisor.Runs,
		Sampled: a.supervisor.Sampled,
		Record:  a.history.Sampled,
		DataDir: a.cfg.DataDir,
		Hub:     a.hub,
		Log:     a.log.With("part", "stats"),
	})
	a.crew = crew.New(crew.Options{
		Store:      definitions,
		Supervisor: a.supervisor,
		History:    a.runs,
		Events:     a.events,
		Logs:       a.logs,
		Secrets:    a.secrets,
		Caution:    func(ctx context.Context, b bot.Bot) error { return a.guard.Caution(ctx, b) },
		DataDir:    a.cfg.DataDir,
		Hub:        a.hub,
		Log:        a.log.With("part", "crew"),
	})
	a.rolls = crew.NewRolls(a.crew)
	return nil
}

// byTable judges ends by the table of causes.
func byTable(t *cause.Table) supervisor.Judge {
	return func(_ context.Context, e supervisor.End) *bot.Cause {
		return t.Find(cause.Evidence{Type: e.Bot.Type, Exit: e.Exit, Err: e.Err, Stdout: e.Stdout, Stderr: e.Stderr})
	}
}

// secretsOf gives the log path the values that it blanks out of what a bot prints.
func (a *App) secretsOf(id bot.ID) []redact.Secret {
	known := a.secrets.Known(id)
	list := make([]redact.Secret, len(known))
	for i, k := range known {
		list[i] = redact.Secret{Name: k.Name, Value: k.Value}
	}
	return list
}
