package main

import (
	"context"
	"fmt"
	"log/slog"

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
	cfg, err := c.config()
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
