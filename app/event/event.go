// Package event has what Botswain tells about itself: stored events (what happened, when, by
// whom) and the live hub (something changed, look again).
package event

import (
	"time"

	"github.com/google/uuid"

	"github.com/botswain/botswain/app/bot"
)

// Kind names what happened, "subject.verb".
type Kind string

// The kinds. A new kind needs a line here and, if it should look special, one in views.
const (
	BotCreated    Kind = "bot.created"
	BotUpdated    Kind = "bot.updated"
	BotDeleted    Kind = "bot.deleted"
	BotStarting   Kind = "bot.starting" // a process was started
	BotRunning    Kind = "bot.running"  // it is up
	BotStopping   Kind = "bot.stopping"
	BotStopped    Kind = "bot.stopped"
	BotExited     Kind = "bot.exited"    // ended with success and is left so
	BotWaiting    Kind = "bot.waiting"   // died, will be started again
	BotCrashed    Kind = "bot.crashed"   // died and stays down
	BotAdopted    Kind = "bot.adopted"   // found alive after a restart of Botswain
	BotCause      Kind = "bot.cause"     // why it ended was recognised
	BotCrashLoop  Kind = "bot.crashloop" // it crashes again and again
	BotInput      Kind = "bot.input"     // a person wrote a line to it
	BotUnordered  Kind = "bot.unordered" // started without one that it starts after
	BotDeaf       Kind = "bot.unresponsive"
	BotHeard      Kind = "bot.responsive" // it was unresponsive
	BotWarning    Kind = "bot.warning"    // something about a running bot that a person should know
	SecretSet     Kind = "bot.secret_set" // the message has its name, never its value
	SecretRemoved Kind = "bot.secret_removed"
	KeyRotated    Kind = "botswain.key_rotated"
	UserCreated   Kind = "user.created"
	UserLogin     Kind = "user.login"
	UserLogout    Kind = "user.logout"
	TokenMade     Kind = "token.created"
	Upgraded      Kind = "botswain.upgraded" // another program took over in place
	PlatformDown  Kind = "platform.down"     // several bots can't reach their platform
	PlatformUp    Kind = "platform.up"       // it answers again

	// What a bot tells of itself.
	BotReportSuccess Kind = "bot.report.success"
	BotReportError   Kind = "bot.report.error"
	BotReportInfo    Kind = "bot.report.info"
)

// Actor is who caused something: a user name, or "" for Botswain itself.
type Actor string

// Botswain is the actor of what nobody asked for.
const Botswain Actor = ""

// Event is one stored fact. Message is safe to show and never holds a secret.
type Event struct {
	ID      int64
	At      time.Time
	Kind    Kind
	Bot     *bot.ID    // nil when it is about no bot
	Run     *bot.RunID // nil when it is about no run
	Actor   Actor
	Message string
}

// Run is one recorded start of a bot, as Runs pages and uptime use it.
type Run struct {
	ID      bot.RunID
	Bot     bot.ID
	Number  int // 1, 2, 3 … for each bot
	Version int // of the definition that it was started with
	// Cause is why it was started: "manual", "autostart", "restart", "crash", "resume", "schedule",
	// "memory", "health", "reboot" or "oom".
	Cause string
	Actor Actor
	// PreviousEnd is why the run before ended, in words; "": there was none, or it isn't known.
	PreviousEnd string
	PID         int
	BootID      string // the boot of the machine that it ran in; "" without a process
	StartedAt   time.Time
	RunningAt   *time.Time // when it counted as up; nil: it didn't
	EndedAt     *time.Time
	Exit        *bot.Exit
	Outcome     bot.Outcome // "" while it goes on
	PeakRSS     *int64      // bytes, of the tree; nil: it wasn't measured
	PeakCPU     *float64    // percent; 100 is one core
	// Headline is what it printed last that says why it ended abnormally, and Fingerprint the same without
	// what differs from time to time; "": nothing is kept (yet). KeptAt is when its last lines were kept.
	Headline, Fingerprint string
	KeptAt                *time.Time
}

// UserID is here so that packages that only need the type don't import auth.
type UserID = uuid.UUID
