package app

import (
	"context"
	"path/filepath"

	"github.com/botswain/botswain/app/runs"
)

// wireRuns builds what reads recorded runs and keeps the last lines of crashes.
func (a *App) wireRuns() {
	a.runs = runs.NewStore(a.pool, func(ctx context.Context) { a.supervisor.Settle(ctx) })
	a.keeper = runs.NewKeeper(runs.Options{
		Store: a.runs, SpoolRoot: filepath.Join(a.cfg.DataDir, spoolFolder), Hub: a.hub,
		MayStore: a.writer.MayStore, Log: a.log.With("part", "runs"),
	})
}
