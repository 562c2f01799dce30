package app

import (
	"context"
	"path/filepath"

	"github.com/botswain/botswain/app/retain"
	"github.com/botswain/botswain/app/runs"
)

// wireRuns builds what reads recorded runs, keeps the last lines of crashes, and bounds how many runs there are.
func (a *App) wireRuns() {
	a.runs = runs.NewStore(a.pool, func(ctx context.Context) { a.supervisor.Settle(ctx) })
	a.keeper = runs.NewKeeper(runs.Options{
		Store: a.runs, SpoolRoot: filepath.Join(a.cfg.DataDir, spoolFolder), Hub: a.hub,
		MayStore: a.writer.MayStore, Log: a.log.With("part", "runs"),
	})
	a.retain = retain.New(retain.Options{Pool: a.pool, MayStore: a.writer.MayStore, Now: a.opts.Now, Log: a.log.With("part", "retain")})
}
