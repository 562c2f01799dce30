package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"

	"github.com/botswain/botswain/app/api"
	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
)

// bots lists all bots, page by page.
func (c *client) bots(ctx context.Context) ([]api.Bot, error) {
	all := []api.Bot{}
	for page := 1; ; page++ {
		var got api.BotList
		if err := c.do(ctx, "GET", "/bots?page_size=200&page="+strconv.Itoa(page), &got); err != nil {
			return nil, err
		}
		all = append(all, got.Bots...)
		if len(got.Bots) == 0 || len(all) >= got.Total {
			return all, nil
		}
	}
}

// find gives the id and name of the bot that is meant: by id, name, or the beginning of one name.
func (c *client) find(ctx context.Context, meant string) (id, name string, err error) {
	all, err := c.bots(ctx)
	if err != nil {
		return "", "", err
	}
	var begin []api.Bot
	for _, b := range all {
		if b.ID == strings.ToLower(meant) || strings.EqualFold(b.Name, meant) {
			return b.ID, b.Name, nil
		}
		if strings.HasPrefix(strings.ToLower(b.Name), strings.ToLower(meant)) {
			begin = append(begin, b)
		}
	}
	switch len(begin) {
	case 1:
		return begin[0].ID, begin[0].Name, nil
	case 0:
		what := "name"
		if uuid.Validate(meant) == nil {
			what = "id"
		}
		return "", "", fault.New(fault.NotFound, "there is no bot with the %s %q", what, meant)
	}
	names := make([]string, len(begin))
	for i, b := range begin {
		names[i] = b.Name
	}
	return "", "", fault.New(fault.NotFound, "%q may be one of: %s", meant, strings.Join(names, ", "))
}

func (c *cli) botList(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("bot list", flag.ContinueOnError)
	asJSON := flags.Bool("json", false, "")
	if _, err := parse(flags, args, 0, 0); err != nil {
		return err
	}
	server, err := c.connect()
	if err != nil {
		return err
	}
	all, err := server.bots(ctx)
	if err != nil {
		return err
	}
	if *asJSON {
		e := json.NewEncoder(c.stdout)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(all)
	}
	w := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tSTATUS\tPID\tUPTIME\tRESTARTS\tTYPE\tID")
	for _, b := range all {
		pid, uptime := "-", "-"
		if b.PID != nil {
			pid, uptime = strconv.Itoa(*b.PID), short(time.Duration(b.UptimeSeconds*float64(time.Second)))
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\t%s\n", b.Name, b.Status, pid, uptime, b.RestartCount, b.Type, b.ID)
	}
	return w.Flush()
}

// short writes a duration by its two largest units: 3d 4h, 5m 10s.
func short(d time.Duration) string {
	n := int64(d / time.Second)
	for _, u := range []struct {
		size, part  int64
		name, below string
	}{{86400, 3600, "d", "h"}, {3600, 60, "h", "m"}, {60, 1, "m", "s"}} {
		if n >= u.size {
			return fmt.Sprintf("%d%s %d%s", n/u.size, u.name, n%u.size/u.part, u.below)
		}
	}
	return fmt.Sprintf("%ds", n)
}

// action makes the command for one of start, stop and restart.
func action(name bot.Action) func(*cli, context.Context, []string) error {
	return func(c *cli, ctx context.Context, args []string) error {
		flags := flag.NewFlagSet("bot "+string(name), flag.ContinueOnError)
		many := newManyFlags(flags, name)
		sure := new(bool)
		if name != bot.Stop {
			flags.BoolVar(sure, "yes", false, "")
		}
		meant, err := parse(flags, args, 0, -1)
		if err != nil {
			return err
		}
		byGroup, err := many.check(meant)
		if err != nil {
			return err
		}
		server, err := c.connect()
		if err != nil {
			return err
		}
		if byGroup && *sure {
			return &usageError{message: "--yes goes with the names of bots"}
		}
		if byGroup {
			return c.actMany(ctx, server, name, many)
		}
		// One bot that can't be is no reason to leave out the others.
		var all error
		for _, m := range meant {
			if err := c.act(ctx, server, name, m, *sure); err != nil {
				all = errors.Join(all, fmt.Errorf("%s: %s", m, words(err)))
			}
		}
		return all
	}
}

func (c *cli) act(ctx context.Context, server *client, name bot.Action, meant string, sure bool) error {
	id, _, err := server.find(ctx, meant)
	if err != nil {
		return err
	}
	var b api.Bot
	path := "/bots/" + url.PathEscape(id) + "/" + string(name)
	if sure {
		path += "?confirm=budget" // all that there is to confirm
	}
	if err := server.do(ctx, "POST", path, &b); err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.stdout, "%s: %s\n", b.Name, b.Status)
	return err
}
