package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"time"

	"github.com/botswain/botswain/app/api"
	"github.com/botswain/botswain/app/bot"
)

// manyFlags choose bots by group, or all, instead of by name.
type manyFlags struct {
	group   *string
	all     *bool
	rolling *bool
	pause   *time.Duration
}

func newManyFlags(f *flag.FlagSet, name bot.Action) manyFlags {
	m := manyFlags{group: f.String("group", "", ""), all: f.Bool("all", false, ""), rolling: new(bool), pause: new(time.Duration)}
	if name == bot.Restart {
		f.BoolVar(m.rolling, "rolling", false, "")
		f.DurationVar(m.pause, "pause", 0, "")
	}
	return m
}

// check says whether bots are chosen by these flags, or by name.
func (m manyFlags) check(named []string) (many bool, err error) {
	ways := 0
	for _, is := range []bool{len(named) > 0, *m.group != "", *m.all} {
		if is {
			ways++
		}
	}
	switch {
	case ways == 0:
		return false, &usageError{message: "say which bots: by name, --group or --all"}
	case ways > 1:
		return false, &usageError{message: "say which bots in one way only: by name, --group or --all"}
	case *m.rolling && len(named) > 0:
		return false, &usageError{message: "--rolling goes with --group or --all"}
	case *m.pause != 0 && !*m.rolling:
		return false, &usageError{message: "--pause goes with --rolling"}
	}
	return len(named) == 0, nil
}

// actMany does it and prints a line for each bot. Bots that are left as they are, because they are
// as asked already, are no failure, and neither are those that a rolling restart didn't come to: the one that it
// stopped at is.
func (c *cli) actMany(ctx context.Context, server *client, name bot.Action, m manyFlags) error {
	ask := api.ManyAction{Action: string(name), Group: *m.group, All: *m.all, Rolling: *m.rolling}
	if *m.rolling {
		ask.Pause = m.pause.String()
	}
	var got api.ManyResults
	if err := server.send(ctx, "POST", "/bots/actions", ask, &got); err != nil {
		return err
	}
	var all error
	for _, r := range got.Results {
		switch r.Result {
		case "failed":
			all = errors.Join(all, fmt.Errorf("%s: %s", r.Name, r.Detail))
		case "left":
			fmt.Fprintf(c.stdout, "%s: left as it is (%s). %s\n", r.Name, r.Status, r.Detail)
		default:
			fmt.Fprintf(c.stdout, "%s: %s\n", r.Name, r.Status)
		}
	}
	return all
}
