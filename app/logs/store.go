package logs

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/db/gen"
)

// deleteChunk is how many lines one statement deletes, so that a big bot's end holds up nobody.
const deleteChunk = 20_000

// Postgres keeps lines as rows of log_lines, partitioned by day.
type Postgres struct {
	pool *pgxpool.Pool
	days *partitions
	// readers bounds concurrent pages, so that searches never take the writer's connection.
	readers chan struct{}
}

// NewPostgres makes a storage on a pool that nobody else uses; two connections are the least
// that let pages and ingest not wait for each other.
func NewPostgres(pool *pgxpool.Pool) *Postgres {
	return &Postgres{
		pool:    pool,
		days:    newPartitions(pool),
		readers: make(chan struct{}, max(1, pool.Config().MaxConns-2)),
	}
}

// Load implements Storage.
func (p *Postgres) Load(ctx context.Context) (st State, err error) {
	err = pgx.BeginFunc(ctx, p.pool, func(tx pgx.Tx) error {
		q := gen.New(tx)
		// What an earlier life sent last is stored or not from here on.
		if err := q.LockLogWriter(ctx); err != nil {
			return err
		}
		st, err = load(ctx, q)
		return err
	})
	if err != nil {
		return State{}, fmt.Errorf("load what is stored of logs: %w", err)
	}
	return st, nil
}

func load(ctx context.Context, q *gen.Queries) (State, error) {
	st := State{Heads: map[bot.ID]int64{}, Bots: map[bot.ID]bool{}}
	heads, err := q.LogHeads(ctx)
	if err != nil {
		return State{}, err
	}
	for _, h := range heads {
		st.Heads[h.BotID] = h.LastSeq
	}
	offsets, err := q.SpoolOffsets(ctx)
	if err != nil {
		return State{}, err
	}
	for _, o := range offsets {
		st.Offsets = append(st.Offsets, toOffset(o))
	}
	// Last, so that no bot with a head is missed.
	bots, err := q.KnownBots(ctx)
	if err != nil {
		return State{}, err
	}
	for _, id := range bots {
		st.Bots[id] = true
	}
	return st, nil
}

// Append implements Storage. Lines, heads and offsets go in one transaction; the heads that are
// there tell whether an earlier attempt at the same batch got through.
func (p *Postgres) Append(ctx context.Context, b Batch) error {
	if err := p.days.ensure(ctx, b); err != nil {
		return err
	}
	err := pgx.BeginFunc(ctx, p.pool, func(tx pgx.Tx) error { return appendTx(ctx, tx, b) })
	if isNoPartition(err) {
		// Dropped behind our back: it is made again on the next attempt.
		p.days.forget()
	}
	if err != nil && err != errStored {
		return fmt.Errorf("append log lines: %w", err)
	}
	return nil
}

func appendTx(ctx context.Context, tx pgx.Tx, b Batch) error {
	q := gen.New(tx)
	if len(b.Heads) > 0 {
		if err := q.LockLogWriter(ctx); err != nil {
			return err
		}
		if err := checkBatch(ctx, q, b); err != nil {
			return err
		}
		if err := copyLines(ctx, tx.Conn().PgConn(), b.Parts); err != nil {
			return err
		}
		if err := upsertHeads(ctx, q, b.Heads); err != nil {
			return err
		}
	}
	if len(b.Offsets) > 0 {
		if err := upsertOffsets(ctx, q, b.Offsets); err != nil {
			return err
		}
	}
	if len(b.Gone) > 0 {
		return q.DeleteSpoolOffsets(ctx, b.Gone)
	}
	return nil
}

// checkBatch answers nil when the batch is to be stored, errStored when it was already.
func checkBatch(ctx context.Context, q *gen.Queries, b Batch) error {
	ids := make([]uuid.UUID, len(b.Heads))
	for i, h := range b.Heads {
		ids[i] = h.Bot
	}
	rows, err := q.LogHeadsOf(ctx, ids)
	if err != nil {
		return err
	}
	stored := make(map[bot.ID]int64, len(rows))
	for _, r := range rows {
		stored[r.BotID] = r.LastSeq
	}
	fresh, done := true, true
	for _, h := range b.Heads {
		fresh = fresh && stored[h.Bot] == h.Prev
		done = done && stored[h.Bot] == h.Last
	}
	if fresh {
		return nil
	}
	if !done {
		return ErrConflict
	}
	return checkOffsets(ctx, q, b.Offsets)
}

// checkOffsets makes sure that the heads weren't reached by other lines than the batch's.
func checkOffsets(ctx context.Context, q *gen.Queries, want []Offset) error {
	runs := make([]uuid.UUID, len(want))
	for i, o := range want {
		runs[i] = o.Run
	}
	rows, err := q.SpoolOffsetsOf(ctx, runs)
	if err != nil {
		return err
	}
	stored := make(map[Offset]bool, len(rows))
	for _, r := range rows {
		stored[toOffset(gen.SpoolOffsetsRow(r))] = true
	}
	for _, o := range want {
		if !stored[o] {
			return ErrConflict
		}
	}
	return errStored
}

