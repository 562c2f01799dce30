package history

import (
	"context"
	"errors"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/runner"
	"github.com/botswain/botswain/app/stats"
	"github.com/botswain/botswain/db/dbtest"
)

// rig is a service on a database of its own whose clock the test moves. The samples come from it, too.
type rig struct {
	*Service
	t    *testing.T
	pool *pgxpool.Pool
	mu   sync.Mutex
	now  time.Time
	away bool
}

// start is a moment at which a step of each tier begins.
var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func newRig(t *testing.T) *rig {
	r := &rig{t: t, pool: dbtest.New(t), now: start}
	r.reopen()
	return r
}

// reopen is a start of Botswain: what was in memory is gone.
func (r *rig) reopen() {
	r.Service = New(Options{Store: flaky{NewStore(r.pool), r}, Now: r.clock})
}

func (r *rig) clock() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

// flaky is a database that the test can take away.
type flaky struct {
	*Store
	r *rig
}

func (f flaky) Add(ctx context.Context, steps []*Step) error {
	if f.r.away {
		return errors.New("away")
	}
	return f.Store.Add(ctx, steps)
}

// sample takes one sample of bots' CPU; a bot's memory is a thousand times that.
func (r *rig) sample(bots map[bot.ID]float64) {
	x := stats.Sample{At: r.now, Bots: map[bot.ID]runner.Usage{}, Host: stats.Host{At: r.now, CPU: new(float64), Disks: []stats.Disk{{Mount: "/", Used: 7}}}}
	*x.Host.CPU = 50
	for id, cpu := range bots {
		rss := int64(cpu * 1000)
		x.Bots[id] = runner.Usage{CPU: &cpu, RSS: &rss, Threads: 3, At: r.now}
	}
	r.Sampled(x)
	r.mu.Lock()
	r.now = r.now.Add(stats.Interval)
	r.mu.Unlock()
}

// run samples for a time and stores what is due.
func (r *rig) run(d time.Duration, bots map[bot.ID]float64) {
	r.t.Helper()
	for end := r.now.Add(d); r.now.Before(end); {
		r.sample(bots)
	}
	if !r.store(r.t.Context()) {
		r.t.Fatal("not stored")
	}
}

func (r *rig) skip(d time.Duration) { r.now = r.now.Add(d) }

func (r *rig) bot() bot.ID {
	r.t.Helper()
	id := bot.NewID()
	_, err := r.pool.Exec(r.t.Context(), `insert into bots (id, name, type, command, dir, env, tags, autostart, restart, stop, limits, start_seconds, created_at)
		values ($1, $2, 'generic', '{x}', '', '{}', '{}', true, '{}', '{}', '{}', 1, $3)`, id, id.String(), start)
	if err != nil {
		r.t.Fatal(err)
	}
	return id
}

// steps are the means of a bot's CPU in a tier, by the seconds since start; those of memory must fit.
func (r *rig) steps(id bot.ID, t Tier) map[int]float64 {
	r.t.Helper()
	rows, err := r.o.Store.Bot(r.t.Context(), id, t, start.Add(-1e6*time.Second), start.Add(400*24*time.Hour))
	if err != nil {
		r.t.Fatal(err)
	}
	got := map[int]float64{}
	for _, x := range rows {
		for _, c := range x.cells {
			if c.name == CPU {
				got[int(x.at.Sub(start)/time.Second)] = float64(c.value.Mean)
			}
		}
	}
	return got
}

func (r *rig) want(what string, got map[int]float64, want map[int]float64) {
	r.t.Helper()
	if len(got) != len(want) {
		r.t.Errorf("%s: %v, want %v", what, got, want)
		return
	}
	for k, v := range want {
		if g, ok := got[k]; !ok || math.Abs(g-v) > 1e-3 {
			r.t.Errorf("%s: %v, want %v", what, got, want)
			return
		}
	}
}

