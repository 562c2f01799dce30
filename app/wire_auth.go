package app

import (
	"context"
	"fmt"

	"github.com/botswain/botswain/app/auth"
)

// wireAuth builds the users' service, and makes the first administrator when the settings say who.
func (a *App) wireAuth(ctx context.Context) error {
	a.auth = auth.New(auth.Options{Pool: a.pool, Events: a.events, Log: a.log.With("part", "auth")})
	if a.cfg.AdminUsername == "" {
		return nil
	}
	if err := a.auth.EnsureAdmin(ctx, a.cfg.AdminUsername, a.cfg.AdminPassword); err != nil {
		return fmt.Errorf("make the first administrator from BOTSWAIN_ADMIN_USERNAME and BOTSWAIN_ADMIN_PASSWORD: %w", err)
	}
	return nil
}

// announce prints where Botswain listens and, while there is no user, the code for the set-up page.
// Both go to standard output only: the code is a secret and must not get into a log.
func (a *App) announce(ctx context.Context) error {
	needed, err := a.auth.NeedsSetup(ctx)
	if err != nil {
		return fmt.Errorf("look for users: %w", err)
	}
	if needed {
		fmt.Fprintf(a.opts.Stdout, "\nFirst visit: open %s/setup and type this one-time code:  %s\n\n", a.URL(), a.auth.SetupCode())
	}
	_, err = fmt.Fprintf(a.opts.Stdout, "listening on %s\n", a.URL())
	return err
}
