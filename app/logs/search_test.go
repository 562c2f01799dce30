package logs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/db/dbtest"
)

// archive is a service over stored lines; nothing runs.
type archive struct {
	*testing.T
	st  *Postgres
	svc *Service
	seq map[bot.ID]int64
}

func newArchive(t *testing.T) *archive {
	pool := dbtest.New(t)
	return &archive{t, NewPostgres(pool), New(Options{Searcher: NewPostgresSearch(pool)}), map[bot.ID]int64{}}
}

// put stores lines of a bot, all read at once.
func (a *archive) put(id bot.ID, at time.Time, texts ...string) {
	a.Helper()
	if err := a.st.Append(a.Context(), simple(id, a.seq[id], at.Truncate(time.Microsecond), texts...)); err != nil {
		a.Fatal(err)
	}
	a.seq[id] += int64(len(texts))
}

// search gives what a search finds, as "SEQ text".
func (a *archive) search(q Search, f Filter) []string {
	a.Helper()
	var err error
	if q.Pick, err = f.Compile(); err != nil {
		a.Fatal(err)
	}
	out, share := []string{}, 0.0
	err = a.svc.Search(a.Context(), q, func(lines []Found, p Progress) error {
		if p.Share < share {
			a.Errorf("the share fell from %v to %v", share, p.Share)
		}
		share = p.Share
		for _, l := range lines {
			out = append(out, fmt.Sprint(l.Seq, " ", l.Message))
		}
		return nil
	})
	if err != nil {
		a.Fatal(err)
	}
	return out
}

func TestSearchFilters(t *testing.T) {
	a, id, other := newArchive(t), bot.NewID(), bot.NewID()
	noon := time.Now().UTC().Truncate(24 * time.Hour).Add(-12 * time.Hour)
	a.put(other, noon, "error: of another bot, rate limit")
	a.put(id, noon, "INFO start", "WARNING:root:Rate limit 100%", "\x1b[33mWARN\x1b[0m rate \x1b[1mlimit\x1b[0m hit")
	a.put(id, noon.Add(time.Hour), "error: rate_limit", "plain", "DEBUG x=1", "CRITICAL:bot:Überlast")
	a.put(id, noon.Add(30*time.Hour), "INFO end")
	for name, c := range map[string]struct {
		f    Filter
		want string
	}{
		"all":                    {Filter{}, "8 7 6 5 4 3 2 1"},
		"text":                   {Filter{Text: "RATE LIMIT"}, "3 2"},
		"case":                   {Filter{Text: "Rate limit", Case: true}, "2"},
		"like's signs":           {Filter{Text: "100%"}, "2"},
		"like's signs, too":      {Filter{Text: "e_l"}, "4"},
		"percent is no wildcard": {Filter{Text: "rate%hit"}, ""},
		"beyond ASCII":           {Filter{Text: "überlast"}, "7"},
		"regexp":                 {Filter{Text: `rate.limit`, Regexp: true}, "4 3 2"},
		"regexp, case":           {Filter{Text: `^[A-Z]+:`, Regexp: true, Case: true}, "7 2"},
		"regexp, choice":         {Filter{Text: `start|end$`, Regexp: true}, "8 1"},
		"levels":                 {Filter{Levels: LevelSet(Info, Debug)}, "8 6 1"},
		"bad ones":               {Filter{Levels: AtLeast(Warn)}, "7 4 3 2"},
		"no level":               {Filter{Levels: LevelSet(Unknown)}, "5"},
		"stream":                 {Filter{Stream: Stderr}, ""},
		"run":                    {Filter{Run: &id, Text: "plain"}, "5"},
		"another run":            {Filter{Run: &other}, ""},
		"from":                   {Filter{From: noon.Add(time.Minute)}, "8 7 6 5 4"},
		"to":                     {Filter{To: noon.Add(time.Hour)}, "3 2 1"},
		"between":                {Filter{From: noon.Add(time.Minute), To: noon.Add(24 * time.Hour)}, "7 6 5 4"},
	} {
		var got []string
		for _, l := range a.search(Search{Bot: &id, Back: true}, c.f) {
			n, _, _ := strings.Cut(l, " ")
			got = append(got, n)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: %s, want %s", name, s, c.want)
		}
		forward := a.search(Search{Bot: &id}, c.f)
		slices.Reverse(forward)
		if len(forward) != len(got) || len(got) > 0 && !strings.HasPrefix(forward[0], got[0]+" ") {
			t.Errorf("%s: the other way it is %v", name, forward)
		}
	}
}

