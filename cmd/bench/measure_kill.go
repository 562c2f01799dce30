package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// kill ends the supervisor with SIGKILL while ten bots print a line each millisecond, starts it
// again two seconds later, and counts what is left of bots and lines.
type kill struct {
	sigpipe string // what the bots do on SIGPIPE: "default" or "ignore"
}

func (m kill) run(ctx context.Context, s *stage) ([]figure, error) {
	bots := s.fleet(10, false, "number", m.sigpipe)
	if err := s.sys.up(ctx, bots); err != nil {
		return nil, err
	}
	if err := s.sys.start(ctx); err != nil {
		return nil, err
	}
	first, err := s.running(ctx, bots, 0)
	if err != nil {
		return nil, err
	}
	steps := []func() error{
		func() error { return sleep(ctx, 2*time.Second) },
		func() error { return s.sys.kill(ctx) },
		func() error { return sleep(ctx, 2*time.Second) },
		func() error { return s.sys.resume(ctx) },
		func() error { return sleep(ctx, 3*time.Second) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	dead, twice := m.census(s, bots, first)
	if err := s.sys.stop(ctx); err != nil {
		return nil, err
	}
	missing, again, err := m.count(ctx, s, bots)
	label := "kill -9, bots that die of SIGPIPE: "
	if m.sigpipe == "ignore" {
		label = "kill -9, bots that ignore SIGPIPE: "
	}
	return []figure{
		{label + "bots dead", "of 10", float64(dead), false},
		{label + "bots twice", "of 10", float64(twice), false},
		{label + "lines missing", "", float64(missing), false},
		{label + "lines twice", "", float64(again), false},
	}, err
}

// census says how many of the bots' first processes are dead, and how many bots run twice.
func (m kill) census(s *stage, bots []botSpec, first []entry) (dead, twice int) {
	for i, b := range bots {
		if !alive(int(first[i].value)) {
			dead++
		}
		living := 0
		for _, e := range s.report(b.name) {
			if e.word == "start" && alive(int(e.value)) {
				living++
			}
		}
		if living > 1 {
			twice++
		}
	}
	return dead, twice
}

// count compares what the bots meant to write with what is stored. Bots that nobody stopped are
// asked to end first, so that all counts are final.
func (m kill) count(ctx context.Context, s *stage, bots []botSpec) (missing, again int, err error) {
	for _, pid := range s.living() {
		unix.Kill(pid, unix.SIGTERM)
	}
	if err := until(ctx, 20*time.Millisecond, func() bool { return len(s.living()) == 0 }); err != nil {
		return 0, 0, fmt.Errorf("bots do not end: %w", err)
	}
	// What is on its way has some seconds to arrive.
	waiting, stop := context.WithTimeout(ctx, stall)
	defer stop()
	err = until(waiting, 200*time.Millisecond, func() bool {
		missing, again, err = m.compareAll(ctx, s, bots)
		return err == nil && missing == 0
	})
	if waiting.Err() != nil && ctx.Err() == nil {
		missing, again, err = m.compareAll(ctx, s, bots) // the time is over: what is missing now is lost
	}
	return missing, again, err
}

func (m kill) compareAll(ctx context.Context, s *stage, bots []botSpec) (missing, again int, err error) {
	for _, b := range bots {
		meant, err := written(s.dir, b.name)
		if err != nil {
			return 0, 0, err
		}
		seen := map[string]int{}
		if err := s.sys.read(ctx, b.name, func(text string) { seen[text]++ }); err != nil {
			return 0, 0, err
		}
		lost, more := compare(meant, seen)
		missing, again = missing+lost, again+more
	}
	return missing, again, nil
}

// written reads how many lines each process of a bot meant to write.
func written(dir, name string) (map[int]int, error) {
	files, err := filepath.Glob(filepath.Join(dir, "reports", name+".*.count"))
	if err != nil {
		return nil, err
	}
	meant := map[int]int{}
	for _, f := range files {
		pid, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(filepath.Base(f), name+"."), ".count"))
		if err != nil {
			return nil, err
		}
		b, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		if len(b) == 8 {
			meant[pid] = int(binary.LittleEndian.Uint64(b))
		}
	}
	return meant, nil
}

// compare counts the lines that were meant and not seen, and those seen more than once.
func compare(meant map[int]int, seen map[string]int) (missing, again int) {
	for pid, n := range meant {
		for i := 1; i <= n; i++ {
			switch times := seen[fmt.Sprintf("line %d %d", pid, i)]; {
			case times == 0:
				missing++
			case times > 1:
				again += times - 1
			}
		}
	}
	return missing, again
}
