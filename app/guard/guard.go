package guard

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/platform"
	"github.com/botswain/botswain/app/supervisor"
)

// Platforms is what Telegram and Discord say; *platform.Service is the real one.
type Platforms interface {
	// Look asks, or answers what was said within the last 30 seconds; it takes at most five seconds.
	Look(ctx context.Context, b bot.Bot) (platform.Report, error)
	// KeyOf stands for a bot's present token; false when its platform can't be asked with one.
	KeyOf(ctx context.Context, b bot.Bot) (platform.Key, bool)
	// KeyFor stands for a token of a bot of that type; false as above.
	KeyFor(t bot.Type, token string) (platform.Key, bool)
	// Budget is what is left of a Discord application's sessions, as far as known; Started counts a start.
	Budget(ctx context.Context, b bot.Bot) (platform.Budget, bool)
	Started(ctx context.Context, b bot.Bot)
}

// Bots finds definitions.
type Bots interface {
	Get(context.Context, bot.ID) (bot.Bot, bool)
}

// Supervisor is what the guard needs of it.
type Supervisor interface {
	Statuses() []bot.Status
	// Living is an error with code fault.NotFound when a run is over.
	Living(bot.RunID) (bot.ID, error)
	Remark(id bot.ID, run bot.RunID, what bot.Cause)
	Doubt(id bot.ID, run bot.RunID, why bot.Cause)
	Clear(id bot.ID, run bot.RunID, reason string)
}

// Options are what a Guard stands on. All but Now, Random and Log are needed.
type Options struct {
	Platforms  Platforms
	Bots       Bots
	Supervisor Supervisor
	Lines      Lines
	Now        func() time.Time // nil: time.Now
	// Random gives numbers in [0, 1) for the jitter; nil: math/rand/v2.
	Random func() float64
	Log    *slog.Logger
}

// Guard looks after bots that belong to a platform. Its methods may be called from many goroutines.
type Guard struct {
	Options
	owners owners
}

// New makes a guard.
func New(o Options) *Guard {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Float64
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Guard{Options: o, owners: owners{by: map[platform.Key]holder{}}}
}

// Concerns says whether Gate has anything to say about a bot's starts. It is quick.
func (g *Guard) Concerns(b bot.Bot) bool {
	_, ok := g.Platforms.KeyOf(context.Background(), b)
	return ok
}

// Gate is a supervisor.Gate: the token must be nobody else's here, the platform must not refuse it, and a
// start that nobody asked for must leave enough of a Discord application's sessions.
func (g *Guard) Gate(ctx context.Context, s supervisor.Starting) supervisor.Answer {
	key, ok := g.Platforms.KeyOf(ctx, s.Bot)
	if !ok {
		return supervisor.Answer{}
	}
	if first, ok := g.own(key, s.Bot, s.Run); !ok {
		return supervisor.Answer{Refused: g.inUse(ctx, first)}
	}
	if refused := g.preflight(ctx, s.Bot); refused != nil {
		g.owners.release(s.Run)
		return supervisor.Answer{Refused: refused}
	}
	answer := supervisor.Answer{Release: func() { g.owners.release(s.Run) }}
	answer.Until, answer.Why = g.spare(ctx, s)
	return answer
}

// over says whether a run is over for sure.
func (g *Guard) over(run bot.RunID) bool {
	_, err := g.Supervisor.Living(run)
	return fault.CodeOf(err) == fault.NotFound
}
