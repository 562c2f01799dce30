package history

import (
	"context"
	"math"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
)

// reader reads steps back; *Store is the real one.
type reader interface {
	Bot(ctx context.Context, id bot.ID, t Tier, from, to time.Time) ([]row, error)
	Host(ctx context.Context, t Tier, from, to time.Time) ([]row, error)
	Starts(ctx context.Context, id bot.ID, from, to time.Time, step time.Duration) ([]starts, error)
	Gauges(ctx context.Context, id bot.ID, hourly bool, from, to time.Time) ([]row, error)
	Spans(ctx context.Context, id bot.ID, since time.Time) ([]span, error)
}

// row is a stored step.
type row struct {
	at    time.Time
	cells []cell
}

type cell struct {
	name  string
	n     int32
	value Value
}

// MaxPoints bounds the points of a Series, whatever is asked for.
const MaxPoints = 1000

// DefaultPoints are the points of a Series when nobody says how many.
const DefaultPoints = 720

// Query asks for the figures of a span.
type Query struct {
	From, To time.Time // To zero: now
	Points   int       // at most; 0: DefaultPoints
}

// Series are figures at even steps: point i is of the time from From + i*Step on, for Step.
type Series struct {
	From, To time.Time
	Step     time.Duration
	Tier     time.Duration // the stored steps that it was made of
	N        int           // points of each line
	Lines    map[string]Line
}

// Line is one figure; NaN where it isn't known.
type Line struct{ Min, Mean, Max []float64 }

// At is when a point begins.
func (s Series) At(i int) time.Time { return s.From.Add(time.Duration(i) * s.Step) }

// Known says whether a line has any value.
func (l Line) Known() bool {
	for _, v := range l.Mean {
		if !math.IsNaN(v) {
			return true
		}
	}
	return false
}

// plan chooses the tier and the step for a query: the finest tier that reaches back, its steps
// joined until there are no more points than asked for.
func (q Query) plan(now time.Time, all []Tier) (t Tier, s Series, err error) {
	if q.To.IsZero() || q.To.After(now) {
		q.To = now
	}
	if !q.From.Before(q.To) {
		return t, s, &fault.Error{Code: fault.Invalid, Message: "The span must begin before it ends, and before now.", Fields: map[string]string{"from": "Give a time before the end of the span."}}
	}
	if q.Points <= 0 {
		q.Points = DefaultPoints
	}
	q.Points = min(q.Points, MaxPoints)
	if oldest := now.Add(-all[len(all)-1].Keep); q.From.Before(oldest) {
		q.From = oldest
		if !q.From.Before(q.To) {
			q.To = q.From.Add(all[len(all)-1].Step)
		}
	}
	t = tierFor(all, q.From, now)
	step := t.Step
	for int(q.To.Sub(q.From)/step)+2 > q.Points && step < q.To.Sub(q.From) {
		step += t.Step
	}
	from := align(q.From, step)
	n := int((q.To.Sub(from) + step - 1) / step)
	return t, Series{From: from, To: from.Add(time.Duration(n) * step), Step: step, Tier: t.Step, N: n, Lines: map[string]Line{}}, nil
}

// fill puts rows into the points that they belong to, joining several by their numbers of samples.
func (s *Series) fill(rows []row) {
	type sum struct{ weighed, n float64 }
	sums := map[string][]sum{}
	for _, r := range rows {
		i := int(r.at.Sub(s.From) / s.Step)
		if r.at.Before(s.From) || i >= s.N {
			continue
		}
		for _, c := range r.cells {
			line, found := s.Lines[c.name]
			if !found {
				line = Line{Min: gaps(s.N), Mean: gaps(s.N), Max: gaps(s.N)}
				s.Lines[c.name] = line
				sums[c.name] = make([]sum, s.N)
			}
			x := &sums[c.name][i]
			x.weighed, x.n = x.weighed+float64(c.value.Mean)*float64(c.n), x.n+float64(c.n)
			line.Mean[i] = x.weighed / x.n
			line.Min[i] = least(line.Min[i], float64(c.value.Min))
			line.Max[i] = -least(-line.Max[i], -float64(c.value.Max))
		}
	}
}

// least is the smaller of two values, NaN being none.
func least(a, b float64) float64 {
	if math.IsNaN(a) || b < a {
		return b
	}
	return a
}

func gaps(n int) []float64 {
	list := make([]float64, n)
	for i := range list {
		list[i] = math.NaN()
	}
	return list
}

// Bot reads what a bot used. fault.Invalid: the span makes no sense; fault.Unavailable: the
// database is away.
func (s *Service) Bot(ctx context.Context, id bot.ID, q Query) (Series, error) {
	t, out, err := q.plan(s.o.Now(), Tiers())
	if err != nil {
		return out, err
	}
	rows, err := s.o.Store.Bot(ctx, id, t, out.From, out.To)
	if err != nil {
		return out, away(err)
	}
	out.fill(rows)
	return out, nil
}

// Host reads what the machine did, as Bot.
func (s *Service) Host(ctx context.Context, q Query) (Series, error) {
	t, out, err := q.plan(s.o.Now(), Tiers())
	if err != nil {
		return out, err
	}
	rows, err := s.o.Store.Host(ctx, t, out.From, out.To)
	if err != nil {
		return out, away(err)
	}
	out.fill(rows)
	return out, nil
}

// away tells a person about a database that doesn't answer.
func away(err error) error {
	if err == nil || fault.CodeOf(err) != "" {
		return err
	}
	return fault.Wrap(err, fault.Unavailable, "The database does not answer, so the history can't be read now.")
}
