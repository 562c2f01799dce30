package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// lastWords lets a bot print and exit at once: what was in its last writes must not be lost.
func lastWords(ctx context.Context, s *stage) ([]figure, error) {
	bots := s.fleet(1, true, "lines", strconv.Itoa(s.lines), strconv.Itoa(64<<10), "exit")
	name := bots[0].name
	if err := s.sys.up(ctx, bots); err != nil {
		return nil, err
	}
	if err := s.sys.start(ctx); err != nil {
		return nil, err
	}
	if err := until(ctx, 20*time.Millisecond, func() bool { _, ok := s.last(name, "end"); return ok }); err != nil {
		return nil, fmt.Errorf("the bot does not write all its lines: %w", err)
	}
	// Lines go on arriving: wait until all are there, or their number stands still.
	count, grew := 0, now()
	err := until(ctx, 50*time.Millisecond, func() bool {
		n, e := s.sys.stored(ctx, name)
		if n != count {
			count, grew = n, now()
		}
		return e == nil && n >= s.lines || now()-grew > int64(stall)
	})
	if err != nil {
		return nil, err
	}
	seen := 0
	err = s.sys.read(ctx, name, func(text string) {
		if strings.HasPrefix(text, "number ") && len(text) == lineLen-1 {
			seen++
		}
	})
	return []figure{{"exit after the last write: lost", "lines", float64(s.lines - seen), false}}, err
}
