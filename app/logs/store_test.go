package logs

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/db/dbtest"
)

// simple makes a batch of one bot's lines.
func simple(id bot.ID, prev int64, at time.Time, texts ...string) Batch {
	var lines []Line
	for i, s := range texts {
		seq := prev + int64(i) + 1
		lines = append(lines, Line{Seq: seq, At: at, Run: id, Stream: Stdout, Level: detect(s), Message: s, HeadSeq: seq})
	}
	last := prev + int64(len(texts))
	return Batch{
		Parts:   []Part{{id, lines}},
		Heads:   []Head{{id, prev, last}},
		Offsets: []Offset{{Bot: id, Run: id, Stream: Stdout, Committed: last * 10}},
	}
}

func TestAppendTwiceStoresOnce(t *testing.T) {
	st, id := NewPostgres(dbtest.New(t)), bot.NewID()
	b := simple(id, 0, time.Now(), "a", "b")
	for range 3 {
		if err := st.Append(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	p, err := st.Page(t.Context(), Query{Bot: id, Limit: 10})
	if err != nil || len(p.Lines) != 2 || p.NextAfterSeq != 2 {
		t.Fatalf("%+v, %v", p, err)
	}
	if err := st.Append(t.Context(), simple(id, 1, time.Now(), "c")); err == nil {
		// prev 1, last 2: looks as if it was stored
		p, _ = st.Page(t.Context(), Query{Bot: id, Limit: 10})
		if len(p.Lines) != 2 {
			t.Errorf("%+v", p)
		}
	}
	if err := st.Append(t.Context(), simple(id, 7, time.Now(), "c")); !errors.Is(err, ErrConflict) {
		t.Errorf("a batch that builds on what isn't there: %v", err)
	}
	state, err := st.Load(t.Context())
	if err != nil || state.Heads[id] != 2 || len(state.Offsets) != 1 || state.Offsets[0].Committed != 20 {
		t.Errorf("%+v, %v", state, err)
	}
}

func TestPageBySeq(t *testing.T) {
	st, id, other := NewPostgres(dbtest.New(t)), bot.NewID(), bot.NewID()
	now := time.Now().UTC().Truncate(time.Microsecond)
	var texts []string
	for i := range 30 {
		texts = append(texts, fmt.Sprintf("%s: line %d 100%% under_score", []string{"INFO", "WARNING", "ERROR"}[i%3], i+1))
	}
	// Over three days, so that the order by seq is one over partitions.
	for d := range 3 {
		if err := st.Append(t.Context(), simple(id, int64(d*10), now.Add(time.Duration(d-2)*day), texts[d*10:d*10+10]...)); err != nil {
			t.Fatal(err)
		}
	}
	if err := st.Append(t.Context(), simple(other, 0, now, "of another")); err != nil {
		t.Fatal(err)
	}
	at := func(n int64) *int64 { return &n }
	for _, c := range []struct {
		name string
		q    Query
		want []int64
		next int64
	}{
		{"newest", Query{Limit: 3}, []int64{28, 29, 30}, 30},
		{"before", Query{Limit: 3, BeforeSeq: at(12)}, []int64{9, 10, 11}, 11},
		{"from the oldest", Query{Limit: 2, AfterSeq: at(0)}, []int64{1, 2}, 2},
		{"after", Query{Limit: 3, AfterSeq: at(19)}, []int64{20, 21, 22}, 22},
		{"after and before", Query{Limit: 30, AfterSeq: at(9), BeforeSeq: at(12)}, []int64{10, 11}, 11},
		{"nothing newer", Query{Limit: 3, AfterSeq: at(30)}, nil, 30},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.q.Bot = id
			p, err := st.Page(t.Context(), c.q)
			if err != nil {
				t.Fatal(err)
			}
			var got []int64
			for _, l := range p.Lines {
				got = append(got, l.Seq)
			}
			if !slices.Equal(got, c.want) || p.NextAfterSeq != c.next {
				t.Errorf("got %v next %d, want %v next %d", got, p.NextAfterSeq, c.want, c.next)
			}
		})
	}
}

func TestPageUsesTheIndexes(t *testing.T) {
	pool := dbtest.New(t)
	st, id := NewPostgres(pool), bot.NewID()
	for d := range 3 {
		texts := slices.Repeat([]string{strings.Repeat("words ", 20)}, 5000)
		if err := st.Append(t.Context(), simple(id, int64(d*5000), time.Now().Add(-time.Duration(d)*day), texts...)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := pool.Exec(t.Context(), "analyze"); err != nil {
		t.Fatal(err)
	}
	rows, err := pool.Query(t.Context(), "explain select seq, message from log_lines where bot_id = $1 and seq > 0 and seq < 9223372036854775807 and level >= 0 order by seq desc limit 500", id)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	plan := ""
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		plan += s + "\n"
	}
	if strings.Contains(plan, "Seq Scan") || strings.Contains(plan, "Sort (") || !strings.Contains(plan, "Merge Append") {
		t.Errorf("plan:\n%s", plan)
	}
}

func TestPartitionsComeAndGo(t *testing.T) {
	pool := dbtest.New(t)
	st, id := NewPostgres(pool), bot.NewID()
	names := func() []string {
		t.Helper()
		rows, err := pool.Query(t.Context(), "select inhrelid::regclass::text from pg_inherits where inhparent = 'log_lines'::regclass order by 1")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		var out []string
		for rows.Next() {
			var s string
			if err := rows.Scan(&s); err != nil {
				t.Fatal(err)
			}
			out = append(out, s)
		}
		return out
	}
	now := time.Now()
	// A clock may say anything.
	for i, at := range []time.Time{now.Add(-20 * day), time.Date(1999, 12, 31, 23, 59, 59, 0, time.UTC), time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC), now} {
		if err := st.Append(t.Context(), simple(id, int64(i), at, "x")); err != nil {
			t.Fatal(err)
		}
	}
	if err := st.Retain(t.Context(), now.Add(-14*day)); err != nil {
		t.Fatal(err)
	}
	want := []string{partitionOf(now), partitionOf(now.Add(day)), partitionOf(now.Add(2 * day)), "log_lines_20990101"}
	if got := names(); !slices.Equal(got, want) {
		t.Errorf("partitions %v, want %v", got, want)
	}
	p, err := st.Page(t.Context(), Query{Bot: id, Limit: 10})
	if err != nil || len(p.Lines) != 2 || p.Lines[0].Seq != 3 || p.Lines[1].Seq != 4 {
		t.Errorf("%+v, %v", p, err)
	}
	// Dropped by somebody else: the attempt after the failed one makes it again.
	if _, err := pool.Exec(t.Context(), "drop table "+partitionOf(now)); err != nil {
		t.Fatal(err)
	}
	err = st.Append(t.Context(), simple(id, 4, now, "again"))
	if err == nil {
		t.Error("no error without a partition")
	}
	if err := st.Append(t.Context(), simple(id, 4, now, "again")); err != nil {
		t.Error(err)
	}
}

func TestPartitionsMadeAtOnce(t *testing.T) {
	pool := dbtest.New(t)
	errs := make(chan error)
	for range 6 {
		go func() { errs <- NewPostgres(pool).Retain(t.Context(), time.Now().Add(-14*day)) }()
	}
	for range 6 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

func TestOutageIsAFault(t *testing.T) {
	pool := dbtest.New(t)
	st := NewPostgres(pool)
	pool.Close()
	if _, err := st.Page(t.Context(), Query{Bot: bot.NewID(), Limit: 1}); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("%v", err)
	}
}
