package botpage

import "context"

// Ids of what is drawn over time on the overview.
const (
	ChartsID      = "bot-charts"
	NowID         = "bot-now"
	UptimeID      = "bot-uptime"
	RunChartsID   = "run-charts"
	CrashChartsID = "crash-charts"
)

// StartWords says why a bot was started, as the table of runs does: "Restarted by admin".
func StartWords(ctx context.Context, cause, actor string) string {
	return causeWord(ctx, Run{Cause: cause, Actor: actor})
}

// GaugeWords names a gauge that the bot reports, with its unit: "Ping, ms".
func GaugeWords(ctx context.Context, name string) string {
	f := Figure{Name: name}
	if u := f.unit(); u != "" {
		return f.label(ctx) + ", " + u
	}
	return f.label(ctx)
}
