package auth

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
)

// CookieName is the session cookie's.
const CookieName = "botswain_session"

const (
	lifetime = 30 * 24 * time.Hour // of every session, at most
	idleTime = 12 * time.Hour      // without a request, for sessions that aren't to be kept
)

// SignIn says how a session is to be made.
type SignIn struct {
	Remember  bool   // keep it for 30 days; otherwise it ends with the browser or after 12 h without use
	IP        string // shown to the user, to recognise sessions
	UserAgent string
}

func newManager(store scs.CtxStore) *scs.SessionManager {
	m := scs.New()
	m.Store = store
	m.Lifetime = lifetime
	m.Cookie.Name = CookieName
	m.Cookie.HttpOnly = true
	m.Cookie.SameSite = http.SameSiteLaxMode
	m.Cookie.Persist = false // only with RememberMe
	return m
}

// Sessions is the manager for reading and writing values of the session that Load put into the
// context. Don't wrap handlers in its LoadAndSave: see Load and Save.
func (s *Service) Sessions() *scs.SessionManager { return s.scs }

// Load reads the session of a request's cookie into the context, together with its user (see
// UserFrom). Without a session the context gets an empty one, which costs nothing. The error is
// fault.Unavailable when the database is away and the session isn't known from just before.
func (s *Service) Load(ctx context.Context, cookie, remoteIP string) (context.Context, error) {
	v := &visit{ip: remoteIP}
	ctx, err := s.scs.Load(context.WithValue(ctx, visitKey, v), cookie)
	if err != nil {
		return nil, err
	}
	if v.user != nil {
		ctx = WithUser(ctx, *v.user)
	}
	return ctx, nil
}

// Save stores what a request changed in its session and sets the cookie; call it before the
// response's header is written. Who isn't signed in gets neither a cookie nor a row.
func (s *Service) Save(ctx context.Context, w http.ResponseWriter, secure bool) {
	m := *s.scs // a copy shares the store and the context key; only the cookie differs
	m.Cookie.Secure = secure
	// scs adds a weaker directive of its own beside the caller's.
	caching := w.Header().Values("Cache-Control")
	defer func() { w.Header()["Cache-Control"] = caching }()
	switch v := visitOf(ctx); m.Status(ctx) {
	case scs.Modified:
		if v.user == nil {
			return
		}
		token, expires, err := m.Commit(ctx)
		if err != nil {
			s.log.Error("session not stored", "error", err)
			return
		}
		m.WriteSessionCookie(ctx, w, token, expires)
	case scs.Destroyed:
		m.WriteSessionCookie(ctx, w, "", time.Time{})
	}
}

// SignIn makes a new session for a user whom Login has just let in. The context must come from
// Load. What session the browser had before ends: nobody can have planted its id.
func (s *Service) SignIn(ctx context.Context, u User, how SignIn) error {
	v := visitOf(ctx)
	if err := s.scs.RenewToken(ctx); err != nil {
		return err
	}
	if err := s.scs.Clear(ctx); err != nil {
		return err
	}
	s.scs.RememberMe(ctx, how.Remember)
	how.UserAgent = shorten(how.UserAgent, 300)
	v.user, v.fresh = &u, &newSession{SignIn: how, user: u}
	if _, _, err := s.scs.Commit(ctx); err != nil {
		v.user, v.fresh = nil, nil
		return err
	}
	return nil
}

// SignOut ends the session of the context.
func (s *Service) SignOut(ctx context.Context) error {
	v := visitOf(ctx)
	if err := s.scs.Destroy(ctx); err != nil {
		return err
	}
	if v.user != nil {
		s.record(ctx, event.UserLogout, event.Actor(v.user.Username), v.user.Username+" signed out")
		v.user = nil
	}
	return nil
}

// UserBySession says whose session a cookie stands for, without noting a use; it is meant for
// event streams, which ask again and again. fault.Unauthorized means that the session has ended;
// fault.Unavailable only that the database is away.
func (s *Service) UserBySession(ctx context.Context, cookie string) (User, error) {
	found, err := s.sessions.look(ctx, cookie)
	if errors.Is(err, errNoRow) {
		return User{}, fault.New(fault.Unauthorized, "You are not signed in any more.")
	}
	return found.user, err
}

func shorten(text string, most int) string {
	if len(text) > most {
		text = text[:most]
	}
	return clean(text)
}
