package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// stage is where one run takes place: a system in its directory.
type stage struct {
	*lab
	dir string
	sys system
}

// fleet is n bots of one mode.
func (s *stage) fleet(n int, once bool, mode string, args ...string) []botSpec {
	var bots []botSpec
	for i := range n {
		name := fmt.Sprintf("bot-%03d", i)
		command := append([]string{s.testbot, mode, filepath.Join(s.dir, "reports"), name}, args...)
		bots = append(bots, botSpec{name: name, command: command, once: once})
	}
	return bots
}

// entry is one line of a bot's report.
type entry struct {
	word  string
	at    int64 // monotonic, nanoseconds
	value int64
}

// report reads what a bot said of itself so far.
func (s *stage) report(name string) []entry {
	b, _ := os.ReadFile(filepath.Join(s.dir, "reports", name)) // none yet: nothing said
	var all []entry
	for line := range strings.Lines(string(b)) {
		var e entry
		if n, _ := fmt.Sscanf(line, "%s %d %d\n", &e.word, &e.at, &e.value); n == 3 {
			all = append(all, e)
		}
	}
	return all
}

// last gives the newest entry of a word.
func (s *stage) last(name, word string) (entry, bool) {
	all := s.report(name)
	for _, e := range slices.Backward(all) {
		if e.word == word {
			return e, true
		}
	}
	return entry{}, false
}

// running waits until each bot has reported a start after since, and gives the entries.
func (s *stage) running(ctx context.Context, bots []botSpec, since int64) ([]entry, error) {
	starts := make([]entry, len(bots))
	i := 0
	err := until(ctx, 2*time.Millisecond, func() bool {
		for ; i < len(bots); i++ {
			e, ok := s.last(bots[i].name, "start")
			if !ok || e.at < since {
				return false
			}
			starts[i] = e
		}
		return true
	})
	if err != nil {
		return nil, fmt.Errorf("%d of %d bots came up: %w", i, len(bots), err)
	}
	return starts, nil
}

// gone waits until none of the bots' processes lives.
func (s *stage) gone(ctx context.Context, bots []entry) error {
	i := 0
	return until(ctx, 2*time.Millisecond, func() bool {
		for i < len(bots) && !alive(int(bots[i].value)) {
			i++
		}
		return i == len(bots)
	})
}

var errTooLong = errors.New("it took too long")

// until asks ok again and again; the error is errTooLong when ctx ends first.
func until(ctx context.Context, every time.Duration, ok func() bool) error {
	t := time.NewTicker(every)
	defer t.Stop()
	for !ok() {
		select {
		case <-ctx.Done():
			return errTooLong
		case <-t.C:
		}
	}
	return nil
}

// sleep waits, as far as ctx lets it.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return errTooLong
	case <-time.After(d):
		return nil
	}
}

// now is the monotonic clock that all processes of the machine share, in nanoseconds.
func now() int64 {
	var ts unix.Timespec
	unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts) // can't fail with this clock
	return ts.Nano()
}

func seconds(ns int64) float64 { return float64(ns) / 1e9 }
func millis(ns int64) float64  { return float64(ns) / 1e6 }
