package main

import (
	"context"
	"fmt"
	"time"
)

// fleet measures how long it takes to start n bots, until the last one runs, and to stop them,
// until the last process is gone. It counts from the command or the first request on.
func fleet(n int) func(context.Context, *stage) ([]figure, error) {
	return func(ctx context.Context, s *stage) ([]figure, error) {
		bots := s.fleet(n, false, "idle")
		if err := s.sys.up(ctx, bots); err != nil {
			return nil, err
		}
		if err := sleep(ctx, time.Second); err != nil {
			return nil, err
		}
		began := now()
		if err := s.sys.start(ctx); err != nil {
			return nil, err
		}
		running, err := s.running(ctx, bots, began)
		if err != nil {
			return nil, err
		}
		last := began
		for _, e := range running {
			last = max(last, e.at)
		}
		if err := sleep(ctx, 2*time.Second); err != nil { // all of them count as running by then
			return nil, err
		}
		stopped := now()
		command := inBackground(ctx, s.sys.stop) // what counts is when the bots are gone
		if err := s.gone(ctx, running); err != nil {
			return nil, fmt.Errorf("stop: %w", err)
		}
		gone := now()
		if err := command.wait(); err != nil {
			return nil, err
		}
		return []figure{
			{fmt.Sprintf("%d bots: start all", n), "ms", millis(last - began), false},
			{fmt.Sprintf("%d bots: stop all", n), "ms", millis(gone - stopped), false},
		}, nil
	}
}