// TestRollUp: samples become steps of 10 s, these become minutes and so on, weighed by their samples.
func TestRollUp(t *testing.T) {
	r := newRig(t)
	a, b := r.bot(), r.bot()
	r.run(30*time.Second, map[bot.ID]float64{a: 10, b: 1})
	r.run(32*time.Second, map[bot.ID]float64{a: 30, b: 1})
	tiers := Tiers()
	r.want("10 s", r.steps(a, tiers[0]), map[int]float64{0: 10, 10: 10, 20: 10, 30: 30, 40: 30, 50: 30})
	r.want("1 min", r.steps(a, tiers[1]), map[int]float64{0: 20})
	rows, err := r.o.Store.Bot(t.Context(), a, tiers[1], start, start.Add(time.Hour))
	if err != nil || len(rows) != 1 {
		t.Fatal(rows, err)
	}
	for _, c := range rows[0].cells {
		want := map[string]Value{CPU: {10, 20, 30}, Memory: {10000, 20000, 30000}, Threads: {3, 3, 3}}[c.name]
		if c.n != 30 || c.value != want {
			t.Errorf("%s of a minute: %d samples, %+v, want %+v", c.name, c.n, c.value, want)
		}
	}
	if len(rows[0].cells) != 3 { // what isn't known isn't there
		t.Errorf("%+v", rows[0].cells)
	}

	r.run(2*time.Hour, map[bot.ID]float64{a: 30, b: 1})
	quarter := r.steps(a, tiers[2])
	if len(quarter) != 8 || math.Abs(quarter[0]-(30-20*0.5/15)) > 1e-3 || quarter[900] != 30 {
		t.Errorf("quarters of an hour: %v", quarter)
	}
	r.want("2 h", r.steps(b, tiers[3]), map[int]float64{0: 1})
	host, err := r.Host(t.Context(), Query{From: start, To: start.Add(2 * time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	if c, d := host.Lines[HostCPU], host.Lines[Part(HostDisk, "/")]; len(c.Mean) == 0 || c.Mean[0] != 50 || d.Max[0] != 7 {
		t.Errorf("host: %+v", host.Lines)
	}
}

// TestTooFewSamples: half a step is needed; less is a gap, in each tier.
func TestTooFewSamples(t *testing.T) {
	r := newRig(t)
	a := r.bot()
	r.run(24*time.Second, map[bot.ID]float64{a: 5}) // two samples of the third step
	r.run(36*time.Second, nil)
	r.run(36*time.Second, map[bot.ID]float64{a: 9})
	r.run(26*time.Second, nil)
	r.want("10 s", r.steps(a, Tiers()[0]), map[int]float64{0: 5, 10: 5, 60: 9, 70: 9, 80: 9, 90: 9})
	r.want("1 min", r.steps(a, Tiers()[1]), map[int]float64{60: 9}) // 10 of 30 samples in the first
	if s, _ := r.Bot(t.Context(), a, Query{From: start, To: start.Add(2 * time.Minute)}); s.N < 12 || !math.IsNaN(s.Lines[CPU].Mean[3]) || s.Lines[CPU].Mean[6] != 9 {
		t.Errorf("series %+v", s)
	}
}

// TestRestartInTheMiddle: a Botswain that ends in the middle of steps and comes back makes none that is
// wrong, and the coarser ones go on from what is stored.
func TestRestartInTheMiddle(t *testing.T) {
	r := newRig(t)
	a := r.bot()
	r.run(34*time.Second, map[bot.ID]float64{a: 10})
	r.reopen() // killed: two samples of the step from 30 on are lost
	r.skip(4 * time.Second)
	r.run(24*time.Second, map[bot.ID]float64{a: 40}) // the first of them is one sample of that step
	r.want("10 s", r.steps(a, Tiers()[0]), map[int]float64{0: 10, 10: 10, 20: 10, 40: 40, 50: 40})
	r.want("1 min", r.steps(a, Tiers()[1]), map[int]float64{0: 22})

	// One that ends in order stores the step that goes on, if it has enough; the next one's part of it doesn't replace it.
	r.run(6*time.Second, map[bot.ID]float64{a: 70})
	r.finish(t.Context())
	r.reopen()
	r.run(14*time.Second, map[bot.ID]float64{a: 1})
	r.want("10 s", r.steps(a, Tiers()[0]), map[int]float64{0: 10, 10: 10, 20: 10, 40: 40, 50: 40, 60: 62.5, 70: 1})

	// Away over the end of coarser steps: they are made of what there is, and not before it is enough.
	r.run(8*time.Minute, map[bot.ID]float64{a: 20})
	r.reopen()
	r.skip(10 * time.Minute)
	r.run(12*time.Second, nil)
	if q := r.steps(a, Tiers()[2]); len(q) != 1 || q[0] < 19 || q[0] > 21 {
		t.Errorf("quarters %v", q)
	}
}

// TestDatabaseAway: what was measured waits, and is rolled up when it is stored; what doesn't fit is a gap.
func TestDatabaseAway(t *testing.T) {
	r := newRig(t)
	a := r.bot()
	r.run(10*time.Second, map[bot.ID]float64{a: 5})
	r.away = true
	for range 45 {
		r.sample(map[bot.ID]float64{a: 8})
	}
	if r.store(t.Context()) || len(r.steps(a, Tiers()[0])) != 0 {
		t.Error("stored without a database")
	}
	r.away = false
	r.run(22*time.Second, map[bot.ID]float64{a: 8})
	r.want("1 min", r.steps(a, Tiers()[1]), map[int]float64{0: 7.5, 60: 8})

	r.away = true
	many := make([]BotStep, maxRows)
	r.Service.mu.Lock()
	r.enqueue(&Step{At: start, Bots: many})
	r.enqueue(&Step{At: start.Add(10 * time.Second)})
	left, rows, lost := len(r.queue), r.rows, r.lost
	r.Service.mu.Unlock()
	if left != 1 || rows != 1 || lost != 1 {
		t.Errorf("%d steps, %d rows wait, %d lost", left, rows, lost)
	}
}

// TestClockSetBack: time that comes twice is stored once, and rolling up goes on.
func TestClockSetBack(t *testing.T) {
	r := newRig(t)
	a := r.bot()
	r.run(2*time.Minute+2*time.Second, map[bot.ID]float64{a: 5})
	r.skip(-5 * time.Minute)
	r.run(8*time.Minute, map[bot.ID]float64{a: 50})
	minutes := r.steps(a, Tiers()[1])
	if minutes[0] != 5 || minutes[60] != 5 || minutes[180] != 50 {
		t.Errorf("%v", minutes)
	}
}

// TestRetention: each tier keeps what it is to keep; what is left of deleted bots goes.
func TestRetention(t *testing.T) {
	r := newRig(t)
	a, gone := r.bot(), bot.NewID()
	for _, tier := range Tiers() {
		for _, id := range []bot.ID{a, gone} {
			_, err := r.pool.Exec(t.Context(), `insert into bot_rollups (tier, bot_id, at, n, cpu_mean) select $1, $2, $3::timestamptz - s * interval '1 hour', 5, 1 from generate_series(0, 9000) s`,
				tier.seconds(), id, start)
			if err != nil {
				t.Fatal(err)
			}
		}
		_, err := r.pool.Exec(t.Context(), `insert into host_rollups select $1, $2::timestamptz - s * interval '1 hour', '{}', '{}', '{}', '{}', '{}' from generate_series(0, 9000) s`, tier.seconds(), start)
		if err != nil {
			t.Fatal(err)
		}
	}
	r.clean(t.Context())
	count := func(sql string, args ...any) (n int) {
		t.Helper()
		if err := r.pool.QueryRow(t.Context(), sql, args...).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, tier := range Tiers() {
		want := int(tier.Keep/time.Hour) + 1
		if n := count("select count(*) from bot_rollups where tier = $1 and bot_id = $2", tier.seconds(), a); n != want {
			t.Errorf("tier %v keeps %d of a bot, want %d", tier.Step, n, want)
		}
		if n := count("select count(*) from host_rollups where tier = $1", tier.seconds()); n != want {
			t.Errorf("tier %v keeps %d of the host, want %d", tier.Step, n, want)
		}
	}
	if err := r.o.Store.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := count("select count(*) from bot_rollups where bot_id = $1", gone); n != 0 {
		t.Errorf("%d rows of a deleted bot", n)
	}
}

func TestPlan(t *testing.T) {
	now := start
	for _, x := range []struct {
		back       time.Duration
		points     int
		tier, step time.Duration
	}{
		{time.Hour, 0, 10 * time.Second, 10 * time.Second},
		{6 * time.Hour, 0, 10 * time.Second, 40 * time.Second},
		{24 * time.Hour, 0, time.Minute, 3 * time.Minute},
		{48 * time.Hour, 1000, time.Minute, 3 * time.Minute},
		{7 * 24 * time.Hour, 0, 15 * time.Minute, 15 * time.Minute},
		{30 * 24 * time.Hour, 0, 15 * time.Minute, time.Hour + 15*time.Minute},
		{365 * 24 * time.Hour, 0, 2 * time.Hour, 14 * time.Hour},
		{3 * 365 * 24 * time.Hour, 5000, 2 * time.Hour, 10 * time.Hour},
	} {
		tier, s, err := Query{From: now.Add(-x.back), Points: x.points}.plan(now, Tiers())
		if err != nil || tier.Step != x.tier || s.Step != x.step || s.N > MaxPoints || s.To.Before(now) {
			t.Errorf("%v: %v, %v in steps of %v, %d points: %v", x.back, tier, s.From, s.Step, s.N, err)
		}
	}
	for _, q := range []Query{{From: now}, {From: now.Add(time.Hour)}, {From: now.Add(-time.Hour), To: now.Add(-2 * time.Hour)}} {
		if _, _, err := q.plan(now, Tiers()); err == nil {
			t.Errorf("%+v is a span", q)
		}
	}
}
