// Package bot is the leaf of the domain: what a bot is, how it should be run, in which state it
// is, and what makes a definition valid. It imports nothing of Botswain but app/fault.
package bot

import (
	"time"

	"github.com/google/uuid"
)

// ID identifies a bot for its whole life; it is in URLs and in the REST contract.
type ID = uuid.UUID

// RunID identifies one start of a bot; the process carries it as BOTSWAIN_RUN_ID.
type RunID = uuid.UUID

// NewID makes a time-ordered UUID (version 7), for bots, runs and users alike.
func NewID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

// Type says which platform a bot talks to.
type Type string

// The types of the contract.
const (
	TelegramBot     Type = "telegram_bot"
	TelegramUserbot Type = "telegram_userbot"
	DiscordBot      Type = "discord_bot"
	Generic         Type = "generic"
)

// Types lists all types in the order forms show them.
func Types() []Type { return []Type{TelegramBot, TelegramUserbot, DiscordBot, Generic} }

// Spec is what a person decides about a bot. NewSpec has all defaults, and what reads a
// definition lays what it was given over them: a zero number or duration is a zero, not "not
// given". Normalize tidies the words, Validate says what is wrong.
type Spec struct {
	Name string
	Type Type
	// Command is the argument vector; it is never given to a shell.
	Command []string
	// Dir is the working directory; relative to the directory that Botswain was started in.
	Dir string
	// Env is given to the process on top of what every bot gets.
	Env  map[string]string
	Tags []string
	// Autostart starts the bot when Botswain starts, unless a person stopped it before.
	Autostart bool
	Restart   RestartPolicy
	Stop      StopPolicy
	Limits    Limits
	// StartSeconds is how long a process must live to count as Running, in seconds; 0: it is
	// Running as soon as it exists.
	StartSeconds float64
	// Ready says when a process counts as Running; Health how a running one is watched.
	Ready  ReadyCheck
	Health HealthCheck
	// RunAs is the user that the process runs as; empty: Botswain's own. Only root can run
	// processes as somebody else; whether the user exists shows at the start.
	RunAs string
	// Group is a word like a tag, for bots that are started, stopped and restarted together; empty:
	// none.
	Group string
	// StartAfter lists bots that must be running before this one starts. That they exist, and that
	// none waits for itself by a detour, is checked by the service that knows all bots.
	StartAfter []ID
}

// Bot is a stored definition.
type Bot struct {
	ID ID
	Spec
	// Version grows by one with each change; an update names the version that it was made from.
	Version   int
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Limits bound what the process tree may use; zero means no limit.
type Limits struct {
	MemoryMax int64 // bytes
	// MemorySoft is where the bot is restarted gracefully, in bytes; below MemoryMax, where it is
	// killed.
	MemorySoft int64
	CPUMax     float64 // cores; 0.5 is half of one core
	Processes  int     // processes and threads of the whole tree
	OpenFiles  int     // descriptors for each process
	CoreDumps  bool    // whether a process that crashes may leave a core file
}

// StopPolicy says how a bot is stopped: the signal goes to the whole tree, and what still lives
// after Timeout is killed. With Timeout 0 the tree is killed at once, without Signal.
type StopPolicy struct {
	Signal  string // "SIGTERM", "SIGINT", …: see Signals
	Timeout time.Duration
}

// Policy says after which ends a bot is started again.
type Policy string

// The restart policies of the contract.
const (
	Always    Policy = "always"
	OnFailure Policy = "on-failure"
	Never     Policy = "never"
)

// RestartPolicy says whether and when a bot that ended is started again. The wait before
// attempt n (from 0) is InitialDelay × Factor^n, at most MaxDelay, ± Jitter.
//
// With InitialDelay 0 the first restart is at once, and the waits after it grow from RestartFloor:
// RestartFloor × Factor^(n-1), at most MaxDelay; MaxDelay 0 means never to wait. So that a bot that
// ends as soon as it starts doesn't keep the machine busy, the first of such ends in a row is
// followed at once, and each further one by a wait of RestartFloor at least, whatever MaxDelay and
// ResetAfter say.
type RestartPolicy struct {
	Policy       Policy
	InitialDelay time.Duration
	MaxDelay     time.Duration
	Factor       float64
	// ResetAfter is how long a run must last for the next wait to be InitialDelay again; with 0
	// each run does that. A start that made no process is no run.
	ResetAfter time.Duration
	// GiveUpAfter is the number of failures in a row after which the bot stays Crashed; 0: never.
	GiveUpAfter int
	// Schedule is when a running bot is restarted, for ParseSchedule; empty: never.
	Schedule string
}

// Jitter is the share by which each wait is varied, both ways, so that bots that died together
// don't start together.
const Jitter = 0.2

// RestartFloor is the shortest wait that grows, for policies that begin with none; see
// RestartPolicy.
const RestartFloor = 50 * time.Millisecond
