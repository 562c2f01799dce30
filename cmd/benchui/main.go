// Command benchui measures what the dashboard costs server and browser: it runs the built binary with
// a number of bots, opens the page in Chromium, and watches it while nothing happens.
//
// It needs what the browser tests need (Chromium) and what the binary needs (Postgres, or
// DATABASE_URL of an empty database). Everything happens over loopback and is gone afterwards.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

type options struct {
	binary  string
	counts  []int
	running int
	idle    time.Duration
	view    string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "benchui:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	var o options
	var counts string
	f := flag.NewFlagSet("benchui", flag.ContinueOnError)
	f.StringVar(&o.binary, "botswain", "bin/botswain", "the binary")
	f.StringVar(&counts, "bots", "12,100,500", "how many bots, one measurement each")
	f.IntVar(&o.running, "running", 30, "how many of them run; the others are stopped")
	f.DurationVar(&o.idle, "idle", 30*time.Second, "how long the open page is watched")
	f.StringVar(&o.view, "view", "cards", "cards or table")
	if err := f.Parse(args); err != nil {
		return err
	}
	for _, word := range strings.Split(counts, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(word))
		if err != nil || n < 1 {
			return fmt.Errorf("-bots: %q is no number of bots", word)
		}
		o.counts = append(o.counts, n)
	}
	var results []result
	for _, n := range o.counts {
		r, err := measure(ctx, o, n)
		if err != nil {
			return fmt.Errorf("with %d bots: %w", n, err)
		}
		results = append(results, r)
	}
	fmt.Print(table(o, results))
	return nil
}

// measure makes an installation with n bots, measures it, and removes it.
func measure(ctx context.Context, o options, n int) (r result, err error) {
	fmt.Fprintf(os.Stderr, "benchui: %d bots …\n", n)
	s, err := launch(ctx, o.binary)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := s.seed(ctx, n, min(n, o.running)); err != nil {
		return r, err
	}
	r = result{bots: n, running: min(n, o.running)}
	if err := s.answer(ctx, o.view, &r); err != nil {
		return r, err
	}
	return r, watch(ctx, s, o, &r)
}
