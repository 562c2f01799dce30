package app

import (
	"context"
	"errors"

	"github.com/botswain/botswain/app/config"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/report"
	"github.com/botswain/botswain/app/secret"
)

// runTokens is the purpose of the subkey that the tokens of runs are made with. A rotation leaves it,
// so that bots which go on over a restart of Botswain can go on reporting.
const runTokens = "run tokens"

// wireSecrets checks the encryption key and reads the secrets. It goes on with a rotation that was
// interrupted.
func (a *App) wireSecrets(ctx context.Context) error {
	var err error
	a.secrets, err = openSecrets(ctx, a.cfg, secret.Options{Pool: a.pool, Log: a.log.With("part", "secrets")})
	return err
}

func openSecrets(ctx context.Context, cfg config.Config, o secret.Options) (*secret.Vault, error) {
	o.Keys = keyring{cfg.Keyring}
	o.Subkeys = map[string]func([]byte) ([]byte, error){runTokens: report.DeriveKey}
	return secret.Open(ctx, o)
}

// keyring has the settings' keys in the words of app/secret.
type keyring struct{ config.Keyring }

func (k keyring) Held() ([]secret.Key, error) {
	held, err := k.Keyring.Held()
	return keysOf(held), err
}

func (k keyring) Unused() []secret.Key { return keysOf(k.Keyring.Unused()) }

func (k keyring) Next(context.Context) (secret.Key, error) {
	next, err := k.Keyring.Next()
	if errors.Is(err, config.ErrNoNextKey) {
		return secret.Key{}, fault.New(fault.Conflict, "The encryption key is a setting, so the new one must be one too: make it with openssl rand -base64 32, "+
			"set BOTSWAIN_ENCRYPTION_KEY_NEW (or _NEW_FILE) to it where the settings of Botswain are, restart Botswain if it runs, and rotate again.")
	}
	return secret.Key(next), err
}

func (k keyring) Rotated(old, _ string) (string, error) { return k.Keyring.Rotated(old) }

func keysOf(found []config.FoundKey) []secret.Key {
	keys := make([]secret.Key, len(found))
	for i, f := range found {
		keys[i] = secret.Key(f)
	}
	return keys
}

// WithSecrets calls do with the secrets while no Botswain runs: it takes the data directory and the
// database as one would.
func WithSecrets(ctx context.Context, cfg config.Config, opts Options, do func(context.Context, *secret.Vault) error) error {
	return offline(ctx, cfg, opts, func(a *App) error {
		if err := a.wireSecrets(ctx); err != nil {
			return err
		}
		return do(ctx, a.secrets)
	})
}

// ForgetSecrets deletes all secrets and what was known of the key, while no Botswain runs: the way out
// when a key is lost. It says how many secrets there were.
func ForgetSecrets(ctx context.Context, cfg config.Config, opts Options) (n int64, err error) {
	err = offline(ctx, cfg, opts, func(a *App) error {
		n, err = secret.Forget(ctx, a.pool)
		return err
	})
	return n, err
}

// offline calls do with an App that has opened its data and nothing else.
func offline(ctx context.Context, cfg config.Config, opts Options, do func(*App) error) (err error) {
	a := newApp(cfg, opts)
	defer func() {
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeLimit)
		defer cancel()
		err = errors.Join(err, a.Close(ending))
	}()
	if err := a.wireData(ctx); err != nil {
		return err
	}
	if err := a.tryDatabase(ctx); err != nil {
		return err
	}
	return do(a)
}

var _ secret.Keys = keyring{}
