// Package redact finds secrets in what bots print, in the disguises that programs give them: with
// escape sequences of a terminal between their characters, percent-encoded, escaped as in JSON, in
// base64. Beside the values that are known for a bot it finds whatever has the shape of a token of
// Telegram or Discord, or of Botswain's own.
package redact

import "strings"

const (
	// MinValue is the least length of a value that is looked for, in bytes: replacing shorter ones
	// would blank half of what a bot prints.
	MinValue = 6
	// MinLine is the same for each line of a value of several lines.
	MinLine = 8
)

// The names that stand for tokens which are known by their shape only.
const (
	TelegramToken = "TELEGRAM_TOKEN"
	DiscordToken  = "DISCORD_TOKEN"
	BotswainToken = "BOTSWAIN_TOKEN"
)

// Secret is a value that must not be seen, and the name that stands for it.
type Secret struct{ Name, Value string }

// Set looks for the secrets of one bot. It never changes, so many goroutines may use it. The nil Set
// finds tokens by their shape.
type Set struct {
	search   search
	patterns []pattern
	quotes   bool // some pattern has a character that dull takes for granted
}

// New makes a set; of the same value under two names the first is told. Values that are too short
// (see MinValue and MinLine) are left out.
func New(secrets []Secret) *Set {
	s := &Set{patterns: patternsOf(secrets)}
	for i := range s.patterns {
		s.quotes = s.quotes || strings.ContainsAny(s.patterns[i].text, "\"\n\r\t")
	}
	s.search = newSearch(s.patterns)
	return s
}

// Span is a part of a text that gives a secret away.
type Span struct {
	From, To int // in bytes
	Name     string
}

// Mark is what stands in place of the span.
func (s Span) Mark() string { return "[redacted:" + s.Name + "]" }

// Text gives a text without its secrets.
func (s *Set) Text(text string) string {
	var f Finder
	spans := f.Find(s, []byte(text), Edges{})
	if len(spans) == 0 {
		return text
	}
	var b strings.Builder
	pos := 0
	for _, span := range spans {
		b.WriteString(text[pos:span.From])
		b.WriteString(span.Mark())
		pos = span.To
	}
	b.WriteString(text[pos:])
	return b.String()
}
