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

// Groups gives the abnormal ends of a bot by what they have in common, those seen last first, at most limit; with a key only
// the group that it names.
func (s *Store) Groups(ctx context.Context, id bot.ID, key string, limit int) ([]Group, error) {
	s.settle(ctx)
	rows, err := gen.New(s.pool).CrashGroups(ctx, gen.CrashGroupsParams{BotID: id, Key: key, MaxRows: int32(limit)})
	if err != nil {
		return nil, away("group crashes", err)
	}
	groups := make([]Group, len(rows))
	for i, r := range rows {
		groups[i] = Group{Key: r.Key, Times: int(r.Times), FirstAt: r.FirstAt, LastAt: r.LastAt, Newest: event.RunOf(r.Run)}
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

// Crashes counts the abnormal ends of all bots since a time: by the quarters of an hour in which there
// were any, which are keyed by their beginnings in Unix seconds.
func (s *Store) Crashes(ctx context.Context, since time.Time) (map[int64]int, error) {
	rows, err := gen.New(s.pool).CrashesOfAll(ctx, since)
	if err != nil {
		return nil, away("count crashes", err)
	}
	counts := map[int64]int{}
	for _, r := range rows {
		counts[r.Quarter.Unix()] = int(r.Crashes)
	}
	return counts, nil
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
	list, err := s.KeptOf(ctx, []event.Run{r})
	if err != nil {
		return Kept{}, err
	}
	return list[0], nil
}

// KeptOf gives the last lines of each of several runs, in their order.
func (s *Store) KeptOf(ctx context.Context, of []event.Run) ([]Kept, error) {
	list, ids, place := make([]Kept, len(of)), make([]bot.RunID, len(of)), map[bot.RunID]int{}
	for i, r := range of {
		if ids[i], place[r.ID] = r.ID, i; r.KeptAt != nil {
			list[i].At = *r.KeptAt
		}
	}
	rows, err := gen.New(s.pool).LastLines(ctx, ids)
	if err != nil {
		return nil, away("read the last lines of runs", err)
	}
	for _, r := range rows {
		k := &list[place[r.RunID]]
		k.Lines = append(k.Lines, lineOf(r))
	}
	return list, nil
}

// unkept lists ends behind one in the order of their ending; the zero unkept is before all.
func (s *Store) unkept(ctx context.Context, behind unkept, limit int) ([]unkept, error) {
	rows, err := gen.New(s.pool).UnkeptCrashes(ctx, gen.UnkeptCrashesParams{AfterEnded: behind.ended, AfterID: behind.run, MaxRows: int32(limit)})
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

// dropRuns is how many ends one statement takes the lines of.
const dropRuns = 100

// linesSince is before the time of any line of the end's run. Lines carry the time of their reading, by a clock that
// may have been set back since the start.
func (u unkept) linesSince(now time.Time) time.Time {
	since := u.started
	if back := now.Add(-u.ended.Sub(u.started)); back.Before(since) {
		since = back
	}
	return since.Add(-time.Hour)
}

// keep copies the last lines of an end and notes what they say. A zero time leaves it open whether there
// are more.
func (s *Store) keep(ctx context.Context, u unkept, at time.Time) error {
	var dropped int64
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		q := gen.New(tx)
		err := q.KeepLastLines(ctx, gen.KeepLastLinesParams{
			BotID: u.bot, RunID: u.run, Since: u.linesSince(time.Now()), MaxLines: KeptLines, MaxRows: keptRows, MaxLength: keptLength,
		})
		if err != nil {
			return err
		}
		if err := q.TrimLastLines(ctx, gen.TrimLastLinesParams{RunID: u.run, MaxLines: KeptLines}); err != nil {
			return err
		}
		if err := note(ctx, q, u, at); err != nil {
			return err
		}
		if err := q.DropLastLinesOfOldEnd(ctx, gen.DropLastLinesOfOldEndParams{BotID: u.bot, RunID: u.run, Keep: KeptEnds}); err != nil {
			return err
		}
		dropped, err = q.DropOldLastLines(ctx, gen.DropOldLastLinesParams{BotID: u.bot, Keep: KeptEnds, MaxRuns: dropRuns})
		return err
	})
	if err != nil {
		return fmt.Errorf("keep the last lines of a run: %w", err)
	}
	if dropped == 0 {
		return nil
	}
	return s.dropOlder(ctx, u.bot)
}

// giveUp notes what is known of an end whose lines can't be had.
func (s *Store) giveUp(ctx context.Context, u unkept, at time.Time) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error { return note(ctx, gen.New(tx), u, at) })
	if err != nil {
		return fmt.Errorf("give up the last lines of a run: %w", err)
	}
	return nil
}

// note says in a run's row what its kept lines say.
func note(ctx context.Context, q *gen.Queries, u unkept, at time.Time) error {
	rows, err := q.LastLines(ctx, []bot.RunID{u.run})
	if err != nil {
		return err
	}
	head := headline(linesOf(rows))
	p := gen.SetKeptParams{ID: u.run, Headline: head, Fingerprint: fingerprint(u.exit, head)}
	if !at.IsZero() {
		p.KeptAt = &at
	}
	return q.SetKept(ctx, p)
}

// dropOlder drops the lines of those ends of a bot that aren't among the newest any more, behind those that keep has
// looked at. They lie side by side, so it looks no further than until there is nothing to drop.
func (s *Store) dropOlder(ctx context.Context, id bot.ID) error {
	for keep := int32(KeptEnds + dropRuns); ; keep += dropRuns {
		n, err := gen.New(s.pool).DropOldLastLines(ctx, gen.DropOldLastLinesParams{BotID: id, Keep: keep, MaxRuns: dropRuns})
		if err != nil {
			return fmt.Errorf("drop the last lines of old crashes: %w", err)
		}
		if n == 0 {
			return nil
		}
	}
}

func linesOf(rows []gen.CrashLine) []Line {
	lines := make([]Line, len(rows))
	for i, r := range rows {
		lines[i] = lineOf(r)
	}
	return lines
}

func lineOf(r gen.CrashLine) Line {
	return Line{Seq: r.Seq, At: r.At, Stream: logs.Stream(r.Stream), Level: logs.Level(r.Level), Message: r.Message, Cut: r.Truncated}
}
