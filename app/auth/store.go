package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/db/gen"
)

// patience is how long a request waits for the database before it counts as away.
const patience = 3 * time.Second

var (
	errNoRow = errors.New("no such row")
	errTaken = errors.New("this name is taken")
)

// store is the tables users, user_sessions and api_tokens. Its errors are errNoRow, errTaken,
// fault.Unavailable while the database is away, the caller's context's, or a bug.
type store struct {
	pool *pgxpool.Pool
}

func newStore(pool *pgxpool.Pool) *store { return &store{pool: pool} }

// do runs one piece of work with the queries, within patience.
func (s *store) do(ctx context.Context, what string, work func(context.Context, *gen.Queries) error) error {
	inner, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return translate(ctx, what, work(inner, gen.New(s.pool)))
}

// tx is do in a transaction.
func (s *store) tx(ctx context.Context, what string, work func(context.Context, *gen.Queries) error) error {
	inner, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := pgx.BeginFunc(inner, s.pool, func(tx pgx.Tx) error { return work(inner, gen.New(tx)) })
	return translate(ctx, what, err)
}

// translate turns a driver's error into one of ours; the texts of connection errors stay in the cause.
func translate(ctx context.Context, what string, err error) error {
	var pg *pgconn.PgError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, pgx.ErrNoRows):
		return errNoRow
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w", what, ctx.Err())
	case errors.As(err, &pg) && pg.Code == "23505":
		return errTaken
	case errors.As(err, &pg) && !outage(pg.Code):
		return fmt.Errorf("%s: %w", what, err)
	}
	return &fault.Error{
		Code: fault.Unavailable, Message: "The database is away.",
		RetryAfter: 5 * time.Second, Err: fmt.Errorf("%s: %w", what, err),
	}
}

// outage knows the SQLSTATE codes of a server that is starting, stopping, full or cut off:
// https://www.postgresql.org/docs/current/errcodes-appendix.html
func outage(code string) bool {
	return strings.HasPrefix(code, "08") || strings.HasPrefix(code, "53") || strings.HasPrefix(code, "57") || strings.HasPrefix(code, "58")
}

func (s *store) anyUser(ctx context.Context) (found bool, err error) {
	err = s.do(ctx, "look for a user", func(ctx context.Context, q *gen.Queries) (err error) {
		found, err = q.AuthAnyUser(ctx)
		return err
	})
	return found, err
}

// insertFirstUser answers false when there was a user already.
func (s *store) insertFirstUser(ctx context.Context, u User, hash string) (first bool, err error) {
	err = s.tx(ctx, "make the first user", func(ctx context.Context, q *gen.Queries) error {
		if err := q.AuthLockFirstUser(ctx); err != nil {
			return err
		}
		found, err := q.AuthAnyUser(ctx)
		if err != nil || found {
			return err
		}
		first = true
		return q.AuthInsertUser(ctx, userParams(u, hash))
	})
	return first && err == nil, err
}

func (s *store) insertUser(ctx context.Context, u User, hash string) error {
	return s.do(ctx, "make a user", func(ctx context.Context, q *gen.Queries) error {
		return q.AuthInsertUser(ctx, userParams(u, hash))
	})
}

func userParams(u User, hash string) gen.AuthInsertUserParams {
	return gen.AuthInsertUserParams{ID: u.ID, Username: u.Username, PasswordHash: hash, Role: u.Role, Moment: u.CreatedAt}
}

func (s *store) userByName(ctx context.Context, name string) (u User, hash string, err error) {
	err = s.do(ctx, "find a user", func(ctx context.Context, q *gen.Queries) error {
		row, err := q.AuthUserByName(ctx, clean(name))
		u, hash = toUser(row), row.PasswordHash
		return err
	})
	return u, hash, err
}

func (s *store) usernameOf(ctx context.Context, id uuid.UUID) (name string, err error) {
	err = s.do(ctx, "find a user", func(ctx context.Context, q *gen.Queries) error {
		row, err := q.AuthUserByID(ctx, id)
		name = row.Username
		return err
	})
	return name, err
}

func (s *store) users(ctx context.Context) (list []User, err error) {
	err = s.do(ctx, "list users", func(ctx context.Context, q *gen.Queries) error {
		rows, err := q.AuthListUsers(ctx)
		for _, row := range rows {
			list = append(list, toUser(row))
		}
		return err
	})
	return list, err
}

func toUser(row gen.User) User {
	return User{ID: row.ID, Username: row.Username, Role: row.Role, CreatedAt: row.CreatedAt, Language: row.Language}
}

// setPassword also ends the user's sessions.
func (s *store) setPassword(ctx context.Context, id uuid.UUID, hash string, at time.Time) error {
	return s.tx(ctx, "set a password", func(ctx context.Context, q *gen.Queries) error {
		if _, err := q.AuthSetPassword(ctx, gen.AuthSetPasswordParams{ID: id, PasswordHash: hash, Moment: at}); err != nil {
			return err
		}
		return q.AuthDeleteSessionsOf(ctx, id)
	})
}

