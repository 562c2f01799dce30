package history

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/db/gen"
)

// Store keeps steps in the tables bot_rollups and host_rollups, and reads runs and report_* for
// what goes with them. It is safe for concurrent use.
type Store struct {
	pool   *pgxpool.Pool
	series seriesIDs
}

// NewStore makes a store.
func NewStore(pool *pgxpool.Pool) *Store { return &Store{pool: pool} }

// quietly runs changes whose loss in a crash of the server would be no more than a gap, so nobody
// waits for the disk.
func (s *Store) quietly(ctx context.Context, doing string, change func(*gen.Queries) error) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		q := gen.New(tx)
		if err := q.CommitWithoutFlush(ctx); err != nil {
			return err
		}
		return change(q)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

// Add stores steps of the finest tier: one statement for all bots of all steps, and one for the host of
// each.
func (s *Store) Add(ctx context.Context, steps []*Step) error {
	ids, err := s.numbers(ctx, steps)
	if err != nil {
		return fmt.Errorf("name figures: %w", err)
	}
	err = s.quietly(ctx, "store figures", func(q *gen.Queries) error {
		if p := botRows(steps); len(p.Bots) > 0 {
			if err := q.AddBotRollups(ctx, p); err != nil {
				return err
			}
		}
		for _, x := range steps {
			if len(x.Host) == 0 {
				continue
			}
			if err := q.AddHostRollup(ctx, hostRow(x, ids)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil { // it may be another database when it is back
		s.series.put(nil)
	}
	return err
}

func hostRow(x *Step, ids map[string]int32) gen.AddHostRollupParams {
	p := gen.AddHostRollupParams{Tier: Tiers()[0].seconds(), At: x.At, Series: []int32{}, Low: []float32{}, Mean: []float32{}, High: []float32{}, Samples: []int32{}}
	for _, h := range x.Host {
		if id := ids[h.Name]; id != 0 {
			p.Series, p.Samples = append(p.Series, id), append(p.Samples, h.N)
			p.Low, p.Mean, p.High = append(p.Low, h.Value.Min), append(p.Mean, h.Value.Mean), append(p.High, h.Value.Max)
		}
	}
	return p
}

func botRows(steps []*Step) gen.AddBotRollupsParams {
	p := gen.AddBotRollupsParams{Tier: Tiers()[0].seconds()}
	columns := [botFigures][3]*[]float32{
		{&p.CpuMins, &p.CpuMeans, &p.CpuMaxs}, {&p.RssMins, &p.RssMeans, &p.RssMaxs}, {&p.ThreadsMins, &p.ThreadsMeans, &p.ThreadsMaxs},
		{&p.FilesMins, &p.FilesMeans, &p.FilesMaxs}, {&p.ReadMins, &p.ReadMeans, &p.ReadMaxs}, {&p.WriteMins, &p.WriteMeans, &p.WriteMaxs},
	}
	for _, x := range steps {
		for _, b := range x.Bots {
			p.Bots, p.Ats, p.Ns = append(p.Bots, b.Bot), append(p.Ats, x.At), append(p.Ns, b.N)
			for i, c := range columns {
				v := b.Values[i]
				*c[0], *c[1], *c[2] = append(*c[0], v.Min), append(*c[1], v.Mean), append(*c[2], v.Max)
			}
		}
	}
	return p
}

// numbers gives the numbers of all series that steps have; new ones get theirs, as long as there is room. A number is on the
// database's disk before anything uses it.
func (s *Store) numbers(ctx context.Context, steps []*Step) (map[string]int32, error) {
	ids, missing, known := s.series.of(steps)
	if len(missing) == 0 || known >= maxSeries {
		return ids, nil
	}
	stored, err := s.readSeries(ctx)
	if err != nil {
		return nil, err
	}
	s.series.put(stored)
	ids, missing, known = s.series.of(steps)
	missing = missing[:max(0, min(len(missing), maxSeries-known))]
	if len(missing) == 0 {
		return ids, nil
	}
	if err := gen.New(s.pool).AddHostSeries(ctx, missing); err != nil {
		return nil, err
	}
	if stored, err = s.readSeries(ctx); err != nil {
		return nil, err
	}
	s.series.put(stored)
	ids, _, _ = s.series.of(steps)
	return ids, nil
}

func (s *Store) readSeries(ctx context.Context) (map[string]int32, error) {
	rows, err := gen.New(s.pool).HostSeries(ctx)
	if err != nil {
		return nil, err
	}
	ids := make(map[string]int32, len(rows))
	for _, r := range rows {
		ids[r.Name] = r.ID
	}
	return ids, nil
}

// RollUp makes the steps of a tier that begin in [since, until) out of those of a finer one.
func (s *Store) RollUp(ctx context.Context, finer, t Tier, since, until time.Time) error {
	return s.quietly(ctx, "roll figures up", func(q *gen.Queries) error {
		_, err := q.RollUpBots(ctx, gen.RollUpBotsParams{
			Tier: t.seconds(), Seconds: t.Step.Seconds(), Enough: int64(t.enough()), Finer: finer.seconds(), Since: since, Until: until,
		})
		if err != nil {
			return err
		}
		_, err = q.RollUpHost(ctx, gen.RollUpHostParams{
			Tier: t.seconds(), Seconds: t.Step.Seconds(), Enough: int64(t.enough()), Finer: finer.seconds(), Since: since, Until: until,
		})
		return err
	})
}

// Last is where the newest step of a tier begins; 1970 when there is none.
func (s *Store) Last(ctx context.Context, t Tier) (time.Time, error) {
	at, err := gen.New(s.pool).LastHostRollup(ctx, t.seconds())
	if err != nil {
		return at, fmt.Errorf("find the newest figures: %w", err)
	}
	return at, nil
}

// Drop removes the steps of a tier that begin before a time.
func (s *Store) Drop(ctx context.Context, t Tier, before time.Time) error {
	return s.quietly(ctx, "drop old figures", func(q *gen.Queries) error {
		if _, err := q.DropBotRollups(ctx, gen.DropBotRollupsParams{Tier: t.seconds(), Before: before}); err != nil {
			return err
		}
		_, err := q.DropHostRollups(ctx, gen.DropHostRollupsParams{Tier: t.seconds(), Before: before})
		return err
	})
}

// Sweep removes what is left of bots that were deleted, one tier after the other, and the names of parts of the
// host that nothing is known of any more. Add must not run meanwhile.
func (s *Store) Sweep(ctx context.Context) error {
	for _, t := range Tiers() {
		err := s.quietly(ctx, "drop the figures of deleted bots", func(q *gen.Queries) error {
			_, err := q.DropOrphanRollups(ctx, t.seconds())
			return err
		})
		if err != nil {
			return err
		}
	}
	s.series.put(nil)
	return s.quietly(ctx, "drop the names of figures", func(q *gen.Queries) error {
		_, err := q.DropUnusedHostSeries(ctx)
		return err
	})
}

func known(v *float32) float32 {
	if v == nil {
		return float32(math.NaN())
	}
	return *v
}

// Bot reads the steps of a bot that begin in [from, to), oldest first.
func (s *Store) Bot(ctx context.Context, id uuid.UUID, t Tier, from, to time.Time) ([]row, error) {
	read, err := gen.New(s.pool).BotRollups(ctx, gen.BotRollupsParams{Tier: t.seconds(), BotID: id, Since: from, Until: to})
	if err != nil {
		return nil, fmt.Errorf("read the figures of a bot: %w", err)
	}
	names := BotFigures()
	rows := make([]row, len(read))
	for i, r := range read {
		rows[i].at = r.At
		for f, v := range [botFigures][3]*float32{
			{r.CpuMin, r.CpuMean, r.CpuMax}, {r.RssMin, r.RssMean, r.RssMax}, {r.ThreadsMin, r.ThreadsMean, r.ThreadsMax},
			{r.FilesMin, r.FilesMean, r.FilesMax}, {r.ReadMin, r.ReadMean, r.ReadMax}, {r.WriteMin, r.WriteMean, r.WriteMax},
		} {
			if v[1] != nil {
				rows[i].cells = append(rows[i].cells, cell{names[f], r.N, Value{known(v[0]), *v[1], known(v[2])}})
			}
		}
	}
	return rows, nil
}

// Host reads the steps of the host that begin in [from, to), oldest first.
func (s *Store) Host(ctx context.Context, t Tier, from, to time.Time) ([]row, error) {
	read, err := gen.New(s.pool).HostRollups(ctx, gen.HostRollupsParams{Tier: t.seconds(), Since: from, Until: to})
	if err != nil {
		return nil, fmt.Errorf("read the figures of the host: %w", err)
	}
	names := s.series.read()
	stranger := func(id int32) bool { return names[id] == "" }
	if slices.ContainsFunc(read, func(r gen.HostRollupsRow) bool { return slices.ContainsFunc(r.Series, stranger) }) {
		ids, err := s.readSeries(ctx)
		if err != nil {
			return nil, fmt.Errorf("read the names of figures: %w", err)
		}
		names = s.series.learn(ids)
	}
	rows := make([]row, len(read))
	for i, r := range read {
		rows[i].at = r.At
		for k, id := range r.Series {
			if name := names[id]; name != "" && k < len(r.Mean) && k < len(r.Low) && k < len(r.High) && k < len(r.Samples) {
				rows[i].cells = append(rows[i].cells, cell{name, r.Samples[k], Value{r.Low[k], r.Mean[k], r.High[k]}})
			}
		}
	}
	return rows, nil
}

// Starts reads when a bot was started within [from, to), by steps.
func (s *Store) Starts(ctx context.Context, id uuid.UUID, from, to time.Time, step time.Duration) ([]starts, error) {
	rows, err := gen.New(s.pool).StartsByStep(ctx, gen.StartsByStepParams{BotID: id, Since: from, Until: to, Seconds: step.Seconds()})
	if err != nil {
		return nil, fmt.Errorf("read the starts of a bot: %w", err)
	}
	list := make([]starts, len(rows))
	for i, r := range rows {
		list[i] = starts{
			at: r.Step, n: int(r.Starts), restarts: int(r.Restarts), failures: int(r.Failures), deployed: r.Deployed, version: int(r.Version),
			last: r.LastAt, cause: r.Cause, actor: r.Actor, previousEnd: r.PreviousEnd,
		}
	}
	return list, nil
}

// Gauges reads what a bot reported of itself, by the hour or by the minute.
func (s *Store) Gauges(ctx context.Context, id uuid.UUID, hourly bool, from, to time.Time) ([]row, error) {
	q := gen.New(s.pool)
	var rows []row
	put := func(at time.Time, name string, n int32, sum, low, high float64) {
		rows = append(rows, row{at, []cell{{name, n, Value{float32(low), float32(sum / float64(max(1, n))), float32(high)}}}})
	}
	var err error
	if hourly {
		var list []gen.GaugeHoursRow
		list, err = q.GaugeHours(ctx, gen.GaugeHoursParams{BotID: id, Since: from, Until: to})
		for _, r := range list {
			put(r.At, r.Name, r.N, r.Sum, r.Min, r.Max)
		}
	} else {
		var list []gen.GaugeMinutesRow
		list, err = q.GaugeMinutes(ctx, gen.GaugeMinutesParams{BotID: id, Since: from, Until: to})
		for _, r := range list {
			put(r.At, r.Name, r.N, r.Sum, r.Min, r.Max)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("read the gauges of a bot: %w", err)
	}
	return rows, nil
}

// Spans reads the runs that reach into the time since a moment, and the one before, in the order of
// their beginning.
func (s *Store) Spans(ctx context.Context, id uuid.UUID, since time.Time) ([]span, error) {
	q := gen.New(s.pool)
	rows, err := q.RunsForUptime(ctx, gen.RunsForUptimeParams{BotID: id, Since: since, MaxRows: maxRuns})
	if err != nil {
		return nil, fmt.Errorf("read the times of runs: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	list := make([]span, len(rows))
	for i, r := range rows {
		x := span{from: r.StartedAt, reason: r.EndReason, outcome: bot.Outcome(r.Outcome), begun: r.Pid != nil}
		x.manual = r.Cause == "manual" || r.Cause == "autostart"
		if r.EndedAt != nil {
			x.to = *r.EndedAt
		}
		list[len(rows)-1-i] = x
	}
	stops, err := q.GivenUpForUptime(ctx, gen.GivenUpForUptimeParams{BotID: id, Since: list[0].from})
	if err != nil {
		return nil, fmt.Errorf("read when waits were ended: %w", err)
	}
	giveUp(list, stops)
	return list, nil
}
