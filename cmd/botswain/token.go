package main

import (
	"context"
	"flag"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
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

func (c *cli) tokenList(ctx context.Context, args []string) error {
	if err := noArgs("token list", args); err != nil {
		return err
	}
	return c.withAuth(ctx, func(users *auth.Service) error {
		all, err := users.ListTokens(ctx)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "ID\tUSER\tNAME\tSTATE\tCREATED\tLAST USED")
		for _, t := range all {
			used := "never"
			if t.LastUsedAt != nil {
				used = t.LastUsedAt.UTC().Format(time.DateTime)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", t.ID, t.Username, t.Name, tokenState(t, time.Now()), t.CreatedAt.UTC().Format(time.DateTime), used)
		}
		return w.Flush()
	})
}

func tokenState(t auth.Token, now time.Time) string {
	switch {
	case t.RevokedAt != nil:
		return "revoked"
	case t.ExpiresAt == nil:
		return "valid"
	case t.ExpiresAt.After(now):
		return "until " + t.ExpiresAt.UTC().Format(time.DateTime)
	}
	return "ended"
}

func (c *cli) tokenRevoke(ctx context.Context, args []string) error {
	rest, err := parse(flag.NewFlagSet("token revoke", flag.ContinueOnError), args, 1, 1)
	if err != nil {
		return err
	}
	return c.withAuth(ctx, func(users *auth.Service) error {
		all, err := users.ListTokens(ctx)
		if err != nil {
			return err
		}
		var found []auth.Token
		for _, t := range all {
			if t.RevokedAt == nil && strings.HasPrefix(t.ID.String(), rest[0]) {
				found = append(found, t)
			}
		}
		switch len(found) {
		case 0:
			return fmt.Errorf("no token that is valid has an id that begins with %q; botswain token list shows them", rest[0])
		case 1:
			return users.RevokeToken(ctx, found[0].ID)
		}
		return fmt.Errorf("%d tokens have ids that begin with %q; write more of the one that is meant", len(found), rest[0])
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
