// Package crew is what people do with bots: it keeps their definitions, and is the one service
// that pages, REST API and command line use to list, change, start and stop them.
//
// Definitions are kept in memory as well as in Postgres, so that lists answer while the database
// is away. A change goes to the database first, then to memory, then to the supervisor.
package crew

import (
	"context"
	"log/slog"
	"strings"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/secret"
)

// Supervisor is what runs the bots.
type Supervisor interface {
	Put(ctx context.Context, b bot.Bot) error
	Retire(ctx context.Context, id bot.ID, by event.Actor) error
	Remove(ctx context.Context, id bot.ID) error
	Act(ctx context.Context, id bot.ID, a bot.Action, by event.Actor) (bot.Status, error)
	ActAll(ctx context.Context, ids []bot.ID, a bot.Action, by event.Actor) []error
	Status(id bot.ID) (bot.Status, bool)
	Settle(ctx context.Context)
	Input(ctx context.Context, id bot.ID, run bot.RunID, by event.Actor, line string) error
	Install(ctx context.Context, id bot.ID, commands, script string, by event.Actor) (bot.Status, error)
	CancelInstall(ctx context.Context, id bot.ID, by event.Actor) (bot.Status, error)
}

// History knows the runs of bots.
type History interface {
	// List gives the runs that ended in one way ("": all), newest first, before a number (0: from the newest).
	List(ctx context.Context, id bot.ID, o bot.Outcome, beforeNumber, limit int) ([]event.Run, error)
}

// Events lists what happened.
type Events interface {
	List(ctx context.Context, q event.ListQuery) ([]event.Event, error)
}

// Logs forgets the log of a deleted bot.
type Logs interface {
	Forget(ctx context.Context, id bot.ID) error
}

// Secrets keeps what bots are given and nobody else sees; *secret.Vault is one.
type Secrets interface {
	Prepare(id bot.ID, c secret.Change) (*secret.Prepared, error)
	List(id bot.ID) []secret.Info
	Forget(id bot.ID)
	Reload(ctx context.Context) error
}

// Options are what a Service stands on; all are needed but Secrets and Log.
type Options struct {
	Store      Storage
	Supervisor Supervisor
	History    History
	Events     Events
	Logs       Logs
	Secrets    Secrets // nil: bots have none
	// Caution says what a person should know before a bot is started or restarted, as a fault with
	// Confirm; nil: nothing ever.
	Caution func(context.Context, bot.Bot) error
	DataDir string // example bots are written to "examples" and "bots" in it
	Hub     *event.Hub
	Log     *slog.Logger
}

// Service is safe for use by many goroutines.
type Service struct {
	store      Storage
	supervisor Supervisor
	history    History
	events     Events
	logs       Logs
	secrets    Secrets
	caution    func(context.Context, bot.Bot) error
	dataDir    string
	hub        *event.Hub
	log        *slog.Logger
	roll       *roll
	change     lock // held from a definition's write until the supervisor has it
}

// New makes a service. It reads the definitions when they are first asked for.
func New(o Options) *Service {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{
		store: o.Store, supervisor: o.Supervisor, history: o.History, events: o.Events, logs: o.Logs, secrets: o.Secrets, caution: o.Caution,
		dataDir: o.DataDir, hub: o.Hub, log: o.Log, roll: newRoll(), change: make(lock, 1),
	}
}

// View is a bot with what it does now.
type View struct {
	bot.Bot
	Status  bot.Status
	Secrets []secret.Info // by name; values are never here
}

// ChangesPending says whether the running process was started with older settings: the new ones
// apply at the next start.
func (v View) ChangesPending() bool {
	return v.Status.State.Alive() && v.Status.RunVersion < v.Version
}

func (s *Service) view(b bot.Bot) View {
	st, ok := s.supervisor.Status(b.ID)
	if !ok { // for a moment, while Botswain starts
		st = bot.Status{ID: b.ID, State: bot.Stopped, Since: b.CreatedAt}
	}
	b.Spec = b.Normalize() // a copy that shares nothing
	v := View{Bot: b, Status: st}
	if s.secrets != nil {
		v.Secrets = s.secrets.List(b.ID)
	}
	return v
}

