package logs

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/botswain/botswain/app/ansi"
	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
)

const (
	// SearchTimeout bounds one statement of a search.
	SearchTimeout = 15 * time.Second
	// windowBytes bounds the text that a window gives, so that long lines don't fill the memory.
	windowBytes = 8 << 20
)

// PostgresSearch searches the rows of log_lines.
type PostgresSearch struct {
	pool *pgxpool.Pool
}

// NewPostgresSearch searches on a pool of its own: its size is how many statements of searches run at
// once, and one that waits for a connection waits behind other searches only.
func NewPostgresSearch(pool *pgxpool.Pool) *PostgresSearch { return &PostgresSearch{pool: pool} }

// in runs one statement's transaction within its time. When ctx ends, the server is told to stop.
func (p *PostgresSearch) in(ctx context.Context, do func(pgx.Tx) error) error {
	err := pgx.BeginTxFunc(ctx, p.pool, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, fmt.Sprintf("set local statement_timeout = %d", SearchTimeout.Milliseconds())); err != nil {
			return err
		}
		return do(tx)
	})
	if hasCode(err, "57014") && ctx.Err() == nil {
		return fault.Wrap(err, fault.Unavailable, "The search takes too long here. Choose a shorter time, or more to look for.")
	}
	if ctx.Err() != nil {
		return errors.Join(ctx.Err(), err)
	}
	return translate(err, "search the log")
}

// Extent implements Searcher.
func (p *PostgresSearch) Extent(ctx context.Context, id *bot.ID) (from, to int64, err error) {
	err = p.in(ctx, func(tx pgx.Tx) error {
		if id == nil {
			from, to, err = extentOfAll(ctx, tx)
			return err
		}
		err := tx.QueryRow(ctx, `select coalesce((select seq from log_lines where bot_id = $1 order by seq limit 1), 0),
			coalesce((select seq + 1 from log_lines where bot_id = $1 order by seq desc limit 1), 0)`, *id).Scan(&from, &to)
		return err
	})
	return from, to, err
}

// extentOfAll goes by the days that there are tables for.
func extentOfAll(ctx context.Context, tx pgx.Tx) (from, to int64, err error) {
	var name *string
	err = tx.QueryRow(ctx, "select min(c.relname) from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'log_lines'::regclass").Scan(&name)
	if err != nil || name == nil {
		return 0, 0, err
	}
	first, err := time.Parse(partitionDay, strings.TrimPrefix(*name, partitionPrefix))
	if err != nil {
		return 0, 0, fmt.Errorf("table %s is named after no day: %w", *name, err)
	}
	to = time.Now().Add(ClockSlack).UnixMicro()
	// Lines are from the future where a clock that ran ahead was set right. Elsewhere this reads next to nothing.
	var ahead *time.Time
	if err := tx.QueryRow(ctx, "select max(at) from log_lines where at >= $1", time.UnixMicro(to)).Scan(&ahead); err != nil {
		return 0, 0, err
	}
	if ahead != nil {
		to = ahead.UnixMicro() + 1
	}
	return first.UnixMicro(), to, nil
}

// SeqAt implements Searcher: seq and time grow together, so it halves what is left.
func (p *PostgresSearch) SeqAt(ctx context.Context, id bot.ID, at time.Time) (int64, error) {
	lo, hi, err := p.Extent(ctx, &id)
	if err != nil || lo >= hi {
		return hi, err
	}
	err = p.in(ctx, func(tx pgx.Tx) error {
		for lo < hi {
			mid := lo + (hi-lo)/2
			var seq int64
			var read time.Time
			err := tx.QueryRow(ctx, "select seq, at from log_lines where bot_id = $1 and seq >= $2 order by seq limit 1", id, mid).Scan(&seq, &read)
			switch {
			case errors.Is(err, pgx.ErrNoRows):
				hi = mid
			case err != nil:
				return err
			case read.Before(at):
				lo = seq + 1
			default:
				hi = mid
			}
		}
		return nil
	})
	return lo, err
}

