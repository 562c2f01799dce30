package auth

import (
	"context"
	"errors"

	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
)

// wrongLogin is the one answer to every wrong pair, so that it doesn't tell which users exist.
const wrongLogin = "Wrong user name or password."

// Login checks a user name and password. remoteIP is the address that the request came from. Errors
// are fault.Unauthorized for a wrong pair, the same whether the user exists or not; fault.TooMany
// with RetryAfter after too many of them; fault.Unavailable while the database is away.
// It makes no session: see SignIn.
func (s *Service) Login(ctx context.Context, username, password, remoteIP string) (User, error) {
	name, address := nameKey(username), addressKey(remoteIP)
	if wait := s.limits.addresses.begin(address); wait > 0 {
		return User{}, tooMany(wait)
	}
	if wait := s.limits.names.begin(name); wait > 0 {
		s.limits.addresses.undo(address)
		return User{}, tooMany(wait)
	}
	user, ok, err := s.verify(ctx, username, password)
	switch {
	case err != nil:
		s.limits.addresses.undo(address)
		s.limits.names.undo(name)
		return User{}, err
	case !ok:
		// Not the name: people type passwords into the wrong field.
		s.log.Info("login refused", "ip", remoteIP)
		return User{}, fault.New(fault.Unauthorized, wrongLogin)
	}
	s.limits.addresses.undo(address)
	s.limits.names.clear(name)
	s.record(ctx, event.UserLogin, event.Actor(user.Username), user.Username+" signed in")
	return user, nil
}

// verify looks the user up and compares; it does the same work for a user that doesn't exist.
func (s *Service) verify(ctx context.Context, username, password string) (User, bool, error) {
	user, hash, err := s.store.userByName(ctx, username)
	if err != nil && !errors.Is(err, errNoRow) {
		return User{}, false, err
	}
	ok, err := s.hasher.matches(ctx, password, hash)
	if err != nil {
		return User{}, false, err
	}
	return user, ok, nil
}
