package runs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/logs"
	"github.com/botswain/botswain/db/gen"
)

// Store reads recorded runs and keeps the table crash_lines. For people an outage is a fault.Unavailable.
type Store struct {
	pool   *pgxpool.Pool
	settle func(context.Context)
}

// NewStore makes a store. settle returns when what statuses tell by now can be read: who saw a bot run
// again finds the run. Nil: nothing is waited for.
func NewStore(pool *pgxpool.Pool, settle func(context.Context)) *Store {
	if settle == nil {
		settle = func(context.Context) {}
	}
	return &Store{pool: pool, settle: settle}
}

// away tells a person about a database that doesn't answer.
func away(doing string, err error) error {
	return fault.Wrap(fmt.Errorf("%s: %w", doing, err), fault.Unavailable, "The database does not answer, so recorded runs can't be read now.")
}

// Get finds a run of a bot; none, or one of another bot, is a fault.NotFound.
func (s *Store) Get(ctx context.Context, id bot.ID, run bot.RunID) (event.Run, error) {
	s.settle(ctx)
	r, err := gen.New(s.pool).GetRun(ctx, gen.GetRunParams{BotID: id, ID: run})
	if errors.Is(err, pgx.ErrNoRows) {
		return event.Run{}, fault.New(fault.NotFound, "There is no such run of this bot.")
	}
	if err != nil {
		return event.Run{}, away("read a run", err)
	}
	return event.RunOf(r), nil
}

// List gives the runs of a bot that ended in one way ("": all), newest first: those before a number (0: from
// the newest), at most limit.
func (s *Store) List(ctx context.Context, id bot.ID, o bot.Outcome, beforeNumber, limit int) ([]event.Run, error) {
	s.settle(ctx)
	rows, err := gen.New(s.pool).ListRuns(ctx, gen.ListRunsParams{BotID: id, Outcome: string(o), BeforeNumber: int32(beforeNumber), MaxRows: int32(limit)})
	if err != nil {
		return nil, away("list runs", err)
	}
	return event.RunsOf(rows), nil
}

// Outcomes counts the runs of a bot by how they ended; those that go on are under "".
func (s *Store) Outcomes(ctx context.Context, id bot.ID) (map[bot.Outcome]int, error) {
	s.settle(ctx)
	rows, err := gen.New(s.pool).CountOutcomes(ctx, id)
	if err != nil {
		return nil, away("count runs", err)
	}
	counts := map[bot.Outcome]int{}
	for _, r := range rows {
		counts[bot.Outcome(r.Outcome)] = int(r.Runs)
	}
	return counts, nil
}

// VersionBefore is the version of the definition that the run before a number had; 0: there was none.
func (s *Store) VersionBefore(ctx context.Context, id bot.ID, number int) (int, error) {
	v, err := gen.New(s.pool).RunVersionBefore(ctx, gen.RunVersionBeforeParams{BotID: id, Number: int32(number)})
	if err != nil {
		return 0, away("read the run before", err)
	}
	return int(v), nil
}

// Groups gives the abnormal ends of a bot by what they have in common, those seen last first, at most limit.
func (s *Store) Groups(ctx context.Context, id bot.ID, limit int) ([]Group, error) {
	s.settle(ctx)
	rows, err := gen.New(s.pool).CrashGroups(ctx, gen.CrashGroupsParams{BotID: id, MaxRows: int32(limit)})
	if err != nil {
		return nil, away("group crashes", err)
	}
	groups := make([]Group, len(rows))
	for i, r := range rows {
		groups[i] = Group{Key: r.Key, Times: int(r.Times), FirstAt: r.FirstAt, LastAt: r.LastAt, Newest: int(r.Newest)}
	}
	return groups, nil
}

// KeyOf is the key of the group that an abnormal end belongs to.
func KeyOf(r event.Run) string {
	switch {
	case r.Exit != nil && r.Exit.Cause != nil:
		return r.Exit.Cause.ID
	case r.Fingerprint != "" || r.Exit == nil:
		return r.Fingerprint
	}
	return r.Exit.Reason
}

