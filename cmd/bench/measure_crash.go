package main

import (
	"context"
	"fmt"
	"time"
)

const (
	crashes = 50
	// A system that takes a second for each restart has shown that after a few.
	fewCrashes = 10
	crashTime  = 15 * time.Second
	crashAge   = "60" // ms that the bot lives; below 50 ms Botswain holds back what crashes in a loop
)

// crash measures from a bot's death by SIGKILL to the first instruction of its next life.
func crash(ctx context.Context, s *stage) ([]figure, error) {
	bots := s.fleet(1, false, "crash", crashAge)
	if err := s.sys.up(ctx, bots); err != nil {
		return nil, err
	}
	if err := s.sys.start(ctx); err != nil {
		return nil, err
	}
	name := bots[0].name
	var gaps []float64
	began := time.Now()
	err := until(ctx, 100*time.Millisecond, func() bool {
		gaps = gapsOf(s.report(name))
		return len(gaps) >= crashes || len(gaps) >= fewCrashes && time.Since(began) > crashTime
	})
	if err != nil {
		return nil, fmt.Errorf("%d of %d restarts: %w", len(gaps), crashes, err)
	}
	return []figure{
		{"crash to restart: median", "ms", median(gaps), false},
		{"crash to restart: p99", "ms", quantile(gaps, 0.99), false},
	}, nil
}

// gapsOf gives the time from each death to the start after it, in ms.
func gapsOf(entries []entry) []float64 {
	var gaps []float64
	died := int64(0)
	for _, e := range entries {
		switch {
		case e.word == "die":
			died = e.at
		case e.word == "start" && died != 0:
			gaps = append(gaps, millis(e.at-died))
			died = 0
		}
	}
	return gaps
}
