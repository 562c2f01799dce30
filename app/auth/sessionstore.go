package auth

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/botswain/botswain/app/fault"
)

// storedSession is a row of user_sessions with its user.
type storedSession struct {
	data    []byte
	expires time.Time
	seen    time.Time
	user    User
	kept    bool // remembered: the database couldn't be asked
}

// newSession is what SignIn wants to be stored with the next commit.
type newSession struct {
	SignIn
	user User
}

// visit is what one request knows about its session. It travels in the context, since scs hands
// the store nothing else. One goroutine uses it: the request's.
type visit struct {
	ip    string
	user  *User       // whose session it is, once it was found
	fresh *newSession // set by SignIn, taken by the first commit
}

// sessionStore is scs' store on user_sessions. Two things differ from the usual ones: a session
// comes into being only by SignIn, never by a commit, so that one that was ended while a request
// ran stays ended; and while the database is away, who was known a moment ago stays known.
type sessionStore struct {
	store *store
	now   func() time.Time
	log   *slog.Logger
	grace *grace[storedSession]
}

func newSessionStore(st *store, now func() time.Time, log *slog.Logger) *sessionStore {
	return &sessionStore{store: st, now: now, log: log,
		grace: newGrace(now, func(s storedSession) uuid.UUID { return s.user.ID })}
}

// look finds a live session. Errors: errNoRow, fault.Unavailable.
func (s *sessionStore) look(ctx context.Context, token string) (storedSession, error) {
	if token == "" || len(token) > 128 {
		return storedSession{}, errNoRow
	}
	hash := hashToken(token)
	found, err := s.store.session(ctx, hash, s.now())
	switch {
	case err == nil:
		s.grace.remember(hash, found)
		return found, nil
	case errors.Is(err, errNoRow):
		s.grace.forget(hash)
		return storedSession{}, err
	case fault.CodeOf(err) == fault.Unavailable:
		if kept, ok := s.grace.recall(hash, graceTime); ok && s.now().Before(kept.expires) {
			kept.kept = true
			return kept, nil
		}
	}
	return storedSession{}, err
}

// FindCtx implements scs.CtxStore and notes that the session is in use.
func (s *sessionStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	found, err := s.look(ctx, token)
	if errors.Is(err, errNoRow) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	v := visitOf(ctx)
	v.user = &found.user
	if now := s.now(); !found.kept && now.Sub(found.seen) >= time.Minute {
		if err := s.store.touchSession(ctx, hashToken(token), v.ip, now); err != nil {
			s.log.Debug("last use of a session not stored", "error", err)
		}
	}
	return found.data, true, nil
}

// CommitCtx implements scs.CtxStore. Losing a small change, such as a message for the next page,
// is better than failing a request; a session that can't be made fails.
func (s *sessionStore) CommitCtx(ctx context.Context, token string, data []byte, expires time.Time) error {
	hash, v := hashToken(token), visitOf(ctx)
	if v.fresh == nil {
		if err := s.store.updateSession(ctx, hash, data); err != nil {
			s.log.Warn("session not updated", "error", err)
		}
		return nil
	}
	now := s.now()
	if idle := now.Add(idleTime); !v.fresh.Remember && idle.Before(expires) {
		expires = idle
	}
	if err := s.store.insertSession(ctx, hash, data, *v.fresh, now, expires); err != nil {
		return err
	}
	v.fresh = nil
	return nil
}

// DeleteCtx implements scs.CtxStore.
func (s *sessionStore) DeleteCtx(ctx context.Context, token string) error {
	if token == "" {
		return nil
	}
	hash := hashToken(token)
	s.grace.forget(hash)
	return s.store.deleteSession(ctx, hash)
}

// Find, Commit and Delete are scs.Store without a context. scs prefers the others.
func (s *sessionStore) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

// Commit is CommitCtx without a context.
func (s *sessionStore) Commit(token string, data []byte, expires time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expires)
}

// Delete is DeleteCtx without a context.
func (s *sessionStore) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }

// visitOf gives the context's visit, or an unconnected one where there is none.
func visitOf(ctx context.Context) *visit {
	if v, ok := ctx.Value(visitKey).(*visit); ok {
		return v
	}
	return &visit{}
}
