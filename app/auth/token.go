package auth

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
)

const (
	// tokenPrefix lets people and secret scanners recognise a token.
	tokenPrefix = "bsw_"
	tokenBytes  = 32
	// tokenTrust is how long a token counts as good without another look: API clients ask often.
	tokenTrust = 3 * time.Second
)

// Token is an API token as it may be shown; the token itself is given out once, by CreateToken.
type Token struct {
	ID         uuid.UUID
	Username   string
	Name       string
	CreatedAt  time.Time
	ExpiresAt  *time.Time
	LastUsedAt *time.Time // to the minute
	RevokedAt  *time.Time
}

type storedToken struct {
	id      uuid.UUID
	expires *time.Time
	used    *time.Time
	user    User
}

type tokenCache = grace[storedToken]

func newTokenCache(now func() time.Time) *tokenCache {
	return newGrace(now, func(t storedToken) uuid.UUID { return t.user.ID })
}

// CreateToken makes an API token for a user; ttl 0 means that it never ends. The raw token isn't
// stored and can't be had again. Errors: fault.Invalid at "name" and "ttl", fault.NotFound.
func (s *Service) CreateToken(ctx context.Context, userID uuid.UUID, name string, ttl time.Duration) (raw string, err error) {
	name = strings.TrimSpace(clean(name))
	fields := map[string]string{}
	if len(name) > 100 {
		fields["name"] = "Use at most 100 characters."
	}
	if ttl < 0 {
		fields["ttl"] = "The time must not be negative."
	}
	if len(fields) > 0 {
		return "", invalid(fields)
	}
	username, err := s.store.usernameOf(ctx, userID)
	if errors.Is(err, errNoRow) {
		return "", fault.New(fault.NotFound, "There is no such user.")
	}
	if err != nil {
		return "", err
	}
	var random [tokenBytes]byte
	_, _ = rand.Read(random[:]) // never fails: see crypto/rand
	raw = tokenPrefix + base64.RawURLEncoding.EncodeToString(random[:])
	t := Token{ID: uuid.New(), Name: name, CreatedAt: s.now()}
	if ttl > 0 {
		end := t.CreatedAt.Add(ttl)
		t.ExpiresAt = &end
	}
	if err := s.store.insertToken(ctx, t, userID, hashToken(raw)); err != nil {
		return "", err
	}
	s.record(ctx, event.TokenMade, event.Actor(username), strings.TrimSpace("API token "+name)+" was created for "+username)
	return raw, nil
}

// UserByToken says whom a token stands for: fault.Unauthorized when nobody, fault.Unavailable when
// the database is away and the token wasn't used within the last minutes. A revoked token may
// still pass for a few seconds in another process than the one that revoked it.
func (s *Service) UserByToken(ctx context.Context, raw string) (User, error) {
	if raw == "" {
		return User{}, fault.New(fault.Unauthorized, "This needs an API token: send the header Authorization: Bearer <token>.")
	}
	if !strings.HasPrefix(raw, tokenPrefix) || len(raw) != len(tokenPrefix)+base64.RawURLEncoding.EncodedLen(tokenBytes) {
		return User{}, badToken()
	}
	hash := hashToken(raw)
	if t, ok := s.tokens.recall(hash, tokenTrust); ok && s.live(t) {
		return t.user, nil
	}
	t, err := s.store.token(ctx, hash, s.now())
	switch {
	case err == nil:
		s.noteUse(ctx, &t)
		s.tokens.remember(hash, t)
		return t.user, nil
	case errors.Is(err, errNoRow):
		s.tokens.forget(hash)
		return User{}, badToken()
	case fault.CodeOf(err) == fault.Unavailable:
		if t, ok := s.tokens.recall(hash, graceTime); ok && s.live(t) {
			return t.user, nil
		}
	}
	return User{}, err
}

func (s *Service) live(t storedToken) bool { return t.expires == nil || s.now().Before(*t.expires) }

// noteUse stores the last use, at most once a minute.
func (s *Service) noteUse(ctx context.Context, t *storedToken) {
	now := s.now()
	if t.used != nil && now.Sub(*t.used) < time.Minute {
		return
	}
	if err := s.store.touchToken(ctx, t.id, now); err != nil {
		s.log.Debug("last use of a token not stored", "error", err)
		return
	}
	t.used = &now
}

// ListTokens gives all tokens, also ended and revoked ones, newest first.
func (s *Service) ListTokens(ctx context.Context) ([]Token, error) { return s.store.tokens(ctx) }

// RevokeToken ends a token for good; fault.NotFound when there is none that still counts.
func (s *Service) RevokeToken(ctx context.Context, id uuid.UUID) error {
	err := s.store.revokeToken(ctx, id, s.now())
	if errors.Is(err, errNoRow) {
		return fault.New(fault.NotFound, "There is no such token, or it was revoked already.")
	}
	s.tokens.forgetAll()
	return err
}

func badToken() error {
	return fault.New(fault.Unauthorized, "This API token is unknown, has ended or was taken back.")
}

// clean leaves out what Postgres can't store in a text.
func clean(text string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "")
}
