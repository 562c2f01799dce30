package auth

import (
	"context"
	"errors"
	"strings"

	"github.com/google/uuid"

	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
)

// AddUser makes an account. Errors: fault.Invalid at "username" and "password".
func (s *Service) AddUser(ctx context.Context, by event.Actor, username, password string) (User, error) {
	username = strings.TrimSpace(username)
	if fields := checkAccount(username, password); len(fields) > 0 {
		return User{}, invalid(fields)
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return User{}, err
	}
	u := User{ID: uuid.New(), Username: username, Role: RoleAdmin, CreatedAt: s.now()}
	switch err := s.store.insertUser(ctx, u, hash); {
	case errors.Is(err, errTaken):
		return User{}, invalid(map[string]string{"username": "There is a user with this name already."})
	case err != nil:
		return User{}, err
	}
	s.hasUser.Store(true)
	s.record(ctx, event.UserCreated, by, "User "+username+" was created")
	return u, nil
}

// ListUsers gives all users by name.
func (s *Service) ListUsers(ctx context.Context) ([]User, error) { return s.store.users(ctx) }

// UserByName finds a user whatever the case of the name; fault.NotFound when there is none.
func (s *Service) UserByName(ctx context.Context, username string) (User, error) {
	u, _, err := s.store.userByName(ctx, username)
	if errors.Is(err, errNoRow) {
		return User{}, fault.New(fault.NotFound, "There is no user with this name.")
	}
	return u, err
}

// SetPassword changes a password and ends all sessions of that user. Errors: fault.Invalid at
// "password", fault.NotFound.
func (s *Service) SetPassword(ctx context.Context, id uuid.UUID, password string) error {
	username, err := s.store.usernameOf(ctx, id)
	if errors.Is(err, errNoRow) {
		return fault.New(fault.NotFound, "There is no such user.")
	}
	if err != nil {
		return err
	}
	if m := checkPassword(username, password); m != "" {
		return invalid(map[string]string{"password": m})
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	if err := s.store.setPassword(ctx, id, hash, s.now()); err != nil {
		return err
	}
	s.sessions.grace.forgetUser(id)
	return nil
}

// maxLanguage bounds the tag of a language, in bytes; that of a real one is shorter.
const maxLanguage = 35

// SetLanguage stores the language that a user wants, as a BCP 47 tag; "" leaves it to their browsers.
// Which tags mean something is the caller's to know. Errors: fault.Invalid, fault.NotFound.
func (s *Service) SetLanguage(ctx context.Context, id uuid.UUID, language string) error {
	if len(language) > maxLanguage || strings.ContainsFunc(language, func(r rune) bool {
		return r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}) {
		return fault.New(fault.Invalid, "This is not the tag of a language.")
	}
	err := s.store.setLanguage(ctx, id, language, s.now())
	if errors.Is(err, errNoRow) {
		return fault.New(fault.NotFound, "There is no such user.")
	}
	if err == nil {
		s.sessions.grace.forgetUser(id) // else sessions would go on with the old one while the database is away
	}
	return err
}
