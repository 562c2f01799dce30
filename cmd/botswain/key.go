package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"

	"github.com/botswain/botswain/app"
	"github.com/botswain/botswain/app/api"
	"github.com/botswain/botswain/app/secret"
)

// keyRotate gives the installation another encryption key: through the Botswain that runs with the data
// directory, or by itself when none does.
func (c *cli) keyRotate(ctx context.Context, args []string) error {
	if err := noArgs("key rotate", args); err != nil {
		return err
	}
	var done api.KeyRotated
	err := c.withKey(ctx, "POST", "/key/rotate", &done, func(ctx context.Context, v *secret.Vault) error {
		r, err := v.Rotate(ctx, api.CLI)
		done = api.KeyRotated(r)
		return err
	})
	if err != nil {
		return err
	}
	if _, err = fmt.Fprintf(c.stdout, "the secrets are sealed under the key %s now; %s is not used any more\n", done.To, done.From); err != nil || done.Todo == "" {
		return err
	}
	_, err = fmt.Fprintln(c.stdout, done.Todo)
	return err
}

func (c *cli) keyStatus(ctx context.Context, args []string) error {
	if err := noArgs("key status", args); err != nil {
		return err
	}
	var st api.KeyStatus
	err := c.withKey(ctx, "GET", "/key", &st, func(ctx context.Context, v *secret.Vault) error {
		s, err := v.Status(ctx)
		st = api.KeyStatus(s)
		return err
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(c.stdout, "key %s, %d secrets\n", st.Key, st.Secrets)
	if st.Old != "" {
		fmt.Fprintf(c.stdout, "a rotation from %s goes on: %d secrets are still under it\n", st.Old, st.Left)
	}
	return nil
}

// withKey asks the Botswain that runs, or does it itself with the secrets opened when none does.
func (c *cli) withKey(ctx context.Context, method, path string, out any, self func(context.Context, *secret.Vault) error) error {
	if c.getenv("BOTSWAIN_URL") != "" {
		return &usageError{message: "the encryption key can only be changed on Botswain's own machine; unset BOTSWAIN_URL"}
	}
	server, err := c.connect()
	if err != nil {
		return err
	}
	var down *notRunning
	if err = server.do(ctx, method, path, out); !errors.As(err, &down) {
		return err
	}
	cfg, err := c.config()
	if err != nil {
		return err
	}
	return app.WithSecrets(ctx, cfg, app.Options{Log: c.logger(cfg, slog.LevelWarn), Stdout: c.stdout}, self)
}

// keyForget deletes all secrets when their key is lost.
func (c *cli) keyForget(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("key forget", flag.ContinueOnError)
	sure := flags.Bool("yes", false, "")
	if _, err := parse(flags, args, 0, 0); err != nil {
		return err
	}
	if !*sure {
		return &usageError{message: "this deletes the tokens of all bots and the like; say --yes if their key is lost"}
	}
	cfg, err := c.config()
	if err != nil {
		return err
	}
	n, err := app.ForgetSecrets(ctx, cfg, app.Options{Log: c.logger(cfg, slog.LevelWarn), Stdout: c.stdout})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.stdout, "deleted %d secrets; set them again on the bots' Secrets pages\n", n)
	return err
}