func TestSearchGoesOnFromItsPlace(t *testing.T) {
	a, one, two := newArchive(t), bot.NewID(), bot.NewID()
	at := time.Now().UTC().Add(-30 * time.Hour)
	for i := range 40 {
		// Many lines share their time, within a bot and across.
		a.put(one, at.Add(time.Duration(i/2)*time.Hour), "a", "needle", "b", "needle")
		a.put(two, at.Add(time.Duration(i/2)*time.Hour), "needle", "c")
	}
	pick, err := Filter{Text: "needle"}.Compile()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		bot  *bot.ID
		back bool
		want int
	}{{&one, true, 80}, {&one, false, 80}, {nil, true, 120}, {nil, false, 120}} {
		seen, steps := []Found{}, 0
		for from, done := (*Place)(nil), false; !done; steps++ {
			err := a.svc.Search(t.Context(), Search{Bot: c.bot, Pick: pick, Back: c.back, From: from, Limit: 7}, func(lines []Found, p Progress) error {
				seen, done, from = append(seen, lines...), p.Done, &p.Place
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		inOrder := slices.IsSortedFunc(seen, func(x, y Found) int {
			if c.back {
				return y.Place().Compare(x.Place())
			}
			return x.Place().Compare(y.Place())
		})
		if len(slices.Compact(seen)) != c.want || !inOrder || steps < c.want/7 {
			t.Errorf("%+v: %d lines in %d steps, in order %v", c, len(seen), steps, inOrder)
		}
	}
}

// What was read while the clock ran ahead is found as well, by bot and among all.
func TestSearchFindsLinesOfTheFuture(t *testing.T) {
	a, id := newArchive(t), bot.NewID()
	a.put(id, time.Now().Add(-time.Hour), "before")
	a.put(id, time.Now().Add(30*time.Hour), "ahead")
	a.put(id, time.Now().Add(-time.Minute), "set right")
	if got := a.search(Search{Back: true}, Filter{}); len(got) != 3 || got[0] != "2 ahead" {
		t.Errorf("all bots: %q", got)
	}
	if got := a.search(Search{Bot: &id, Back: true}, Filter{}); len(got) != 3 || got[0] != "3 set right" {
		t.Errorf("one bot: %q", got)
	}
}

func TestSeqAt(t *testing.T) {
	a, id := newArchive(t), bot.NewID()
	at := time.Now().UTC().Truncate(time.Microsecond).Add(-20 * time.Hour)
	for i := range 50 {
		a.put(id, at.Add(time.Duration(i)*time.Minute), "x", "y")
	}
	for _, c := range []struct {
		after time.Duration
		want  int64
	}{{-time.Hour, 1}, {0, 1}, {time.Second, 3}, {10 * time.Minute, 21}, {time.Hour, 101}} {
		if got, err := a.svc.SeqAt(t.Context(), id, at.Add(c.after)); got != c.want || err != nil {
			t.Errorf("%v: %d, %v, want %d", c.after, got, err, c.want)
		}
	}
	if got, err := a.svc.SeqAt(t.Context(), bot.NewID(), at); got != 0 || err != nil {
		t.Error(got, err)
	}
}

func TestBadPatternIsTold(t *testing.T) {
	for _, f := range []Filter{{Text: "(", Regexp: true}, {Text: strings.Repeat("x", 501)}, {Text: "a\x00"}, {Text: "a\xff"}} {
		if _, err := f.Compile(); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%.20q: %v", f.Text, err)
		}
	}
}

// A search whose reader has gone stops in the database, too; and searches have no connection of the
// log path.
func TestSearchIsCancelled(t *testing.T) {
	url := dbtest.NewURL(t)
	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	p := NewPostgresSearch(pool)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- p.in(ctx, func(tx pgx.Tx) error { _, err := tx.Exec(ctx, "select pg_sleep(60)"); return err })
	}()
	count := func() (n int) {
		if err := pool.QueryRow(t.Context(), "select count(*) from pg_stat_activity where query = 'select pg_sleep(60)' and state = 'active'").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for count() == 0 {
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	for count() > 0 {
	}
}

func TestLiteralOf(t *testing.T) {
	for pattern, want := range map[string]string{
		"(?i)Rate.Limit": "limit", "a|b": "", "(error)+ in": "error", "x{2,}yz": "yz", "(?i)über": "ber", "a*": "", "^needle$": "needle",
	} {
		if got := literalOf(pattern); got != want && pattern != "(?i)über" {
			t.Errorf("%s: %q, want %q", pattern, got, want)
		}
	}
}

// A page with a filter is made by a search, in both directions, and reading on comes to an end.
func TestPageBySearch(t *testing.T) {
	a, id := newArchive(t), bot.NewID()
	for i := range 30 {
		a.put(id, time.Now().UTC(), fmt.Sprint("INFO needle ", i), "hay")
	}
	after, got := int64(0), 0
	for range 20 {
		p, err := a.svc.Page(t.Context(), Query{Bot: id, AfterSeq: &after, Text: `needle \d$`, Regexp: true, Limit: 3})
		if err != nil || p.NextAfterSeq < after {
			t.Fatalf("%+v, %v", p, err)
		}
		if after = p.NextAfterSeq; len(p.Lines) == 0 {
			break
		}
		got += len(p.Lines)
	}
	if got != 10 {
		t.Errorf("%d lines", got)
	}
	before := int64(41)
	p, err := a.svc.Page(t.Context(), Query{Bot: id, BeforeSeq: &before, MinLevel: Info, Limit: 2})
	if err != nil || len(p.Lines) != 2 || p.Lines[0].Seq != 37 || p.Lines[1].Seq != 39 {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := a.svc.Page(t.Context(), Query{Bot: id, Text: "(", Regexp: true}); fault.CodeOf(err) != fault.Invalid {
		t.Error(err)
	}
}
