package botpage

import (
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/views/ui"
)

// PlatformID is there without anything in it for bots that belong to no platform.
const PlatformID = "bot-platform"

// Platform is what Telegram or Discord says about a bot.
type Platform struct {
	Bot   bot.ID
	Type  bot.Type
	Title string // "Telegram"; "": the bot belongs to none
	// Badge sums it up.
	Tone ui.Tone
	Word string
	// Unasked says why the platform isn't asked; "": it can be.
	Unasked string
	Failure string    // why the last question brought no answer; "": it did
	Until   time.Time // before it nobody asks again; zero: anybody may
	AskedAt time.Time // zero: not yet
	FactsAt time.Time // when the figures came; zero: there are none
	// Pending are updates that wait; nil: not known.
	Pending     *int
	PendingNote string
	Session     *Session
	Rows        []PlatformRow
	Findings    []PlatformFinding
	Now         time.Time
}

// Session is how many gateway sessions a Discord bot may still start.
type Session struct {
	Remaining, Total int
	ResetsAt         time.Time
}

// PlatformRow is one figure; without a Value Why says why it isn't available.
type PlatformRow struct{ Label, Value, Why string }

// PlatformFinding is something that a person should know.
type PlatformFinding struct {
	Tone                ui.Tone
	Title, Text, Remedy string
}

func (p Platform) checkPath() string { return "/bots/" + p.Bot.String() + "/platform/check" }
