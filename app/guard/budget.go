package guard

import (
	"context"
	"fmt"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/platform"
	"github.com/botswain/botswain/app/supervisor"
)

// afterReset is how long after the reset of a budget a start that waited for it goes on.
const afterReset = 5 * time.Second

// spare puts off a start that nobody asked for, so that a crash loop can't use up the sessions of a
// Discord application: from half of them on the rest, less the reserve, is spread over the time until
// the reset, and in the reserve nothing is started again after a failure. Other starts (with Botswain, by
// the schedule) are put off only when there is no session left: the next one would have Discord reset
// the token.
func (g *Guard) spare(ctx context.Context, s supervisor.Starting) (until time.Time, why string) {
	if s.ByPerson() || platform.Of(s.Bot.Type) != platform.Discord {
		return until, ""
	}
	b, ok := g.Platforms.Budget(ctx, s.Bot)
	now := g.Now()
	switch {
	case !ok || b.Total <= 0:
		return until, ""
	case b.Remaining < b.Shards, afterFailure(s.Cause) && b.Short():
		return b.ResetsAt.Add(afterReset), fmt.Sprintf("Only %s: Botswain keeps them for starts by hand", left(b, now))
	case !afterFailure(s.Cause) || 2*b.Remaining >= b.Total || b.LastStart.IsZero():
		return until, ""
	}
	starts := (b.Remaining - b.Reserve()) / b.Shards
	pace := b.ResetsAt.Sub(now) / time.Duration(max(1, starts))
	if until = b.LastStart.Add(pace); !until.After(now) {
		return time.Time{}, ""
	}
	return until, fmt.Sprintf("Restarts are spread out, with %s", left(b, now))
}

// afterFailure says whether a start follows a failure.
func afterFailure(cause string) bool { return cause == "crash" || cause == "oom" || cause == "health" }

// left says what is left: "98 of 1000 Discord sessions left, reset in 5 h".
func left(b platform.Budget, now time.Time) string {
	return fmt.Sprintf("%d of %d Discord sessions left, reset in %s", b.Remaining, b.Total, hours(b.ResetsAt.Sub(now)))
}

// hours says a longer time roughly.
func hours(d time.Duration) string {
	if d < 2*time.Hour {
		return minutes(d)
	}
	return fmt.Sprintf("%d h", int(d.Round(time.Hour).Hours()))
}

// confirmBudget is what a request is repeated with after Caution; see fault.Error.
const confirmBudget = "budget"

// Caution says what a person should know before they start or restart a bot; nil: nothing. It is a
// fault.Conflict with Confirm set. It asks nobody.
func (g *Guard) Caution(ctx context.Context, b bot.Bot) error {
	if platform.Of(b.Type) != platform.Discord {
		return nil
	}
	budget, ok := g.Platforms.Budget(ctx, b)
	if !ok || !budget.Short() {
		return nil
	}
	words := fmt.Sprintf("Only %s. A start takes %d of them.", left(budget, g.Now()), budget.Shards)
	if budget.Remaining < budget.Shards {
		words = fmt.Sprintf("No Discord session is left, and they are reset in %s.", hours(budget.ResetsAt.Sub(g.Now())))
	}
	return &fault.Error{
		Code: fault.Conflict, Confirm: confirmBudget,
		Message: words + " When they are used up, Discord ends all sessions of this bot and resets its token.",
	}
}
