package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/botswain/botswain/app"
	"github.com/botswain/botswain/app/auth"
	"github.com/botswain/botswain/app/config"
	"github.com/botswain/botswain/app/fault"
)

// serve runs Botswain until ctx ends.
func (c *cli) serve(ctx context.Context, args []string) error {
	if err := noArgs("serve", args); err != nil {
		return err
	}
	cfg, err := c.servable(ctx)
	if err != nil {
		return err
	}
	if err := checkAdmin(cfg); err != nil {
		return &configError{err}
	}
	return app.Run(ctx, cfg, app.Options{
		Version: versionText(), Stdout: c.stdout, Log: c.logger(cfg, slog.LevelDebug),
		Program: c.program, Upgrade: c.upgrade, Handover: c.handover,
	})
}

// retryDataDir is the time between two looks at a data directory that can't be used.
const retryDataDir = time.Second

// servable reads the settings. After an upgrade in place it waits for a data directory that is full or
// read-only: the bots run, and nobody would start this program again.
func (c *cli) servable(ctx context.Context) (config.Config, error) {
	for said := false; ; said = true {
		cfg, err := c.config()
		if c.handover == nil || !errors.Is(err, config.ErrDataDir) {
			return cfg, err
		}
		if !said {
			fmt.Fprintf(c.stderr, "botswain: the upgrade waits for the data directory; bots go on: %v\n", err)
		}
		pause := time.NewTimer(retryDataDir)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return cfg, err
		}
	}
}

// checkAdmin refuses a first administrator that could never be made, before anything is started.
func checkAdmin(cfg config.Config) error {
	if cfg.AdminUsername == "" {
		return nil
	}
	f, wrong := fault.As(auth.CheckAccount(cfg.AdminUsername, cfg.AdminPassword))
	switch {
	case !wrong:
		return nil
	case f.Fields["username"] != "":
		return fmt.Errorf("BOTSWAIN_ADMIN_USERNAME: %s", f.Fields["username"])
	}
	return fmt.Errorf("BOTSWAIN_ADMIN_PASSWORD: %s", f.Fields["password"])
}