func toOffset(o gen.SpoolOffsetsRow) Offset {
	return Offset{
		Bot: o.BotID, Run: o.RunID, Stream: Stream(o.Stream), Committed: o.Committed, HeadSeq: o.HeadSeq, Level: Level(o.Level),
	}
}

func upsertHeads(ctx context.Context, q *gen.Queries, heads []Head) error {
	var a gen.UpsertLogHeadsParams
	for _, h := range heads {
		a.Bots = append(a.Bots, h.Bot)
		a.Seqs = append(a.Seqs, h.Last)
	}
	return q.UpsertLogHeads(ctx, a)
}

func upsertOffsets(ctx context.Context, q *gen.Queries, offsets []Offset) error {
	var a gen.UpsertSpoolOffsetsParams
	for _, o := range offsets {
		a.Runs = append(a.Runs, o.Run)
		a.Streams = append(a.Streams, int16(o.Stream))
		a.Bots = append(a.Bots, o.Bot)
		a.Committed = append(a.Committed, o.Committed)
		a.HeadSeqs = append(a.HeadSeqs, o.HeadSeq)
		a.Levels = append(a.Levels, int16(o.Level))
	}
	return q.UpsertSpoolOffsets(ctx, a)
}

// Page implements Storage. An outage is told as a fault.Unavailable.
func (p *Postgres) Page(ctx context.Context, query Query) (Page, error) {
	select {
	case p.readers <- struct{}{}:
		defer func() { <-p.readers }()
	case <-ctx.Done():
		return Page{}, ctx.Err()
	}
	q := gen.New(p.pool)
	lines, err := pageLines(ctx, q, query)
	if err != nil {
		return Page{}, translate(err, "read log lines")
	}
	page := Page{Lines: lines}
	if len(lines) > 0 {
		page.NextAfterSeq = lines[len(lines)-1].Seq
	} else if query.AfterSeq != nil {
		page.NextAfterSeq = *query.AfterSeq
	}
	return page, nil
}

func pageLines(ctx context.Context, q *gen.Queries, query Query) ([]Line, error) {
	a := gen.LogPageForwardParams{BotID: query.Bot, BeforeSeq: math.MaxInt64, MaxRows: int32(query.Limit)}
	if query.BeforeSeq != nil {
		a.BeforeSeq = *query.BeforeSeq
	}
	if query.AfterSeq != nil {
		a.AfterSeq = *query.AfterSeq
		rows, err := q.LogPageForward(ctx, a)
		return toLines(rows), err
	}
	back, err := q.LogPageBackward(ctx, gen.LogPageBackwardParams(a))
	if err != nil {
		return nil, err
	}
	rows := make([]gen.LogPageForwardRow, len(back))
	for i, r := range back {
		rows[i] = gen.LogPageForwardRow(r)
	}
	slices.Reverse(rows)
	return toLines(rows), nil
}

func toLines(rows []gen.LogPageForwardRow) []Line {
	lines := make([]Line, len(rows))
	for i, r := range rows {
		lines[i] = Line{
			Seq: r.Seq, At: r.At.UTC(), Run: r.RunID, Stream: Stream(r.Stream), Level: Level(r.Level),
			Message: r.Message, HeadSeq: r.HeadSeq, Truncated: r.Truncated,
		}
	}
	return lines
}

// Delete implements Storage: in steps, each of its own, so that it can be called again.
func (p *Postgres) Delete(ctx context.Context, id bot.ID) error {
	q := gen.New(p.pool)
	var bounds gen.LogBoundsRow
	err := within(ctx, func(ctx context.Context) (err error) { bounds, err = q.LogBounds(ctx, id); return err })
	for seq := bounds.FirstSeq; err == nil && seq <= bounds.LastSeq && bounds.LastSeq > 0; seq += deleteChunk {
		err = within(ctx, func(ctx context.Context) error {
			return q.DeleteLogLines(ctx, gen.DeleteLogLinesParams{BotID: id, BeforeSeq: seq + deleteChunk})
		})
	}
	if err != nil {
		return translate(err, "delete log lines")
	}
	if err := within(ctx, func(ctx context.Context) error { return q.DeleteSpoolOffsetsOfBot(ctx, id) }); err != nil {
		return translate(err, "delete spool offsets")
	}
	return translate(within(ctx, func(ctx context.Context) error { return q.DeleteLogHead(ctx, id) }), "delete log head")
}

// within gives one statement so much time as a commit has: one on a dead connection would hang.
func within(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, commitTimeout)
	defer cancel()
	return do(ctx)
}
