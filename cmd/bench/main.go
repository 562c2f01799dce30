// Bench measures the built Botswain against other supervisors on this machine, in one run and with
// the same small bot: how fast they take lines, what they cost, how soon they start a bot again,
// what they lose when they are killed. It knows each of them from outside only: commands, files,
// HTTP, /proc.
//
// Everything it makes is in one temporary directory, listens on loopback or on Unix sockets, ends
// by itself and is cleared away, also after Ctrl-C. Peers that aren't there are left out.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// options is what the flags say.
type options struct {
	botswain string // the binary
	peerDir  string // where scripts/bench-peers.sh installs
	peers    []string
	only     []string
	runs     int
	lines    int
	long     bool
}

func run(ctx context.Context, args []string, out, log io.Writer) int {
	o, err := parse(args, log)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(log, "bench:", err)
		return 2
	}
	if err := bench(ctx, o, out, log); err != nil {
		fmt.Fprintln(log, "bench:", err)
		return 1
	}
	return 0
}

func parse(args []string, log io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(log)
	f.StringVar(&o.botswain, "botswain", "bin/botswain", "the binary to measure")
	f.StringVar(&o.peerDir, "peer-dir", ".cache/bench", "where peers are installed")
	f.IntVar(&o.runs, "runs", 3, "runs of each measurement")
	f.IntVar(&o.lines, "lines", 1_000_000, "lines of each run that measures throughput")
	f.BoolVar(&o.long, "long", false, "also what takes long: 500 bots")
	peers := f.String("peers", strings.Join(peerNames(), ","), "peers to measure, where they are there; empty: none")
	only := f.String("only", "", "measurements, separated by commas; empty: all of "+strings.Join(measurementNames(), ", "))
	if err := f.Parse(args); err != nil {
		return o, err
	}
	o.peers, o.only = words(*peers), words(*only)
	if len(o.only) == 0 {
		o.only = measurementNames()
	}
	for _, name := range o.only {
		if !slices.Contains(measurementNames(), name) {
			return o, fmt.Errorf("no measurement is called %q; there are %s", name, strings.Join(measurementNames(), ", "))
		}
	}
	for _, name := range o.peers {
		if !slices.Contains(peerNames(), name) {
			return o, fmt.Errorf("no peer is called %q; there are %s", name, strings.Join(peerNames(), ", "))
		}
	}
	if f.NArg() > 0 || o.runs < 1 || o.lines < 1000 {
		return o, errors.New("-runs must be 1 or more, -lines 1000 or more, and nothing follows the flags")
	}
	return o, nil
}

// words splits at commas and leaves out what is empty.
func words(s string) []string {
	return slices.DeleteFunc(strings.Split(s, ","), func(w string) bool { return w == "" })
}

// bench runs the measurements and prints the table, also of what there is when it is interrupted.
func bench(ctx context.Context, o options, out, log io.Writer) error {
	l, err := newLab(ctx, o, log)
	if err != nil {
		return err
	}
	defer l.close()
	makers, err := findSystems(ctx, l)
	if err != nil {
		return err
	}
	var t table
	for _, m := range measurements(o) {
		if !slices.Contains(o.only, m.name) {
			continue
		}
		for i := range o.runs {
			// The runs of all systems alternate, so that what else the machine does hits all alike.
			for _, mk := range makers {
				if ctx.Err() != nil {
					break
				}
				if !m.fits(mk) {
					continue
				}
				began := time.Now()
				figures, err := measure(ctx, l, mk, m)
				if err != nil && ctx.Err() == nil {
					l.say("%s %s run %d failed: %v", m.name, mk.name, i+1, err)
					t.fail(m.name, mk.name, err)
				}
				t.add(mk.name, figures)
				l.say("%s %s run %d: %.1f s, load %s%s", m.name, mk.name, i+1, time.Since(began).Seconds(), load(), brief(figures))
			}
		}
	}
	t.print(out, makers, l)
	if ctx.Err() != nil {
		return errors.New("interrupted; the table has what was measured until then")
	}
	return nil
}

// measure brings a fresh system up for one run, and takes it down.
func measure(ctx context.Context, l *lab, mk maker, m measurement) ([]figure, error) {
	ctx, cancel := context.WithTimeout(ctx, m.limit)
	defer cancel()
	dir, err := l.fresh()
	if err != nil {
		return nil, err
	}
	s := mk.make(dir)
	defer func() {
		s.down()
		l.sweep(dir)
	}()
	return m.run(ctx, &stage{l, dir, s})
}
