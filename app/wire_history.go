package app

import "github.com/botswain/botswain/app/stats/history"

// wireHistory builds what keeps the figures of host and bots; the sampler feeds it.
func (a *App) wireHistory() {
	a.history = history.New(history.Options{Store: history.NewStore(a.pool), MayStore: a.writer.MayStore, Log: a.log.With("part", "history")})
}