// Act does what a person asks of a bot and answers how it is right after. An action that the
// state forbids is a fault.Conflict; so is a start that they should think about first: that one has
// Confirm set.
func (s *Service) Act(ctx context.Context, by event.Actor, id bot.ID, a bot.Action) (View, error) {
	return s.perform(ctx, by, id, a, false)
}

// ActSure is Act for a person who was asked and has confirmed.
func (s *Service) ActSure(ctx context.Context, by event.Actor, id bot.ID, a bot.Action) (View, error) {
	return s.perform(ctx, by, id, a, true)
}

// Question is the fault with Confirm that Act would answer now, or nil when it would ask nothing.
func (s *Service) Question(ctx context.Context, id bot.ID, a bot.Action) error {
	b, err := s.find(ctx, id)
	if err != nil {
		return err
	}
	return s.askFirst(ctx, b, a)
}

func (s *Service) perform(ctx context.Context, by event.Actor, id bot.ID, a bot.Action, sure bool) (View, error) {
	b, err := s.find(ctx, id)
	if err != nil {
		return View{}, err
	}
	if s.roll.isLeaving(id) && a != bot.Kill { // a kill hastens the stop that the deletion waits for
		return View{}, leavingFault()
	}
	if !sure {
		if err := s.askFirst(ctx, b, a); err != nil {
			return View{}, err
		}
	}
	st, err := s.supervisor.Act(ctx, id, a, by)
	if err != nil {
		return View{}, err
	}
	v := s.view(b)
	v.Status = st
	return v, nil
}

// askFirst is the caution before an action that is possible.
func (s *Service) askFirst(ctx context.Context, b bot.Bot, a bot.Action) error {
	if s.caution == nil || a != bot.Start && a != bot.Restart {
		return nil
	}
	if st, ok := s.supervisor.Status(b.ID); ok && !st.State.Allows(a) {
		return nil
	}
	return s.caution(ctx, b)
}

// MaxInput bounds a line for a bot, in bytes: a pipe takes no more at once without being read.
const MaxInput = 32 << 10

// CheckInput takes the line end off a line for a bot; what is no line is a fault.Invalid at "line".
func CheckInput(line string) (string, error) {
	line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
	wrong := ""
	switch {
	case strings.ContainsAny(line, "\n\r\x00"):
		wrong = "Send one line only, without NUL."
	case len(line) > MaxInput:
		wrong = "Send at most 32 KiB."
	}
	if wrong != "" {
		return "", &fault.Error{Code: fault.Invalid, Message: wrong, Fields: map[string]string{"line": wrong}}
	}
	return line, nil
}

// SendInput writes one line to a bot's standard input; the event that records it names by and shows
// the line. run is the run that it is meant for (zero: any); when it isn't the present one, or when
// the bot doesn't run, that is a fault.Conflict. A bot that doesn't read is fault.Unavailable.
func (s *Service) SendInput(ctx context.Context, by event.Actor, id bot.ID, run bot.RunID, line string) error {
	line, err := CheckInput(line)
	if err != nil {
		return err
	}
	if _, err := s.find(ctx, id); err != nil {
		return err
	}
	return s.supervisor.Input(ctx, id, run, by, line)
}

// Runs lists a bot's runs, newest first: those before a number (0: from the newest), at most
// limit (1 to 500).
func (s *Service) Runs(ctx context.Context, id bot.ID, beforeNumber, limit int) ([]event.Run, error) {
	if _, err := s.find(ctx, id); err != nil {
		return nil, err
	}
	runs, err := s.history.List(ctx, id, "", max(0, beforeNumber), min(max(1, limit), event.MaxList))
	return runs, away(err)
}

// Events lists what happened, newest first.
func (s *Service) Events(ctx context.Context, q event.ListQuery) ([]event.Event, error) {
	s.supervisor.Settle(ctx)
	events, err := s.events.List(ctx, q)
	return events, away(err)
}

// away tells a person about a database that doesn't answer.
func away(err error) error {
	if err == nil || fault.CodeOf(err) != "" {
		return err
	}
	return fault.Wrap(err, fault.Unavailable, "The database does not answer. The bots go on; try again in a moment.")
}
