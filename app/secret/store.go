package secret

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/db/gen"
)

// store keeps keys' ids and sealed values in the tables encryption_keys, encryption_subkeys and
// bot_secrets. It never sees a key or a value.
type store struct{ pool *pgxpool.Pool }

// keyRow is what the database knows of a key.
type keyRow struct {
	id, state string
	proof     []byte
	since     time.Time
	retired   *time.Time
}

type subkeyRow struct {
	purpose, key string
	wrapped      []byte
}

type secretRow struct {
	bot       bot.ID
	name, key string
	sealed    []byte
	hint      string
	updated   time.Time
}

func (s *store) keys(ctx context.Context) ([]keyRow, error) {
	rows, err := gen.New(s.pool).ListKeys(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the keys' ids: %w", err)
	}
	out := make([]keyRow, len(rows))
	for i, r := range rows {
		out[i] = keyRow{r.ID, r.State, r.Proof, r.CreatedAt, r.RetiredAt}
	}
	return out, nil
}

func (s *store) subkeys(ctx context.Context) ([]subkeyRow, error) {
	rows, err := gen.New(s.pool).ListSubkeys(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the wrapped keys: %w", err)
	}
	out := make([]subkeyRow, len(rows))
	for i, r := range rows {
		out[i] = subkeyRow{r.Purpose, r.KeyID, r.Wrapped}
	}
	return out, nil
}

func (s *store) secrets(ctx context.Context) ([]secretRow, error) {
	rows, err := gen.New(s.pool).ListSecrets(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the secrets: %w", err)
	}
	out := make([]secretRow, len(rows))
	for i, r := range rows {
		out[i] = secretRow{r.BotID, r.Name, r.KeyID, r.Sealed, r.Hint, r.UpdatedAt}
	}
	return out, nil
}

// addKey stores a key with its wrapped subkeys, in one transaction. With fresh, whatever key there
// was is retired before.
func (s *store) addKey(ctx context.Context, k keyRow, subkeys []subkeyRow, fresh []string) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		q := gen.New(tx)
		for _, id := range fresh {
			if err := errors.Join(q.DeleteSubkeys(ctx, id), q.RetireKey(ctx, id)); err != nil {
				return err
			}
		}
		if err := q.InsertKey(ctx, gen.InsertKeyParams{ID: k.id, State: k.state, Proof: k.proof}); err != nil {
			return err
		}
		for _, sub := range subkeys {
			if err := q.InsertSubkey(ctx, gen.InsertSubkeyParams{Purpose: sub.purpose, KeyID: k.id, Wrapped: sub.wrapped}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("store a key's id: %w", err)
	}
	return nil
}

// addSubkeys stores more wrapped keys under a key that is there.
func (s *store) addSubkeys(ctx context.Context, key string, subkeys []subkeyRow) error {
	q := gen.New(s.pool)
	for _, sub := range subkeys {
		if err := q.InsertSubkey(ctx, gen.InsertSubkeyParams{Purpose: sub.purpose, KeyID: key, Wrapped: sub.wrapped}); err != nil {
			return fmt.Errorf("store a wrapped key: %w", err)
		}
	}
	return nil
}

// sealedValue is one value as it is stored.
type sealedValue struct {
	name        string
	sealed      []byte
	fingerprint [32]byte
	hint        string
}

// change stores and removes secrets of a bot in a transaction of the caller's, and says when. key is
// what they are sealed under; errKeyGone when that was retired in between.
func change(ctx context.Context, tx pgx.Tx, id bot.ID, key string, set []sealedValue, remove []string) (at time.Time, err error) {
	q := gen.New(tx)
	if len(set) > 0 {
		if _, err := q.HoldKey(ctx, key); errors.Is(err, pgx.ErrNoRows) {
			return at, errKeyGone
		} else if err != nil {
			return at, fmt.Errorf("hold the key: %w", err)
		}
	}
	if len(remove) > 0 {
		if err := q.DeleteSecrets(ctx, gen.DeleteSecretsParams{BotID: id, Names: remove}); err != nil {
			return at, fmt.Errorf("remove secrets: %w", err)
		}
	}
	for _, v := range set {
		at, err = q.PutSecret(ctx, gen.PutSecretParams{
			BotID: id, Name: v.name, KeyID: key, Sealed: v.sealed, Fingerprint: v.fingerprint[:], Hint: v.hint,
		})
		if err != nil {
			return at, fmt.Errorf("store a secret: %w", err) // the parameters are never in a driver's error
		}
	}
	return at, nil
}

// errKeyGone says that a rotation has ended since a value was sealed.
var errKeyGone = errors.New("the key was retired meanwhile")

// reseal moves up to most secrets from one key to another and says how many it moved.
func (s *store) reseal(ctx context.Context, from, to string, most int, again func(secretRow) ([]byte, error)) (n int, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		q := gen.New(tx)
		rows, err := q.SecretsUnder(ctx, gen.SecretsUnderParams{KeyID: from, MaxRows: int32(most)})
		if err != nil {
			return err
		}
		for _, r := range rows {
			sealed, err := again(secretRow{bot: r.BotID, name: r.Name, sealed: r.Sealed})
			if err != nil {
				return err
			}
			if err := q.ResealSecret(ctx, gen.ResealSecretParams{BotID: r.BotID, Name: r.Name, KeyID: to, Sealed: sealed}); err != nil {
				return err
			}
		}
		n = len(rows)
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("seal secrets under the new key: %w", err)
	}
	return n, nil
}

// promote makes the next key the current one when nothing is sealed under the old one any more; false
// when something is. It stores the event e.
func (s *store) promote(ctx context.Context, from, to string, e event.Event) (done bool, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		q := gen.New(tx)
		// Whoever is storing a value under the old key is waited for; the count sees what they stored.
		if _, err := q.ClaimKey(ctx, from); err != nil {
			return err
		}
		left, err := q.CountSecretsUnder(ctx, from)
		if err != nil || left > 0 {
			return err
		}
		done = true
		return errors.Join(q.DeleteSubkeys(ctx, from), q.RetireKey(ctx, from), q.PromoteKey(ctx, to), event.Insert(ctx, tx, e))
	})
	if err != nil {
		return false, fmt.Errorf("make the new key the current one: %w", err)
	}
	return done, nil
}

// Forget deletes all secrets and all that is known of keys, for who has lost the key. No Vault may be
// open. It says how many secrets there were.
func Forget(ctx context.Context, pool *pgxpool.Pool) (n int64, err error) {
	err = pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		q := gen.New(tx)
		if n, err = q.DeleteAllSecrets(ctx); err != nil {
			return err
		}
		if err := q.DeleteAllSubkeys(ctx); err != nil {
			return err
		}
		return q.DeleteAllKeys(ctx)
	})
	if err != nil {
		return 0, fmt.Errorf("delete the secrets: %w", err)
	}
	return n, nil
}
