package auth

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
)

// MinPassword and MaxPassword bound a new password: characters below, bytes above. Eight is the least
// that NIST SP 800-63B allows.
const (
	MinPassword = 8
	MaxPassword = 1024
)

// atOnce is how many passwords are hashed at the same time: each takes memory and a core.
const atOnce = 2

// hasher makes and checks argon2id hashes, a few at a time.
type hasher struct {
	params *argon2id.Params
	slots  chan struct{}
	dummy  func() (string, error)
}

// newHasher uses the parameters that OWASP's password storage cheat sheet recommends for argon2id.
func newHasher() *hasher {
	p := &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}
	return &hasher{
		params: p,
		slots:  make(chan struct{}, atOnce),
		dummy:  sync.OnceValues(func() (string, error) { return argon2id.CreateHash("nobody's password", p) }),
	}
}

// take waits for a slot; the error is the context's.
func (h *hasher) take(ctx context.Context) error {
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	if err := h.take(ctx); err != nil {
		return "", err
	}
	defer func() { <-h.slots }()
	return argon2id.CreateHash(password, h.params)
}

// matches compares a password with a hash. An empty hash stands for an unknown user: the same work
// is done, so that the time taken doesn't tell whether a user exists.
func (h *hasher) matches(ctx context.Context, password, hash string) (bool, error) {
	if err := h.take(ctx); err != nil {
		return false, err
	}
	defer func() { <-h.slots }()
	known := hash != ""
	if !known {
		var err error
		if hash, err = h.dummy(); err != nil {
			return false, fmt.Errorf("hash for an unknown user: %w", err)
		}
	}
	if len(password) > MaxPassword {
		password, known = password[:MaxPassword], false
	}
	ok, err := argon2id.ComparePasswordAndHash(password, hash)
	if err != nil {
		return false, fmt.Errorf("compare password: %w", err)
	}
	return ok && known, nil
}

// checkUsername answers what is wrong with a new user name, "" when nothing is.
func checkUsername(name string) string {
	switch {
	case name == "":
		return "Enter a user name."
	case len(name) > 32:
		return "Use at most 32 characters."
	}
	for _, r := range strings.ToLower(name) {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && !strings.ContainsRune("._-", r) {
			return "Use only letters a to z, digits, dots, dashes and underscores."
		}
	}
	return ""
}

// checkPassword answers what is wrong with a new password, "" when nothing is.
func checkPassword(username, password string) string {
	switch {
	case password == "":
		return "Enter a password."
	case !utf8.ValidString(password):
		return "Use only characters that can be typed."
	case utf8.RuneCountInString(password) < MinPassword:
		return fmt.Sprintf("Use at least %d characters.", MinPassword)
	case len(password) > MaxPassword:
		return fmt.Sprintf("Use at most %d characters.", MaxPassword)
	case strings.EqualFold(password, username):
		return "The password must differ from the user name."
	}
	return ""
}

// checkAccount gives what is wrong, by field; empty when nothing is.
// CheckAccount says what keeps a user name and password from being a new account's: nil, or a
// fault.Invalid with the fields "username" and "password".
func CheckAccount(username, password string) error {
	if fields := checkAccount(username, password); len(fields) > 0 {
		return invalid(fields)
	}
	return nil
}

func checkAccount(username, password string) map[string]string {
	fields := map[string]string{}
	if m := checkUsername(username); m != "" {
		fields["username"] = m
	}
	if m := checkPassword(username, password); m != "" {
		fields["password"] = m
	}
	return fields
}
