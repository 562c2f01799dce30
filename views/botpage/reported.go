package botpage

import (
	"context"
	"strings"
	"time"

	"github.com/botswain/botswain/views/i18n"
	"github.com/botswain/botswain/views/ui"
)

// Reported is what the bot says of itself; all lists may be empty.
type Reported struct {
	Gauges   []Figure // the newest
	Counters []Figure // of today
	// Hours is what came to the counters in each of the last hours; nil: nothing.
	Hours *ui.HoursProps
	Zone  string // by which days and hours are counted: "UTC+1"
	Now   time.Time
}

// Figure is one of them; At is when it was reported last.
type Figure struct {
	Name  string
	Value float64
	At    time.Time
	// Stale says that it isn't what is now: it is too old, or the bot doesn't run.
	Stale bool
}

// label is a name in words: "ping_ms" is "Ping ms". The names that Botswain understands have words
// of their own.
func (f Figure) label(ctx context.Context) string {
	if known := map[string]i18n.Key{"users": "bot.users", "guilds": "bot.servers", "commands": "bot.commands-registered", "ping_ms": "bot.ping"}[f.Name]; known != "" {
		return i18n.T(ctx, known)
	}
	return f.plain()
}

// counter is the name of a counter in words.
func (f Figure) counter(ctx context.Context) string {
	switch f.Name {
	case "messages":
		return i18n.T(ctx, "board.counter-messages")
	case "commands":
		return i18n.T(ctx, "board.counter-commands")
	}
	return f.plain()
}

// plain is the name as the bot gave it, written as a word.
func (f Figure) plain() string {
	words := strings.ReplaceAll(f.Name, "_", " ")
	return strings.ToUpper(words[:1]) + words[1:]
}

// unit goes after the value.
func (f Figure) unit() string {
	if f.Name == "ping_ms" {
		return "ms"
	}
	return ""
}

func staleWords(ctx context.Context, f Figure) string {
	if f.Stale {
		return i18n.T(ctx, "bot.stale")
	}
	return ""
}
