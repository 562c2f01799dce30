package secret

import "context"

// Key is an installation's key and where it was found, in words for a person ("the setting
// BOTSWAIN_ENCRYPTION_KEY", a path).
type Key struct {
	Bytes []byte // KeyBytes long
	From  string
}

// Keys is where the installation's keys live; config.Keyring is one.
type Keys interface {
	// Held lists the keys that there are: the one in use first, the one that a rotation goes to after it.
	Held() ([]Key, error)
	// Unused lists keys that lie about and aren't held, so that an error can say that the right one is among them.
	Unused() []Key
	// Next gives the key that a rotation shall go to, made and safely stored if need be. A key that can't
	// be made here is a *fault.Error with words that say what to do.
	Next(ctx context.Context) (Key, error)
	// Rotated is told that nothing needs the old key any more, by the ids of both. It may be told again.
	// The words say what is left for a person to do; "" when nothing is.
	Rotated(old, now string) (todo string, err error)
}

// The states of a key in the database.
const (
	keyCurrent = "current"
	keyNext    = "next"
	keyRetired = "retired"
)
