// Package auth knows who may use Botswain: users and their passwords, the set-up of the first
// administrator, sessions of browsers, API tokens, and the limits on guessing any of them.
//
// Nothing here writes a password, token, session id or set-up code to a log or an error.
package auth

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
)

// RoleAdmin may do everything. It is the only role so far.
const RoleAdmin = "admin"

// User is a person with an account.
type User struct {
	ID        uuid.UUID
	Username  string
	Role      string
	CreatedAt time.Time // zero where a user comes from a session or a token
	Language  string    // a BCP 47 tag; "": none was chosen, or the user comes from a token
}

// Recorder stores what happened.
type Recorder interface {
	Append(context.Context, event.Event) error
}

// Options are what a Service needs. All but Clock and Log are required.
type Options struct {
	Pool   *pgxpool.Pool
	Events Recorder
	Log    *slog.Logger     // nil: says nothing
	Clock  func() time.Time // nil: time.Now
}

// Service is safe for use by many goroutines. It starts none.
type Service struct {
	store    *store
	events   Recorder
	log      *slog.Logger
	now      func() time.Time
	hasher   *hasher
	limits   *limits
	code     setupCode
	hasUser  atomic.Bool // once there is a user there always will be one
	scs      *scs.SessionManager
	sessions *sessionStore
	tokens   *tokenCache
}

// New makes a service; it doesn't touch the database yet.
func New(o Options) *Service {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{
		store:  newStore(o.Pool),
		events: o.Events,
		log:    o.Log,
		now:    o.Clock,
		hasher: newHasher(),
		limits: newLimits(o.Clock),
		tokens: newTokenCache(o.Clock),
	}
	s.sessions = newSessionStore(s.store, o.Clock, o.Log)
	s.scs = newManager(s.sessions)
	return s
}

// record stores an event. What it tells about has happened already, so a failure is only logged.
func (s *Service) record(ctx context.Context, kind event.Kind, by event.Actor, message string) {
	err := s.events.Append(context.WithoutCancel(ctx), event.Event{At: s.now(), Kind: kind, Actor: by, Message: message})
	if err != nil {
		s.log.Warn("event not stored", "kind", kind, "error", err)
	}
}

type contextKey int

const (
	userKey contextKey = iota
	visitKey
)

// WithUser says in a context who acts.
func WithUser(ctx context.Context, u User) context.Context { return context.WithValue(ctx, userKey, u) }

// UserFrom gives who acts; false: nobody is known.
func UserFrom(ctx context.Context) (User, bool) {
	u, ok := ctx.Value(userKey).(User)
	return u, ok
}

func invalid(fields map[string]string) error {
	return &fault.Error{Code: fault.Invalid, Message: "Please check what you entered.", Fields: fields}
}
