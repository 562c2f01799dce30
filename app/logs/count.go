package logs

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
)

// CountTimeout bounds what counting lines may cost the database.
const CountTimeout = 1500 * time.Millisecond

// Counts are how many stored lines pass a filter, by level and by parts of the time that they are of.
type Counts struct {
	From, To time.Time         // of the whole; equal when there is no line
	Parts    []map[Level]int64 // of even length, the oldest first
}

// Of sums up the lines of some levels.
func (c Counts) Of(levels Levels) (n int64) {
	for _, p := range c.Parts {
		for l, x := range p {
			if levels&LevelSet(l) != 0 {
				n += x
			}
		}
	}
	return n
}

// Counter counts stored lines; *PostgresSearch is one.
type Counter interface {
	Count(ctx context.Context, id *bot.ID, pick *Matcher, parts int) (Counts, error)
}

// Count counts the stored lines of a bot (nil: of all) that pass a filter, its levels aside, in so many parts of
// their time. fault.Unavailable: that takes too long, or the database can't tell which lines pass.
func (s *Service) Count(ctx context.Context, id *bot.ID, pick *Matcher, parts int) (Counts, error) {
	c, ok := s.opt.Searcher.(Counter)
	if !ok {
		return Counts{}, fault.New(fault.Unavailable, "The log can't be searched here.")
	}
	return c.Count(ctx, id, pick, parts)
}

// Count implements Counter with a statement for the span and one over what the filter leaves, each within CountTimeout.
func (p *PostgresSearch) Count(ctx context.Context, id *bot.ID, pick *Matcher, parts int) (Counts, error) {
	if pick.Regexp && pick.Text != "" {
		return Counts{}, fault.New(fault.Unavailable, "Lines that match an expression are found, but not counted.")
	}
	all := *pick
	all.Levels = 0
	var c Counts
	err := p.in(ctx, func(tx pgx.Tx) (err error) {
		if _, err = tx.Exec(ctx, fmt.Sprintf("set local statement_timeout = %d", CountTimeout.Milliseconds())); err != nil {
			return err
		}
		if c.From, c.To, err = countSpan(ctx, tx, id, &all); err != nil || !c.From.Before(c.To) {
			c.To = c.From
			return err
		}
		c.Parts = make([]map[Level]int64, parts)
		for i := range c.Parts {
			c.Parts[i] = map[Level]int64{}
		}
		return countParts(ctx, tx, id, &all, &c)
	})
	return c, err
}

// countSpan is the time of the lines that the filter may leave.
func countSpan(ctx context.Context, tx pgx.Tx, id *bot.ID, m *Matcher) (from, to time.Time, err error) {
	var first, last *time.Time
	if id != nil {
		err = tx.QueryRow(ctx, `select (select at from log_lines where bot_id = $1 order by seq limit 1),
			(select at from log_lines where bot_id = $1 order by seq desc limit 1)`, *id).Scan(&first, &last)
	} else {
		// The filter's times are asked for here, too: the whole table isn't read for an hour of it.
		var b where
		b.and("at >= ?", m.From)
		if !m.To.IsZero() {
			b.and("at < ?", m.To)
		}
		err = tx.QueryRow(ctx, "select min(at), max(at) from log_lines where "+b.all(), b.args...).Scan(&first, &last)
	}
	if err != nil || first == nil || last == nil {
		return from, to, err
	}
	from, to = *first, last.Add(time.Microsecond)
	if m.From.After(from) {
		from = m.From
	}
	if !m.To.IsZero() && m.To.Before(to) {
		to = m.To
	}
	return from, to, nil
}

func countParts(ctx context.Context, tx pgx.Tx, id *bot.ID, m *Matcher, c *Counts) error {
	var b where
	if id != nil {
		b.and("bot_id = ?", *id)
	}
	b.and("at >= ?", c.From)
	b.and("at < ?", c.To)
	b.picks(m)
	n := len(b.args)
	b.args = append(b.args, c.From, c.To.Sub(c.From).Seconds(), len(c.Parts))
	// The clock may have been set back: what is of no part counts for the next one.
	sql := fmt.Sprintf(`select level, greatest(0, least($%[3]d::int - 1, floor(extract(epoch from at - $%[1]d::timestamptz) / $%[2]d::double precision * $%[3]d::int)::int)) as part, count(*)
		from log_lines where %[4]s group by 1, 2`, n+1, n+2, n+3, b.all())
	rows, err := tx.Query(ctx, sql, b.args...)
	if err != nil {
		return err
	}
	var level int16
	var part int32
	var lines int64
	_, err = pgx.ForEachRow(rows, []any{&level, &part, &lines}, func() error {
		c.Parts[part][Level(level)] += lines
		return nil
	})
	return err
}
