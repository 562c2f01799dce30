package logs

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
)

func TestTwoStreamsToTheEnd(t *testing.T) {
	r := newRig(t)
	r.start(r.url)
	id := r.bot()
	sub := r.hub.Subscribe(nil)
	defer sub.Close()
	run, dir := r.folder(id)
	r.svc.Follow(id, run, dir)
	r.print(dir, "stdout", "one\ntwo\r\n")
	r.waitSeq(id, 2)
	if _, poked := sub.Take()[event.Topic{Kind: event.TopicLogs, Bot: id}]; !poked {
		t.Error("no poke for stored lines")
	}
	r.print(dir, "stderr", "[ERROR] three\n")
	r.waitSeq(id, 3)
	r.print(dir, "stdout", "last words")
	r.svc.Finish(run)
	r.waitGone(dir)
	lines := r.lines(id)
	want := []struct {
		text   string
		stream Stream
		level  Level
	}{{"one", Stdout, Unknown}, {"two", Stdout, Unknown}, {"[ERROR] three", Stderr, Error}, {"last words", Stdout, Unknown}}
	if len(lines) != len(want) {
		t.Fatalf("%d lines: %v", len(lines), lines)
	}
	for i, w := range want {
		l := lines[i]
		if l.Message != w.text || l.Stream != w.stream || l.Level != w.level || l.Run != run || l.HeadSeq != l.Seq || l.Truncated {
			t.Errorf("line %d: %+v", i, l)
		}
	}
	recent, ok := r.svc.Recent(id, 0, 100)
	if !ok || !slices.Equal(recent, lines) {
		t.Errorf("recent and stored differ:\n%+v\n%+v", recent, lines)
	}
	r.wait("nothing pending", func() bool { n, at := r.svc.Pending(); return n == 0 && at.IsZero() })
	r.stopClean()
}