// setLanguage answers errNoRow when there is no such user.
func (s *store) setLanguage(ctx context.Context, id uuid.UUID, language string, at time.Time) error {
	return s.do(ctx, "set a language", func(ctx context.Context, q *gen.Queries) error {
		n, err := q.AuthSetLanguage(ctx, gen.AuthSetLanguageParams{ID: id, Language: language, Moment: at})
		if err == nil && n == 0 {
			return pgx.ErrNoRows
		}
		return err
	})
}

func (s *store) session(ctx context.Context, hash tokenHash, at time.Time) (found storedSession, err error) {
	err = s.do(ctx, "find a session", func(ctx context.Context, q *gen.Queries) error {
		row, err := q.AuthSessionByHash(ctx, gen.AuthSessionByHashParams{TokenHash: hash[:], Moment: at})
		found = storedSession{
			data: row.Data, expires: row.ExpiresAt, seen: row.LastSeenAt,
			user: User{ID: row.UserID, Username: row.Username, Role: row.Role, Language: row.Language},
		}
		return err
	})
	return found, err
}

func (s *store) insertSession(ctx context.Context, hash tokenHash, data []byte, n newSession, at, expires time.Time) error {
	return s.tx(ctx, "store a session", func(ctx context.Context, q *gen.Queries) error {
		if err := q.AuthPruneSessions(ctx, at); err != nil {
			return err
		}
		return q.AuthInsertSession(ctx, gen.AuthInsertSessionParams{
			TokenHash: hash[:], UserID: &n.user.ID, Data: data, Remember: n.Remember, Moment: at, ExpiresAt: expires,
			Ip: n.IP, UserAgent: n.UserAgent,
		})
	})
}

// updateSession changes nothing when the session has ended meanwhile.
func (s *store) updateSession(ctx context.Context, hash tokenHash, data []byte) error {
	return s.do(ctx, "update a session", func(ctx context.Context, q *gen.Queries) error {
		_, err := q.AuthUpdateSessionData(ctx, gen.AuthUpdateSessionDataParams{TokenHash: hash[:], Data: data})
		return err
	})
}

func (s *store) touchSession(ctx context.Context, hash tokenHash, ip string, at time.Time) error {
	return s.do(ctx, "note a session's use", func(ctx context.Context, q *gen.Queries) error {
		return q.AuthTouchSession(ctx, gen.AuthTouchSessionParams{
			TokenHash: hash[:], Ip: ip, Moment: at, IdleUntil: at.Add(idleTime),
			Lifetime: pgtype.Interval{Microseconds: lifetime.Microseconds(), Valid: true},
		})
	})
}

func (s *store) deleteSession(ctx context.Context, hash tokenHash) error {
	return s.do(ctx, "end a session", func(ctx context.Context, q *gen.Queries) error {
		return q.AuthDeleteSession(ctx, hash[:])
	})
}

func (s *store) insertToken(ctx context.Context, t Token, user uuid.UUID, hash tokenHash) error {
	return s.do(ctx, "store a token", func(ctx context.Context, q *gen.Queries) error {
		return q.AuthInsertToken(ctx, gen.AuthInsertTokenParams{
			ID: t.ID, UserID: user, Name: t.Name, TokenHash: hash[:], Moment: t.CreatedAt, ExpiresAt: t.ExpiresAt,
		})
	})
}

func (s *store) token(ctx context.Context, hash tokenHash, at time.Time) (found storedToken, err error) {
	err = s.do(ctx, "find a token", func(ctx context.Context, q *gen.Queries) error {
		row, err := q.AuthTokenByHash(ctx, gen.AuthTokenByHashParams{TokenHash: hash[:], Moment: at})
		found = storedToken{
			id: row.ID, expires: row.ExpiresAt, used: row.LastUsedAt,
			user: User{ID: row.UserID, Username: row.Username, Role: row.Role},
		}
		return err
	})
	return found, err
}

func (s *store) tokens(ctx context.Context) (list []Token, err error) {
	err = s.do(ctx, "list tokens", func(ctx context.Context, q *gen.Queries) error {
		rows, err := q.AuthListTokens(ctx)
		for _, r := range rows {
			list = append(list, Token{
				ID: r.ID, Username: r.Username, Name: r.Name, CreatedAt: r.CreatedAt,
				ExpiresAt: r.ExpiresAt, LastUsedAt: r.LastUsedAt, RevokedAt: r.RevokedAt,
			})
		}
		return err
	})
	return list, err
}

func (s *store) touchToken(ctx context.Context, id uuid.UUID, at time.Time) error {
	return s.do(ctx, "note a token's use", func(ctx context.Context, q *gen.Queries) error {
		return q.AuthTouchToken(ctx, gen.AuthTouchTokenParams{ID: id, Moment: at})
	})
}

// revokeToken answers errNoRow when there is no such token that still counts.
func (s *store) revokeToken(ctx context.Context, id uuid.UUID, at time.Time) error {
	return s.do(ctx, "revoke a token", func(ctx context.Context, q *gen.Queries) error {
		n, err := q.AuthRevokeToken(ctx, gen.AuthRevokeTokenParams{ID: id, Moment: at})
		if err == nil && n == 0 {
			return pgx.ErrNoRows
		}
		return err
	})
}
