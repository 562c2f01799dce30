package main

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"time"
)

// tail measures from a bot's write to the line at somebody who follows its log.
type tail struct{ perSecond, lines int }

// warmUp is how long the follower listens before it counts: commands take a while to connect.
const warmUp = 2 * time.Second

func (m tail) run(ctx context.Context, s *stage) ([]figure, error) {
	bots := s.fleet(1, true, "tick", strconv.Itoa(m.perSecond))
	if err := s.sys.up(ctx, bots); err != nil {
		return nil, err
	}
	if err := s.sys.start(ctx); err != nil {
		return nil, err
	}
	if _, err := s.running(ctx, bots, 0); err != nil {
		return nil, err
	}
	following, stop := context.WithCancel(ctx)
	defer stop()
	var delays []float64
	var counts int64 // from when on, monotonic
	err := s.sys.tail(following, bots[0].name, func(text []byte) {
		at, ok := stamp(text)
		if !ok || following.Err() != nil {
			return
		}
		came := now()
		if counts == 0 {
			counts = came + int64(warmUp)
		}
		if at >= counts {
			delays = append(delays, millis(came-at))
		}
		if len(delays) >= m.lines {
			stop()
		}
	})
	if err == nil && len(delays) < m.lines {
		err = errTooLong
	}
	if err != nil {
		return nil, fmt.Errorf("%d of %d lines came: %w", len(delays), m.lines, err)
	}
	label := fmt.Sprintf("live tail at %d/s: ", m.perSecond)
	return []figure{
		{label + "median", "ms", median(delays), false},
		{label + "p99", "ms", quantile(delays, 0.99), false},
	}, nil
}

// stamp finds the time in a line of the tick mode, whatever is around it.
func stamp(text []byte) (int64, bool) {
	_, rest, ok := bytes.Cut(text, []byte("at "))
	if !ok {
		return 0, false
	}
	end := 0
	for end < len(rest) && rest[end] >= '0' && rest[end] <= '9' {
		end++
	}
	at, err := strconv.ParseInt(string(rest[:end]), 10, 64)
	return at, err == nil
}
