package logs

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	partitionPrefix = "log_lines_"
	partitionDay    = "20060102"
	day             = 24 * time.Hour
	// daysAhead is how many partitions are made before they are needed.
	daysAhead = 2
	// ddlLockWait bounds how long a change of partitions waits for its lock, because ingest waits
	// behind it.
	ddlLockWait = "1s"
	dropTries   = 5
)

// partitions makes and drops the daily tables of log_lines. A day is a day in UTC.
type partitions struct {
	pool *pgxpool.Pool
	mu   sync.Mutex
	made map[string]bool // names that exist, so that ingest need not ask
}

func newPartitions(pool *pgxpool.Pool) *partitions {
	return &partitions{pool: pool, made: map[string]bool{}}
}

func partitionOf(t time.Time) string { return partitionPrefix + t.UTC().Format(partitionDay) }

// ensure makes the partitions that a batch needs. Lines carry the time of their reading, so there
// are as good as always one or two, and they exist; a clock that jumped gets its day here.
func (p *partitions) ensure(ctx context.Context, b Batch) error {
	var last time.Time
	for _, part := range b.Parts {
		for i := range part.Lines {
			at := part.Lines[i].At
			if at.Equal(last) {
				continue
			}
			last = at
			if err := p.ensureDay(ctx, at); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *partitions) ensureDay(ctx context.Context, t time.Time) error {
	name := partitionOf(t)
	p.mu.Lock()
	known := p.made[name]
	p.mu.Unlock()
	if known {
		return nil
	}
	if err := p.create(ctx, name, t.UTC().Truncate(day)); err != nil {
		return fmt.Errorf("make partition %s: %w", name, err)
	}
	p.mu.Lock()
	p.made[name] = true
	p.mu.Unlock()
	return nil
}

// forget makes ensure look again.
func (p *partitions) forget() {
	p.mu.Lock()
	clear(p.made)
	p.mu.Unlock()
}

// create makes a table and attaches it: unlike "create table … partition of", that lets readers
// and writers of other days go on.
func (p *partitions) create(ctx context.Context, name string, from time.Time) error {
	return p.ddl(ctx, func(tx pgx.Tx) error {
		attached, err := isAttached(ctx, tx, name)
		if err != nil || attached {
			return err
		}
		table := pgx.Identifier{name}.Sanitize()
		if _, err := tx.Exec(ctx, "create table if not exists "+table+" (like log_lines including all)"); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, fmt.Sprintf("alter table log_lines attach partition %s for values from ('%s') to ('%s')",
			table, from.Format(time.RFC3339), from.Add(day).Format(time.RFC3339)))
		return err
	})
}

// retain makes the coming days' partitions and drops those that end at or before a time.
func (p *partitions) retain(ctx context.Context, now, before time.Time) error {
	for i := range daysAhead + 1 {
		if err := p.ensureDay(ctx, now.Add(time.Duration(i)*day)); err != nil {
			return err
		}
	}
	rows, err := p.pool.Query(ctx, "select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'log_lines'::regclass order by 1")
	if err != nil {
		return fmt.Errorf("list partitions: %w", err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("list partitions: %w", err)
	}
	for _, name := range names {
		from, err := time.Parse(partitionDay, strings.TrimPrefix(name, partitionPrefix))
		if err != nil || from.Add(day).After(before) {
			continue
		}
		if err := p.drop(ctx, name); err != nil {
			return fmt.Errorf("drop partition %s: %w", name, err)
		}
	}
	return nil
}

// drop needs the parent to itself for a moment; it lets go and tries again rather than making
// ingest and readers queue behind it.
func (p *partitions) drop(ctx context.Context, name string) error {
	p.mu.Lock()
	delete(p.made, name)
	p.mu.Unlock()
	var err error
	for range dropTries {
		err = p.ddl(ctx, func(tx pgx.Tx) error {
			_, err := tx.Exec(ctx, "drop table if exists "+pgx.Identifier{name}.Sanitize())
			return err
		})
		if !hasCode(err, "55P03") { // lock_not_available
			return err
		}
	}
	return err
}

// ddl runs one change at a time, whoever else changes partitions of this database.
func (p *partitions) ddl(ctx context.Context, change func(pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, p.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock(1651470199, 2)"); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "set local lock_timeout = '"+ddlLockWait+"'"); err != nil {
			return err
		}
		return change(tx)
	})
}

func isAttached(ctx context.Context, tx pgx.Tx, name string) (bool, error) {
	var n int
	err := tx.QueryRow(ctx, `select count(*) from pg_inherits i join pg_class c on c.oid = i.inhrelid
		where i.inhparent = 'log_lines'::regclass and c.relname = $1`, name).Scan(&n)
	return n > 0, err
}

// Retain implements Storage: whole days are dropped.
func (p *Postgres) Retain(ctx context.Context, before time.Time) error {
	return p.days.retain(ctx, time.Now(), before)
}
