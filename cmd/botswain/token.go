package main

import (
	"context"
	"flag"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/botswain/botswain/app/auth"
)

func (c *cli) tokenCreate(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("token create", flag.ContinueOnError)
	user := flags.String("user", "", "")
	name := flags.String("name", "", "")
	ttl := flags.String("ttl", "0", "")
	if _, err := parse(flags, args, 0, 0); err != nil {
		return err
	}
	if *user == "" {
		return &usageError{message: "say whose token it is with --user"}
	}
	life, err := lifetime(*ttl)
	if err != nil {
		return err
	}
	return c.withAuth(ctx, func(users *auth.Service) error {
		u, err := users.UserByName(ctx, *user)
		if err != nil {
			return err
		}
		raw, err := users.CreateToken(ctx, u.ID, *name, life)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(c.stdout, raw)
		return err
	})
}

// lifetime reads a Go duration, or a number of days as in 30d; 0 is for ever.
func lifetime(text string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n >= 0 && n <= 36500 {
			return time.Duration(n) * 24 * time.Hour, nil
		}
	} else if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return d, nil
	}
	return 0, &usageError{message: fmt.Sprintf("%q is no time to live; write 12h or 30d", text)}
}
