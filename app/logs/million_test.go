package logs

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
)

// TestMillionLinesExactlyOnce has a million numbered lines written as fast as can be while the
// service follows: all are stored, in order, once.
func TestMillionLinesExactlyOnce(t *testing.T) {
	n := 1_000_000
	if testing.Short() {
		n = 100_000
	}
	r := newRig(t)
	r.start(r.url)
	id := r.bot()
	run, dir := r.folder(id)
	r.svc.Follow(id, run, dir)
	writeNumbered(t, filepath.Join(dir, "stdout"), n)
	r.svc.Finish(run)
	r.waitGone(dir)
	r.stopClean()
	st, after, next := NewPostgres(r.pool), int64(0), 1
	for {
		p, err := st.Page(t.Context(), Query{Bot: id, AfterSeq: &after, Limit: MaxLimit})
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range p.Lines {
			if l.Seq != int64(next) || !strings.HasPrefix(l.Message, fmt.Sprintf("%07d ", next)) {
				t.Fatalf("seq %d: %q, want number %d", l.Seq, l.Message, next)
			}
			next++
		}
		if after = p.NextAfterSeq; len(p.Lines) == 0 {
			break
		}
	}
	if next != n+1 {
		t.Fatalf("%d lines, want %d", next-1, n)
	}
}

func writeNumbered(t testing.TB, path string, n int) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriterSize(f, 4096)
	for i := range n {
		fmt.Fprintf(w, "%07d INFO bot.handlers a message of a usual length, so that the figures mean something\n", i+1)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// BenchmarkEndToEnd is how fast lines get from a file into Postgres, committed. How durable that
// is depends on the server: the shared test cluster never syncs, BOTSWAIN_TEST_DATABASE_URL may name
// one that does.
func BenchmarkEndToEnd(b *testing.B) {
	const n = 500_000
	for range b.N {
		b.StopTimer()
		r := newRig(b)
		r.start(r.url)
		id := r.bot()
		run, dir := r.folder(id)
		writeNumbered(b, filepath.Join(dir, "stdout"), n)
		b.StartTimer()
		r.svc.Follow(id, run, dir)
		r.waitSeq(id, n)
		b.StopTimer()
		r.stopClean()
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}

// BenchmarkRead is the path without the database: from the file to batches to the ring.
func BenchmarkRead(b *testing.B) {
	const n = 500_000
	b.ReportAllocs()
	for range b.N {
		b.StopTimer()
		r := &rig{TB: b, root: b.TempDir(), hub: event.NewHub(), log: slog.New(slog.DiscardHandler)}
		r.startOn(nowhere{}, func() {})
		id := bot.NewID()
		run, dir := r.folder(id)
		writeNumbered(b, filepath.Join(dir, "stdout"), n)
		b.StartTimer()
		r.svc.Follow(id, run, dir)
		r.waitSeq(id, n)
		b.StopTimer()
		r.stopClean()
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}

// nowhere is a storage that keeps nothing.
type nowhere struct{}

func (nowhere) Load(context.Context) (State, error)       { return State{Heads: map[bot.ID]int64{}}, nil }
func (nowhere) Append(context.Context, Batch) error       { return nil }
func (nowhere) Page(context.Context, Query) (Page, error) { return Page{}, nil }
func (nowhere) Retain(context.Context, time.Time) error   { return nil }
func (nowhere) Delete(context.Context, bot.ID) error      { return nil }

// BenchmarkShown is how long a line takes from the bot's write to a reader's eyes, one at a time.
func BenchmarkShown(b *testing.B) {
	r := newRig(b)
	r.start(r.url)
	id := r.bot()
	run, dir := r.folder(id)
	r.svc.Follow(id, run, dir)
	f, err := os.OpenFile(filepath.Join(dir, "stdout"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	sub := r.hub.Subscribe(nil)
	defer sub.Close()
	var took []time.Duration
	for n := int64(1); b.Loop(); n++ {
		began := time.Now()
		if _, err := f.WriteString("INFO a line of some length, as bots print them\n"); err != nil {
			b.Fatal(err)
		}
		for r.svc.LastSeq(id) < n {
			<-sub.C()
		}
		took = append(took, time.Since(began))
		b.StopTimer()
		time.Sleep(10 * time.Millisecond) // a quiet bot
		b.StartTimer()
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "µs-median")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "µs-p99")
	r.stopClean()
}
