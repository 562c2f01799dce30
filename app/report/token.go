package report

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/botswain/botswain/app/bot"
)

// tokenPrefix lets people and scanners recognise a token of a run; API tokens have another.
const tokenPrefix = "bsr_"

// keyLabel keeps this use of the installation's key apart from all others (RFC 5869's info).
const keyLabel = "botswain report token v1"

// Tokens makes and reads the tokens of runs: the run's id and its HMAC-SHA256. They hold for as long
// as the key does; whether the run lives is for the caller to find out.
type Tokens struct{ key []byte }

// DeriveKey derives the key of run tokens from the installation's.
func DeriveKey(secret []byte) ([]byte, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, keyLabel, sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("derive the key of run tokens: %w", err)
	}
	return key, nil
}

// NewTokens makes tokens with a key of their own: see DeriveKey.
func NewTokens(key []byte) *Tokens { return &Tokens{key: key} }

// Of is the token of a run.
func (t *Tokens) Of(run bot.RunID) string {
	return tokenPrefix + base64.RawURLEncoding.EncodeToString(append(run[:], t.sign(run)...))
}

// Run reads a token; false when it isn't one of ours.
func (t *Tokens) Run(raw string) (run bot.RunID, ok bool) {
	text, found := strings.CutPrefix(raw, tokenPrefix)
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	// The decoder skips line ends, so the length of the text counts too.
	if !found || err != nil || len(b) != len(run)+sha256.Size || len(text) != base64.RawURLEncoding.EncodedLen(len(b)) {
		return run, false
	}
	copy(run[:], b)
	return run, hmac.Equal(b[len(run):], t.sign(run))
}

func (t *Tokens) sign(run bot.RunID) []byte {
	mac := hmac.New(sha256.New, t.key)
	mac.Write(run[:])
	return mac.Sum(nil)
}
