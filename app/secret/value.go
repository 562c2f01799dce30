package secret

import (
	"maps"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
)

// entry is one secret in memory.
type entry struct {
	value       string
	broken      bool // what is stored doesn't open: the row was changed, or comes from elsewhere
	fingerprint [32]byte
	hint        string
	updated     time.Time
}

// Info is what may be shown of a secret.
type Info struct {
	Name string
	// Hint is the value's last four characters; "" when it is too short to show any.
	Hint      string
	UpdatedAt time.Time
	// Broken says that it can't be decrypted and has to be set again.
	Broken bool
	// Shared are the other bots that have the same value, under whatever name.
	Shared []bot.ID
}

// Known is a value with the name that it has for its bot.
type Known struct{ Name, Value string }

// hintFrom is the length, in characters, from which on a value's last hintLength are shown.
const (
	hintFrom   = 12
	hintLength = 4
)

// hint is what a page shows of a value, so that people can tell which one is set.
func hint(value string) string {
	if utf8.RuneCountInString(value) < hintFrom {
		return ""
	}
	r := []rune(value)
	return string(r[len(r)-hintLength:])
}

// names of a bot's secrets, sorted.
func (k *kept) names() []string { return slices.Sorted(maps.Keys(k.now)) }

// values of a bot; a fault.Invalid when one can't be given.
func (k *kept) values() (map[string]string, error) {
	out := make(map[string]string, len(k.now))
	for _, name := range k.names() {
		e := k.now[name]
		if e.broken {
			return nil, fault.New(fault.Invalid, "its secret %s can't be decrypted; set it again on the bot's Secrets page", name)
		}
		out[name] = e.value
	}
	return out, nil
}
