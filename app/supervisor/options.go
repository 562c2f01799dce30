package supervisor

import (
	"context"
	"log/slog"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/runner"
)

// Options are what a Supervisor stands on. Backend, Store, Bots, Logs and Hub are needed.
type Options struct {
	Backend runner.Backend
	Store   Storage
	// Bots reads all definitions, once at start.
	Bots func(ctx context.Context) ([]bot.Bot, error)
	Logs LogSink
	Hub  *event.Hub
	// Writer says whether this Botswain may store and start; nil: always.
	Writer Writer
	// Journal is the file that keeps changes while the database is away; "": only memory does.
	Journal string
	// Env makes the whole environment of a run; nil: Environment(os.LookupEnv, nil, nil).
	Env EnvFunc
	// InstallEnv makes the environment of an installation, which gets no secrets; nil: as for Env.
	InstallEnv EnvFunc
	// Recover is called by Run before what lives is followed again and before anything is started:
	// what it queues comes first in each bot's log. living has every run whose spool is still
	// written to. It must not wait for long. After an error it is called again, for half a minute;
	// then Run gives up.
	Recover func(ctx context.Context, living map[bot.RunID]bool) error
	// Redact takes a bot's secrets out of a text, such as what a person has typed; nil: nothing is taken out.
	Redact func(id bot.ID, text string) string
	// MaxStarts is how many starts may be under way at once; 0: twice the number of cores.
	MaxStarts int
	// Prober looks at bots from outside; nil: probe.New().
	Prober Prober
	// Notify gives bots that ask for it a socket for sd_notify's protocol; nil: they get none.
	Notify Notifier
	// Gates are asked, in this order, before anything is executed: the first that doesn't let a start
	// go on decides.
	Gates []Gate
	// Judges are asked, in this order, why a run ended by itself: the first that knows decides.
	Judges []Judge
	// Tail gives judges the last lines of a run; nil: they get none.
	Tail Tail
	// Random gives numbers in [0, 1) for the jitter; nil: math/rand/v2.
	Random func() float64
	Log    *slog.Logger
}

// Writer guards against a second Botswain on the same database.
type Writer interface {
	// MayStore is an error while what happens must not be stored; the journal keeps it.
	MayStore() error
	// MayStart is an error for people while nothing may be started.
	MayStart() error
	// AwaitStart waits until something may be started, or ctx ends.
	AwaitStart(ctx context.Context) error
}

// sole is the Writer of a supervisor without one.
type sole struct{}

func (sole) MayStore() error                  { return nil }
func (sole) MayStart() error                  { return nil }
func (sole) AwaitStart(context.Context) error { return nil }

// LogSink is what the supervisor tells the log path. None of it may block for long.
type LogSink interface {
	// Follow reads on in the spool folder of a run from where it was read last.
	Follow(id bot.ID, run bot.RunID, dir string)
	// Finish says that nothing is written into the run's spool any more.
	Finish(run bot.RunID)
	// Note adds a line of Botswain's own to the bot's log. The levels are those of logs.Level.
	Note(id bot.ID, run bot.RunID, level int, text string)
	// Echo is Note before whatever of the run's output hasn't been read yet.
	Echo(id bot.ID, run bot.RunID, level int, text string)
}

// The levels of notes, equal to logs.Info, logs.Warn and logs.Error.
const (
	noteInfo  = 3
	noteWarn  = 4
	noteError = 5
)

// EnvFunc makes the environment of a run, as "NAME=value". A *fault.Error with code Invalid
// means that trying again can't help.
type EnvFunc func(ctx context.Context, b bot.Bot, run bot.RunID) ([]string, error)

// SecretsFunc gives the secrets of a bot by name. An error means what it means for EnvFunc.
type SecretsFunc func(ctx context.Context, id bot.ID) (map[string]string, error)
