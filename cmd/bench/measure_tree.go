package main

import (
	"context"
	"fmt"
	"time"
)

// tree stops a bot that has made a process, which has made one in a session of its own, and counts those that are
// left.
func tree(ctx context.Context, s *stage) ([]figure, error) {
	bots := s.fleet(1, false, "tree")
	if err := s.sys.up(ctx, bots); err != nil {
		return nil, err
	}
	if err := s.sys.start(ctx); err != nil {
		return nil, err
	}
	running, err := s.running(ctx, bots, 0)
	if err != nil {
		return nil, err
	}
	if err := until(ctx, 20*time.Millisecond, func() bool { return len(s.living()) == 3 }); err != nil {
		return nil, fmt.Errorf("the bot has %d processes: %w", len(s.living()), err)
	}
	if err := sleep(ctx, 2*time.Second); err != nil { // it counts as running by then
		return nil, err
	}
	if err := s.sys.stop(ctx); err != nil {
		return nil, err
	}
	if err := s.gone(ctx, running); err != nil {
		return nil, fmt.Errorf("stop: %w", err)
	}
	// Whatever follows up on the others has some seconds for it.
	waiting, enough := context.WithTimeout(ctx, stall)
	defer enough()
	_ = until(waiting, 50*time.Millisecond, func() bool { return len(s.living()) == 0 })
	return []figure{{"stop of a bot with two descendants: left", "processes", float64(len(s.living())), false}}, ctx.Err()
}
