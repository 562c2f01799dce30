package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// lines lets bots print as fast as they can: how fast the system takes the lines, when all of them
// are stored, and what that costs.
type lines struct {
	bots, perWrite int
	label          string
}

// stall is how long nothing may arrive before the rest counts as lost.
const stall = 5 * time.Second

func (m lines) run(ctx context.Context, s *stage) ([]figure, error) {
	each := s.lines / m.bots
	total := each * m.bots
	bots := s.fleet(m.bots, true, "lines", strconv.Itoa(each), strconv.Itoa(m.perWrite))
	if err := s.sys.up(ctx, bots); err != nil {
		return nil, err
	}
	if err := sleep(ctx, time.Second); err != nil { // starting up is not what is measured
		return nil, err
	}
	own0, db0, err := s.costs()
	if err != nil {
		return nil, err
	}
	// The command may return late; the bots print meanwhile.
	started := inBackground(ctx, s.sys.start)
	arrived, at, peak, err := m.await(ctx, s, bots, total, started)
	if err != nil {
		return nil, err
	}
	own1, db1, err := s.costs()
	if err != nil {
		return nil, err
	}
	began, end, err := m.span(s, bots)
	if err != nil {
		return nil, err
	}
	million := float64(total) / 1e6
	fs := []figure{
		{m.label + ": accepted", "lines/s", float64(total) / seconds(end-began), true},
		{m.label + ": durable", "lines/s", float64(arrived) / seconds(at-began), true},
		{m.label + ": CPU per million", "s", (own1.cpu - own0.cpu) / million, false},
		{m.label + ": memory, most", "MiB", max(peak, own1.memory), false},
		{m.label + ": lost", "lines", float64(total - arrived), false},
	}
	if _, db := s.sys.roots(); len(db) > 0 {
		fs = append(fs, figure{m.label + ": CPU of Postgres", "s", (db1.cpu - db0.cpu) / million, false})
	}
	return fs, nil
}

// await returns when all lines are stored, or when no more come: how many, when the last came, and
// the most memory seen. started is the command that started the bots.
//
// While the bots print it looks at their reports and at nothing else: asking a database how many
// lines it has would take from those that print, and only where there is a database.
func (m lines) await(ctx context.Context, s *stage, bots []botSpec, total int, started *command) (arrived int, at int64, peak float64, err error) {
	printed := 0
	late := until(ctx, 5*time.Millisecond, func() bool {
		if err = started.failed(); err != nil {
			return true
		}
		for printed < len(bots) {
			if _, ok := s.last(bots[printed].name, "end"); !ok {
				return false
			}
			printed++
		}
		return true
	})
	if err := errors.Join(err, late); err != nil {
		return 0, 0, 0, err
	}
	at = now()
	looked := time.Now()
	late = until(ctx, 5*time.Millisecond, func() bool {
		sum := 0
		for _, b := range bots {
			n, e := s.sys.stored(ctx, b.name)
			if e != nil {
				err = e
				return true
			}
			sum += n
		}
		if sum != arrived {
			arrived, at = sum, now()
		}
		if time.Since(looked) > 500*time.Millisecond {
			looked = time.Now()
			if own, _, e := s.costs(); e == nil {
				peak = max(peak, own.memory)
			}
		}
		return arrived >= total || now()-at > int64(stall)
	})
	if err == nil {
		err = errors.Join(late, started.wait())
	}
	return arrived, at, peak, err
}

// span is from the first bot's first write to the last bot's last.
func (m lines) span(s *stage, bots []botSpec) (began, end int64, err error) {
	for _, b := range bots {
		first, ok := s.last(b.name, "begin")
		last, done := s.last(b.name, "end")
		if !ok || !done {
			return 0, 0, fmt.Errorf("%s did not write all its lines", b.name)
		}
		if began == 0 || first.at < began {
			began = first.at
		}
		end = max(end, last.at)
	}
	return began, end, nil
}
