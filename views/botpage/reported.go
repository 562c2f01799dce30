package botpage

import (
	"strings"
	"time"

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
func (f Figure) label() string {
	if known := map[string]string{"guilds": "Servers", "commands": "Commands registered", "ping_ms": "Ping"}[f.Name]; known != "" {
		return known
	}
	return f.counter()
}

// counter is the name of a counter in words.
func (f Figure) counter() string {
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

func staleWords(f Figure) string {
	if f.Stale {
		return "The bot hasn't said so for a while, or doesn't run: this need not be what is now."
	}
	return ""
}
