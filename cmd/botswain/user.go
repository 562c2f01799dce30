package main

import (
	"context"
	"flag"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/botswain/botswain/app/api"
	"github.com/botswain/botswain/app/auth"
)

// account reads the arguments of the commands that need a user and a new password.
func (c *cli) account(ctx context.Context, name string, args []string) (username, password string, err error) {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	file := flags.String("password-file", "", "")
	plain, err := parse(flags, args, 1, 1)
	if err != nil {
		return "", "", err
	}
	password, err = c.password(ctx, *file)
	return plain[0], password, err
}

func (c *cli) userAdd(ctx context.Context, args []string) error {
	username, password, err := c.account(ctx, "user add", args)
	if err != nil {
		return err
	}
	return c.withAuth(ctx, func(users *auth.Service) error {
		u, err := users.AddUser(ctx, api.CLI, username, password)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(c.stdout, "added %s\n", u.Username)
		return err
	})
}

func (c *cli) userPasswd(ctx context.Context, args []string) error {
	username, password, err := c.account(ctx, "user passwd", args)
	if err != nil {
		return err
	}
	return c.withAuth(ctx, func(users *auth.Service) error {
		u, err := users.UserByName(ctx, username)
		if err != nil {
			return err
		}
		if err := users.SetPassword(ctx, u.ID, password); err != nil {
			return err
		}
		_, err = fmt.Fprintf(c.stdout, "changed the password of %s\n", u.Username)
		return err
	})
}

func (c *cli) userList(ctx context.Context, args []string) error {
	if err := noArgs("user list", args); err != nil {
		return err
	}
	return c.withAuth(ctx, func(users *auth.Service) error {
		all, err := users.ListUsers(ctx)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "NAME\tROLE\tCREATED")
		for _, u := range all {
			fmt.Fprintf(w, "%s\t%s\t%s\n", u.Username, u.Role, u.CreatedAt.UTC().Format(time.DateTime))
		}
		return w.Flush()
	})
}