func TestFolderComesLater(t *testing.T) {
	r := newRig(t)
	r.start(r.url)
	id, run := r.bot(), bot.NewID()
	dir := filepath.Join(r.root, id.String(), run.String())
	r.svc.Follow(id, run, dir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	r.print(dir, "stdout", "hello\n")
	r.waitSeq(id, 1)
	r.svc.Finish(run)
	r.waitGone(dir)
	r.stopClean()
}

func TestNotesAndRunsKeepTheirOrder(t *testing.T) {
	r := newRig(t)
	id := r.bot()
	run1, dir1 := r.folder(id)
	run2, dir2 := r.folder(id)
	// Everything is there before the service looks: only the order of calls can order it.
	var want []string
	var b strings.Builder
	for i := range 30_000 {
		fmt.Fprintf(&b, "first %d\n", i)
		want = append(want, fmt.Sprintf("first %d", i))
	}
	r.print(dir1, "stdout", b.String())
	r.print(dir1, "stderr", "no newline")
	r.print(dir2, "stdout", "second\n")
	r.startOn(NewPostgres(r.pool), func() {})
	r.svc.Note(id, run1, int(Info), "process started")
	r.svc.Follow(id, run1, dir1)
	r.svc.Finish(run1)
	r.svc.Note(id, run1, int(Error), "process ended\nwith a second line")
	r.svc.Follow(id, run2, dir2)
	r.svc.Finish(run2)
	r.svc.Note(id, run2, int(Info), "process ended again")
	r.waitGone(dir2)
	r.waitSeq(id, 30_006)
	r.stopClean()
	got := r.texts(id)
	if n := slices.Index(got, "no newline"); n < 0 {
		t.Error("the unterminated line is missing")
	} else {
		got = slices.Delete(got, n, n+1) // anywhere among its run's other stream
	}
	want = slices.Concat([]string{"process started"}, want, []string{"process ended", "with a second line", "second", "process ended again"})
	if !slices.Equal(got, want) {
		t.Fatalf("order is wrong: %d lines, want %d; ends in %q", len(got), len(want), got[max(0, len(got)-5):])
	}
	for _, l := range r.lines(id)[:1] {
		if l.Stream != System || l.Level != Info {
			t.Errorf("note: %+v", l)
		}
	}
	for _, d := range []string{dir1, dir2} {
		if _, err := os.Stat(d); !os.IsNotExist(err) {
			t.Errorf("%s is still there", d)
		}
	}
}

func TestPromptBecomesVisible(t *testing.T) {
	r := newRig(t)
	r.start(r.url)
	id := r.bot()
	run, dir := r.folder(id)
	r.svc.Follow(id, run, dir)
	r.print(dir, "stdout", "ERROR Login code: ")
	r.waitSeq(id, 1)
	r.print(dir, "stdout", "accepted\nnext\n")
	r.waitSeq(id, 3)
	r.print(dir, "stdout", "bye? ")
	r.waitSeq(id, 4)
	r.svc.Finish(run)
	r.waitGone(dir)
	got := ""
	for _, l := range r.lines(id) {
		got += fmt.Sprintf("%d %d %v %d %q\n", l.Seq, l.HeadSeq, l.Truncated, l.Level, l.Message)
	}
	want := `1 1 true 5 "ERROR Login code: "
2 1 false 5 "accepted"
3 3 false 0 "next"
4 4 true 0 "bye? "
5 4 false 0 ""
`
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	r.stopClean()
}

func TestPromptGoesOnAfterCrash(t *testing.T) {
	r := newRig(t)
	r.drain = time.Nanosecond
	r.start(r.url)
	id := r.bot()
	run, dir := r.folder(id)
	r.svc.Follow(id, run, dir)
	r.print(dir, "stdout", "name? ")
	r.waitSeq(id, 1)
	_ = r.stop()
	r.print(dir, "stdout", "Ada\n")
	r.start(r.url)
	r.svc.Follow(id, run, dir)
	r.waitSeq(id, 2)
	lines := r.lines(id)
	if lines[1].HeadSeq != 1 || lines[1].Message != "Ada" || lines[1].Truncated {
		t.Errorf("%+v", lines)
	}
}

func TestLongLinesAndGarbage(t *testing.T) {
	r := newRig(t)
	r.start(r.url)
	id := r.bot()
	run, dir := r.folder(id)
	r.svc.Follow(id, run, dir)
	var all []byte
	for i := range 256 {
		all = append(all, byte(i))
	}
	long := strings.Repeat("é", 1<<19)
	garbage := strings.Repeat(string(all), 4096)
	r.print(dir, "stdout", long+"\n"+garbage+"\nafter\n")
	r.svc.Finish(run)
	r.waitGone(dir)
	lines := r.lines(id)
	joined := map[int64]string{}
	var order []int64
	for i, l := range lines {
		if len(l.Message) > maxPiece {
			t.Errorf("line %d has %d bytes", l.Seq, len(l.Message))
		}
		if l.HeadSeq == l.Seq {
			order = append(order, l.Seq)
		} else if !lines[i-1].Truncated || lines[i-1].HeadSeq != l.HeadSeq {
			t.Fatalf("piece %d doesn't follow its line", l.Seq)
		}
		joined[l.HeadSeq] += l.Message
	}
	if joined[order[0]] != long {
		t.Errorf("long line: %d bytes, want %d", len(joined[order[0]]), len(long))
	}
	if last := lines[len(lines)-1]; last.Message != "after" {
		t.Errorf("last line is %q", last.Message)
	}
	var rest strings.Builder
	for _, h := range order[1 : len(order)-1] {
		rest.WriteString(joined[h] + "\n")
	}
	if want := escape([]byte(garbage)) + "\n"; rest.String() != want {
		t.Errorf("garbage: %d bytes, want %d", rest.Len(), len(want))
	}
	r.stopClean()
}

func TestFileCutOffAndDeleted(t *testing.T) {
	r := newRig(t)
	r.start(r.url)
	id := r.bot()
	run, dir := r.folder(id)
	r.svc.Follow(id, run, dir)
	r.print(dir, "stdout", "a long first line\n")
	r.waitSeq(id, 1)
	if err := os.Truncate(filepath.Join(dir, "stdout"), 0); err != nil {
		t.Fatal(err)
	}
	r.print(dir, "stdout", "again\n")
	r.waitSeq(id, 2)
	// A bot keeps writing into a file that was deleted.
	f, err := os.OpenFile(filepath.Join(dir, "stdout"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(f, "from nowhere\n"); err != nil {
		t.Fatal(err)
	}
	r.waitSeq(id, 3)
	r.svc.Finish(run)
	// The next run of the bot isn't held up.
	run2, dir2 := r.folder(id)
	r.svc.Follow(id, run2, dir2)
	r.print(dir2, "stdout", "next run\n")
	r.waitSeq(id, 4)
	r.stopClean()
	if got, want := r.texts(id), []string{"a long first line", "again", "from nowhere", "next run"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestDiskSpaceIsGivenBack(t *testing.T) {
	r := newRig(t)
	r.start(r.url)
	id := r.bot()
	run, dir := r.folder(id)
	r.svc.Follow(id, run, dir)
	line := strings.Repeat("x", 1023) + "\n"
	const n = 16 << 10
	for range n / 1024 {
		r.print(dir, "stdout", strings.Repeat(line, 1024))
	}
	r.waitSeq(id, n)
	r.wait("free blocks", func() bool {
		var st syscall.Stat_t
		if err := syscall.Stat(filepath.Join(dir, "stdout"), &st); err != nil {
			t.Fatal(err)
		}
		return st.Size == n*1024 && st.Blocks*512 <= 2*punchStep
	})
	r.stopClean()
}

func TestDrainStoresWhatIsThere(t *testing.T) {
	r := newRig(t)
	r.drain = 2 * time.Minute
	r.start(r.url)
	var ids []bot.ID
	for range 5 {
		id := r.bot()
		run, dir := r.folder(id)
		r.svc.Follow(id, run, dir)
		r.print(dir, "stdout", strings.Repeat("line\n", 20_000)+"unfinished")
		ids = append(ids, id)
	}
	r.stopClean()
	for _, id := range ids {
		if got := len(r.texts(id)); got != 20_000 {
			t.Errorf("%d lines", got)
		}
	}
}

func TestForget(t *testing.T) {
	r := newRig(t)
	r.start(r.url)
	id, other := r.bot(), r.bot()
	for _, b := range []bot.ID{id, other} {
		run, dir := r.folder(b)
		r.svc.Follow(b, run, dir)
		r.print(dir, "stdout", strings.Repeat("x\n", 50_000))
	}
	r.waitSeq(id, 1)
	if err := r.svc.Forget(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	r.waitSeq(other, 50_000)
	if n := len(r.lines(id)); n != 0 || r.svc.LastSeq(id) != 0 {
		t.Errorf("%d lines left, head %d", n, r.svc.LastSeq(id))
	}
	if _, err := os.Stat(filepath.Join(r.root, id.String())); !os.IsNotExist(err) {
		t.Error("the spool is still there")
	}
	var rows int
	if err := r.pool.QueryRow(t.Context(), "select (select count(*) from log_heads where bot_id=$1) + (select count(*) from spool_offsets where bot_id=$1)", id).Scan(&rows); err != nil || rows != 0 {
		t.Errorf("%d rows left, %v", rows, err)
	}
	if err := r.svc.Forget(t.Context(), id); err != nil {
		t.Errorf("a second time: %v", err)
	}
	r.stopClean()
	if err := r.svc.Forget(context.Background(), id); err == nil {
		t.Error("no error after the end")
	}
}

func TestRecover(t *testing.T) {
	r := newRig(t)
	id, deleted, stranger := r.bot(), bot.NewID(), bot.NewID()
	run1, dir1 := r.folder(id)
	run2, dir2 := r.folder(id)
	living, dir3 := r.folder(id)
	_, gone := r.folder(deleted)
	old := time.Now().Add(-2 * DefaultRetention)
	for _, path := range []string{filepath.Join(gone, "stdout"), filepath.Join(gone, "stderr"), gone, filepath.Dir(gone)} {
		if err := os.Chtimes(path, old, old); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
	}
	// Not in this database, but written to yesterday: DATABASE_URL may be wrong.
	_, kept := r.folder(stranger)
	r.print(dir1, "stdout", "one\nunfinished")
	r.print(dir2, "stderr", "two\n")
	r.print(dir3, "stdout", "three\n")
	r.start(r.url)
	// Followed before Recover, as the supervisor may do.
	r.svc.Follow(id, living, dir3)
	if err := r.svc.Recover(t.Context(), map[bot.RunID]bool{living: true}); err != nil {
		t.Fatal(err)
	}
	r.waitSeq(id, 4)
	r.waitGone(dir1)
	r.waitGone(dir2)
	r.waitGone(filepath.Dir(gone))
	if _, err := os.Stat(kept); err != nil {
		t.Error("the spool of an unknown bot is gone at once")
	}
	if _, err := os.Stat(dir3); err != nil {
		t.Error("the living run's folder is gone")
	}
	got := r.texts(id)
	i1, i2 := slices.Index(got, "one"), slices.Index(got, "two")
	if i1 < 0 || got[i1+1] != "unfinished" || i2 < i1 || !slices.Contains(got, "three") {
		t.Errorf("got %q", got)
	}
	_, _ = run1, run2
	r.stopClean()
}

// TestRecoverOfARunFromTheFuture: it was started while the clock was wrong, and is over all the same.
func TestRecoverOfARunFromTheFuture(t *testing.T) {
	r := newRig(t)
	id := r.bot()
	run, dir := r.folder(id)
	future := uint64(time.Now().Add(4 * time.Hour).UnixMilli())
	binary.BigEndian.PutUint64(run[:8], future<<16|uint64(binary.BigEndian.Uint16(run[6:8])))
	if err := os.Rename(dir, filepath.Join(filepath.Dir(dir), run.String())); err != nil {
		t.Fatal(err)
	}
	r.print(filepath.Join(filepath.Dir(dir), run.String()), "stdout", "last words\n")
	r.start(r.url)
	if err := r.svc.Recover(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	r.waitSeq(id, 1)
	r.waitGone(filepath.Join(filepath.Dir(dir), run.String()))
	r.stopClean()
}

func TestSweepForgetsOffsetsOfGoneFolders(t *testing.T) {
	r := newRig(t)
	r.start(r.url)
	id := r.bot()
	run, dir := r.folder(id)
	live, liveDir := r.folder(id)
	r.svc.Follow(id, run, dir)
	r.print(dir, "stdout", "x\n")
	r.svc.Finish(run)
	r.waitGone(dir)
	r.svc.Follow(id, live, liveDir)
	r.print(liveDir, "stdout", "y\n")
	r.waitSeq(id, 2)
	if err := r.svc.sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	st, err := NewPostgres(r.pool).Load(t.Context())
	if err != nil || len(st.Offsets) != 1 || st.Offsets[0].Run != live {
		t.Errorf("offsets: %+v, %v", st.Offsets, err)
	}
	r.stopClean()
}

func TestManyBotsAtOnce(t *testing.T) {
	r := newRig(t)
	r.start(r.url)
	const bots, n = 40, 500
	loud := r.bot()
	lr, ld := r.folder(loud)
	r.svc.Follow(loud, lr, ld)
	r.print(ld, "stdout", strings.Repeat("noise\n", 200_000))
	var ids []bot.ID
	for range bots {
		id := r.bot()
		run, dir := r.folder(id)
		r.svc.Follow(id, run, dir)
		for i := range n {
			r.print(dir, []string{"stdout", "stderr"}[i%2], fmt.Sprintf("%d\n", i))
		}
		r.svc.Finish(run)
		ids = append(ids, id)
	}
	for _, id := range ids {
		r.waitSeq(id, n)
	}
	r.waitSeq(loud, 200_000)
	for _, id := range ids {
		got := map[string]int{}
		for _, s := range r.texts(id) {
			got[s]++
		}
		if len(got) != n {
			t.Fatalf("%d different lines, want %d", len(got), n)
		}
	}
	r.stopClean()
}