// Ends gives the abnormal ends of a group ("": of all), newest first, as List does.
func (s *Store) Ends(ctx context.Context, id bot.ID, key string, beforeNumber, limit int) ([]event.Run, error) {
	s.settle(ctx)
	rows, err := gen.New(s.pool).CrashesOfGroup(ctx, gen.CrashesOfGroupParams{BotID: id, Key: key, BeforeNumber: int32(beforeNumber), MaxRows: int32(limit)})
	if err != nil {
		return nil, away("list crashes", err)
	}
	return event.RunsOf(rows), nil
}

// Times says when those of a group ended, since a time, in order.
func (s *Store) Times(ctx context.Context, id bot.ID, key string, since time.Time) ([]time.Time, error) {
	rows, err := gen.New(s.pool).CrashTimesOfGroup(ctx, gen.CrashTimesOfGroupParams{BotID: id, Key: key, Since: since})
	if err != nil {
		return nil, away("read when it crashed", err)
	}
	var times []time.Time
	for _, at := range rows {
		if at != nil {
			times = append(times, *at)
		}
	}
	return times, nil
}

// Kept gives the last lines of a run that ended abnormally.
func (s *Store) Kept(ctx context.Context, r event.Run) (Kept, error) {
	var k Kept
	rows, err := gen.New(s.pool).LastLines(ctx, r.ID)
	if err != nil {
		return k, away("read the last lines of a run", err)
	}
	k.Lines = linesOf(rows)
	if r.KeptAt != nil {
		k.At = *r.KeptAt
	}
	return k, nil
}

func (s *Store) unkept(ctx context.Context, limit int) ([]unkept, error) {
	rows, err := gen.New(s.pool).UnkeptCrashes(ctx, int32(limit))
	if err != nil {
		return nil, fmt.Errorf("list crashes whose lines aren't kept: %w", err)
	}
	list := make([]unkept, len(rows))
	for i, r := range rows {
		u := unkept{run: r.ID, bot: r.BotID, started: r.StartedAt, exit: "unseen"}
		switch {
		case r.ExitSignal != "":
			u.exit = r.ExitSignal
		case r.ExitCode != nil:
			u.exit = fmt.Sprintf("exit code %d", *r.ExitCode)
		}
		if r.EndedAt != nil {
			u.ended = *r.EndedAt
		}
		list[i] = u
	}
	return list, nil
}

// keep copies the last lines of an end and notes what they say. A zero time leaves it open whether there
// are more.
func (s *Store) keep(ctx context.Context, u unkept, at time.Time) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		q := gen.New(tx)
		// Lines carry the time of their reading. The clock may have been set since.
		err := q.KeepLastLines(ctx, gen.KeepLastLinesParams{
			BotID: u.bot, RunID: u.run, Since: u.started.Add(-time.Hour), MaxLines: KeptLines, MaxRows: keptRows, MaxLength: keptLength,
		})
		if err != nil {
			return err
		}
		if err := q.TrimLastLines(ctx, gen.TrimLastLinesParams{RunID: u.run, MaxLines: KeptLines}); err != nil {
			return err
		}
		rows, err := q.LastLines(ctx, u.run)
		if err != nil {
			return err
		}
		head := headline(linesOf(rows))
		p := gen.SetKeptParams{ID: u.run, Headline: head, Fingerprint: fingerprint(u.exit, head)}
		if !at.IsZero() {
			p.KeptAt = &at
		}
		if err := q.SetKept(ctx, p); err != nil {
			return err
		}
		return q.DropOldLastLines(ctx, gen.DropOldLastLinesParams{BotID: u.bot, Keep: KeptEnds})
	})
	if err != nil {
		return fmt.Errorf("keep the last lines of a run: %w", err)
	}
	return nil
}

func linesOf(rows []gen.CrashLine) []Line {
	lines := make([]Line, len(rows))
	for i, r := range rows {
		lines[i] = Line{Seq: r.Seq, At: r.At, Stream: logs.Stream(r.Stream), Level: logs.Level(r.Level), Message: r.Message, Cut: r.Truncated}
	}
	return lines
}