// Window implements Searcher.
func (p *PostgresSearch) Window(ctx context.Context, w Window) (res WindowResult, err error) {
	sql, args := windowSQL(w)
	err = p.in(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, sql, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		res, err = collect(rows, w)
		return err
	})
	return res, err
}

// rowsRead is how many rows a window takes from the database when Go decides about them.
const rowsRead = 20_000

func (w *Window) rows() int {
	if w.Pick.Regexp && w.Pick.Text != "" {
		return rowsRead
	}
	return w.Limit
}

// collect takes rows until there are enough lines or too much text.
func collect(rows pgx.Rows, w Window) (res WindowResult, err error) {
	bytes, seen := 0, 0
	for rows.Next() {
		var f Found
		if err := rows.Scan(&f.Bot, &f.Seq, &f.At, &f.Run, &f.Stream, &f.Level, &f.HeadSeq, &f.Truncated, &f.Message); err != nil {
			return WindowResult{}, err
		}
		seen++
		res.Last = f.Place()
		if !w.Pick.Regexp || w.Pick.matches(f.Message) {
			f.At = f.At.UTC()
			res.Lines = append(res.Lines, f)
			bytes += len(f.Message)
		}
		if len(res.Lines) >= w.Limit || bytes > windowBytes || seen >= w.rows() {
			res.More = true
			return res, nil
		}
	}
	return res, rows.Err()
}

// where collects conditions and their arguments.
type where struct {
	conds []string
	args  []any
}

// and adds a condition; each ? in it stands for the argument.
func (b *where) and(cond string, arg any) {
	b.args = append(b.args, arg)
	b.conds = append(b.conds, strings.ReplaceAll(cond, "?", fmt.Sprintf("$%d", len(b.args))))
}

// all are the conditions as one.
func (b *where) all() string { return strings.Join(b.conds, " and ") }

func windowSQL(w Window) (string, []any) {
	var b where
	order, dir := "seq", ""
	if w.Back {
		dir = " desc"
	}
	if w.Bot != nil {
		b.and("bot_id = ?", *w.Bot)
		b.and("seq >= ?", w.From)
		b.and("seq < ?", w.To)
	} else {
		order = "at" + dir + ", bot_id" + dir + ", seq"
		b.and("at >= ?", time.UnixMicro(w.From).UTC())
		b.and("at < ?", time.UnixMicro(w.To).UTC())
		b.after(w.After, w.Back)
	}
	b.picks(w.Pick)
	return fmt.Sprintf("select bot_id, seq, at, run_id, stream, level, head_seq, truncated, message from log_lines where %s order by %s%s limit %d",
		b.all(), order, dir, w.rows()), b.args
}

func (b *where) after(p *Place, back bool) {
	if p == nil {
		return
	}
	b.args = append(b.args, p.At, p.Bot, p.Seq)
	n, op := len(b.args), ">"
	if back {
		op = "<"
	}
	b.conds = append(b.conds, fmt.Sprintf("(at, bot_id, seq) %s ($%d, $%d, $%d)", op, n-2, n-1, n))
}

func (b *where) picks(m *Matcher) {
	if !m.From.IsZero() {
		b.and("at >= ?", m.From)
	}
	if !m.To.IsZero() {
		b.and("at < ?", m.To)
	}
	if m.Stream != 0 {
		b.and("stream = ?", int16(m.Stream))
	}
	if m.Run != nil {
		b.and("run_id = ?", *m.Run)
	}
	if m.Levels != 0 {
		if m.Levels&^AtLeast(Warn) == 0 {
			b.conds = append(b.conds, "level >= 4") // there is an index for these
		}
		b.and("(1 << level) & ? <> 0", int32(m.Levels))
	}
	if m.literal != "" {
		like := "ilike"
		if m.Case && !m.Regexp {
			like = "like"
		}
		// A text may have colours in the middle of what is looked for.
		b.args = append(b.args, ansi.Pattern)
		plain := fmt.Sprintf("regexp_replace(message, $%d, '', 'g')", len(b.args))
		b.and(`(message `+like+` ? or position(E'\x1b' in message) > 0 and `+plain+` `+like+` ?)`, likePattern(m.literal))
	}
}

// likePattern finds a text anywhere.
func likePattern(text string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text) + "%"
}
