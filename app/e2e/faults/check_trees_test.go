package faults

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/botswain/botswain/app/e2e/faults/wreck"
)

// checkTrees compares the processes that there are with what Botswain says: one tree for each bot
// that is up, with the pid it tells, and none for others. A bot that nobody touched still has its run.
func (v *voyage) checkTrees() error {
	before, err := v.bots()
	if err != nil {
		return err
	}
	trees := v.trees()
	after, err := v.bots()
	if err != nil {
		return err
	}
	if err := v.doubles.seen(); err != nil {
		return stop(err)
	}
	for _, h := range v.crew {
		b, tree := before[h.id], trees[h.id]
		if now := after[h.id]; now.PID != b.PID || now.Status != b.Status {
			continue // it changed while we looked: bots that always crash do
		}
		switch b.Status {
		case "running", "starting", "stopping":
			if len(tree) != 1 {
				return fmt.Errorf("%s is %s and has %d trees: %+v", h.name, b.Status, len(tree), tree)
			}
			for run, all := range tree {
				if !slices.ContainsFunc(all, func(p wreck.Process) bool { return p.PID == b.PID }) && b.PID != 0 {
					return fmt.Errorf("%s has pid %d, which isn't in its tree %+v", h.name, b.PID, all)
				}
				if h.run != "" && !h.touched && h.run != run {
					return stop(fmt.Errorf("%s has a new run, and nobody had touched it", h.name))
				}
			}
		default:
			if len(tree) != 0 {
				return fmt.Errorf("%s is %s, and lives: %+v", h.name, b.Status, tree)
			}
			if h.run != "" && !h.touched {
				return stop(fmt.Errorf("%s is %s, and nobody had touched it", h.name, b.Status))
			}
		}
	}
	return nil
}

// trees are the living processes by bot and run.
func (s *ship) trees() map[string]map[string][]wreck.Process {
	all := map[string]map[string][]wreck.Process{}
	for _, p := range s.botProcesses() {
		if all[p.Bot] == nil {
			all[p.Bot] = map[string][]wreck.Process{}
		}
		all[p.Bot][p.Run] = append(all[p.Bot][p.Run], p)
	}
	return all
}

// remember notes the runs that must stay in the coming round.
func (v *voyage) remember() {
	trees := v.trees()
	for _, h := range v.crew {
		h.run = ""
		for run := range trees[h.id] {
			if h.lasts {
				h.run = run
			}
		}
	}
}

// doubles looks all the time whether a bot runs twice, be it for a moment.
type doubles struct {
	mu  sync.Mutex
	err error
}

func watchDoubles(t *testing.T, mark string) *doubles {
	d := &doubles{}
	s := &ship{mark: mark}
	enough, over := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		tick := time.NewTicker(150 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-enough:
				return
			case <-tick.C:
				d.look(s)
			}
		}
	}()
	t.Cleanup(func() { close(enough); <-over })
	return d
}

// look takes two runs for a double only when processes of both are still there afterwards: a sweep
// over /proc takes its time.
func (d *doubles) look(s *ship) {
	for id, runs := range s.trees() {
		alive := 0
		if len(runs) > 1 {
			for _, tree := range runs {
				if slices.ContainsFunc(tree, wreck.Process.Lives) {
					alive++
				}
			}
		}
		if alive > 1 {
			d.mu.Lock()
			d.err = fmt.Errorf("bot %s ran twice at %s: %+v", id, time.Now().Format(time.StampMicro), runs)
			d.mu.Unlock()
		}
	}
}

func (d *doubles) seen() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.err
}
