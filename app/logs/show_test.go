package logs

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/db"
)

// follower is what somebody saw who follows a log and resumes where he was.
type follower struct {
	testing.TB
	mu   sync.Mutex
	seen []string // of seq 1, 2, 3 …
}

func (f *follower) last() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return int64(len(f.seen))
}

func (f *follower) see(seq int64, text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if seq != int64(len(f.seen))+1 {
		f.Errorf("saw seq %d after %d", seq, len(f.seen))
		return
	}
	f.seen = append(f.seen, text)
}

// tell writes down a line for comparison: all of it that a follower can see.
func tell(l Line) string {
	return fmt.Sprintf("%d %d %d %v %s %q", l.At.UnixMicro(), l.Stream, l.HeadSeq, l.Truncated, l.Run, l.Message)
}

// follow gives all lines after a seq to see, on and on, as streams do.
func follow(ctx context.Context, s *Service, hub *event.Hub, id bot.ID, after int64, see func(Line)) {
	sub := hub.Subscribe(nil)
	defer sub.Close()
	for {
		lines, ok := s.Recent(id, after, 100)
		if !ok {
			if p, err := s.Page(ctx, Query{Bot: id, AfterSeq: &after, Limit: 100}); err == nil {
				lines = p.Lines
			}
		}
		for _, l := range lines {
			see(l)
			after = l.Seq
		}
		if len(lines) > 0 {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-sub.C():
		case <-time.After(time.Second): // the storage may come back without a poke
		}
	}
}

// TestLinesThatWereShownKeepTheirSeq kills the process hard, again and again, between showing lines
// and storing them: in the end what somebody saw who resumed by seq each time is what is stored.
func TestLinesThatWereShownKeepTheirSeq(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 1))
	r := newRig(t)
	px, through := newProxy(t, r.url)
	id := r.bot()
	run, dir := r.folder(id)
	p := r.printer(dir, rand.New(rand.NewPCG(seed, 2)), 4)
	f := &follower{TB: t}
	kills := 12
	if testing.Short() {
		kills = 5
	}
	ahead := 0 // kills with lines that were shown and not stored
	for range kills {
		from := f.last()
		end := r.killable(through, id, run, f)
		r.wait("lines shown", func() bool { return f.last() > from })
		time.Sleep(time.Duration(rnd.IntN(60)) * time.Millisecond) // the moment is the point
		if rnd.IntN(3) > 0 {
			r.wait("him to be near the end", func() bool { return f.last()+500 > r.storedSeq(id) })
			px.set(true) // nothing is stored any more
			from, since := f.last(), time.Now()
			// Unless it must read stored lines first.
			r.wait("lines shown without storage", func() bool { return f.last() > from || time.Since(since) > time.Second })
		}
		end()
		px.set(false)
		if f.last() > r.storedSeq(id) {
			ahead++
		}
	}
	n := p.end()
	r.start(r.url)
	if err := r.svc.Recover(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	r.waitGone(dir)
	r.stopClean()
	if ahead == 0 {
		t.Error("no kill came between show and commit")
	}
	t.Logf("%d kills, %d of them with lines ahead of the storage; %d lines seen", kills, ahead, f.last())
	lines := r.lines(id)
	if len(lines) < len(f.seen) {
		t.Fatalf("%d lines are stored, %d were seen", len(lines), len(f.seen))
	}
	notes := 0
	for i, l := range lines {
		if i < len(f.seen) && f.seen[i] != tell(l) {
			t.Fatalf("seq %d: seen %s, stored %s", l.Seq, f.seen[i], tell(l))
		}
		if l.Stream == System {
			notes++
		}
	}
	if notes == 0 {
		t.Error("no notes among the lines")
	}
	r.checkNumbered(id, n)
}

// storedSeq asks the database itself.
func (r *rig) storedSeq(id bot.ID) (seq int64) {
	r.Helper()
	if err := r.pool.QueryRow(r.Context(), "select coalesce(max(last_seq), 0) from log_heads where bot_id = $1", id).Scan(&seq); err != nil {
		r.Fatal(err)
	}
	return seq
}

// killable runs a service in a process of its own, and gives what kills it and waits for its end.
func (r *rig) killable(url string, id bot.ID, run bot.RunID, f *follower) (end func()) {
	r.Helper()
	exe, err := os.Executable()
	if err != nil {
		r.Fatal(err)
	}
	cmd := exec.Command(exe, "-test.run=^TestKillableProcess$")
	cmd.Env = append(os.Environ(), "LOGS_URL="+url, "LOGS_ROOT="+r.root, "LOGS_BOT="+id.String(), "LOGS_RUN="+run.String(),
		"LOGS_AFTER="+strconv.FormatInt(f.last(), 10))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		r.Fatal(err)
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		in := bufio.NewReader(out)
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				return // what is cut off was seen by nobody
			}
			seq, text, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
			n, err := strconv.ParseInt(seq, 10, 64)
			if !ok || err != nil {
				r.Errorf("the process said %q", line)
				return
			}
			f.see(n, text)
		}
	}()
	return sync.OnceFunc(func() {
		_ = cmd.Process.Kill()
		<-read
		_ = cmd.Wait()
	})
}

// TestKillableProcess is no test: it is the process that killable starts.
func TestKillableProcess(t *testing.T) {
	if os.Getenv("LOGS_URL") == "" {
		t.Skip("only by another test")
	}
	id, run := uuid.MustParse(os.Getenv("LOGS_BOT")), uuid.MustParse(os.Getenv("LOGS_RUN"))
	after, err := strconv.ParseInt(os.Getenv("LOGS_AFTER"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	pool, err := db.Open(t.Context(), os.Getenv("LOGS_URL"), 4)
	if err != nil {
		t.Fatal(err)
	}
	hub, root := event.NewHub(), os.Getenv("LOGS_ROOT")
	svc := New(Options{Storage: NewPostgres(pool), SpoolRoot: root, Hub: hub, Log: slog.New(slog.DiscardHandler)})
	go func() { _ = svc.Run(t.Context()) }()
	svc.Follow(id, run, filepath.Join(root, id.String(), run.String()))
	go func() {
		for i := 0; ; i++ {
			svc.Note(id, run, int(Info), fmt.Sprintf("note %d\nof two lines", i))
			time.Sleep(7 * time.Millisecond)
		}
	}()
	follow(t.Context(), svc, hub, id, after, func(l Line) { fmt.Printf("%d\t%s\n", l.Seq, tell(l)) })
}

// held is a storage whose Append waits while gate is locked; with most set it waits for ever after
// that many.
type held struct {
	Storage
	gate sync.RWMutex
	most atomic.Int32
}

func (h *held) Append(ctx context.Context, b Batch) error {
	if len(b.Heads) > 0 && h.most.Load() != 0 && h.most.Add(-1) == 0 {
		h.most.Store(-1)
	} else if h.most.Load() < 0 {
		<-ctx.Done()
		return ctx.Err()
	}
	free := make(chan struct{})
	go func() {
		h.gate.RLock()
		defer h.gate.RUnlock()
		close(free)
	}()
	select {
	case <-free:
		return h.Storage.Append(ctx, b)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// seen gives what can be read from memory.
func (r *rig) seen(id bot.ID) (out []string) {
	r.Helper()
	lines, ok := r.svc.Recent(id, 0, ringLines)
	if !ok {
		r.Fatal("the lines aren't in memory")
	}
	for _, l := range lines {
		out = append(out, tell(l))
	}
	return out
}

// crashAhead has everything shown and nothing stored, and ends the service hard.
func (r *rig) crashAhead(act func()) (id bot.ID, dir string, seen []string) {
	r.Helper()
	r.drain = time.Nanosecond
	id = r.bot()
	run, dir := r.folder(id)
	h := &held{Storage: NewPostgres(r.pool)}
	h.gate.Lock()
	r.startOn(h, func() {})
	r.svc.Follow(id, run, dir)
	show := func(n int64) {
		r.Helper()
		r.wait(fmt.Sprintf("%d lines shown", n), func() bool { return r.svc.LastSeq(id) >= n })
	}
	r.print(dir, "stderr", "err 1\n")
	show(1)
	r.print(dir, "stdout", "out 1\nout 2\x00\xff\r\n"+strings.Repeat("é", maxPiece)+"\n")
	show(5)
	r.svc.Note(id, run, int(Warn), "said\ntwice")
	show(7)
	r.print(dir, "stderr", "name? ")
	show(8) // after a silence
	r.print(dir, "stdout", "out 3\n")
	show(9)
	seen = r.seen(id)
	if n := r.svc.StoredSeq(id); n != 0 {
		r.Fatalf("%d lines are stored already", n)
	}
	_ = r.stop()
	h.gate.Unlock()
	act()
	r.drain = 0
	r.start(r.url)
	if err := r.svc.Recover(r.Context(), nil); err != nil {
		r.Fatal(err)
	}
	r.waitGone(dir)
	r.stopClean()
	return id, dir, seen
}

func TestNumberingIsRepeated(t *testing.T) {
	r := newRig(t)
	id, _, seen := r.crashAhead(func() {})
	var got []string
	for _, l := range r.lines(id) {
		got = append(got, tell(l))
	}
	if n := len(seen); len(got) != n+1 { // and the end of the prompt's line
		t.Fatalf("%d lines are stored, %d were seen", len(got), n)
	}
	for i := range seen {
		if got[i] != seen[i] {
			t.Errorf("seq %d: seen %s, stored %s", i+1, seen[i], got[i])
		}
	}
}

// TestNumberingOfOtherOutputIsNotRepeated: after a power cut the sheets and the spool may not be of
// the same moment.
func TestNumberingOfOtherOutputIsNotRepeated(t *testing.T) {
	r := newRig(t)
	id, _, _ := r.crashAhead(func() {
		paths, err := filepath.Glob(filepath.Join(r.root, "*", "*", "stdout"))
		if err != nil || len(paths) != 1 {
			t.Fatal(paths, err)
		}
		if err := os.WriteFile(paths[0], []byte("other\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	})
	got := strings.Join(r.texts(id), "|")
	if got != "err 1|other|name? " && got != "err 1|name? |other" {
		t.Errorf("got %q", got)
	}
}

func TestNumberingIsNotRepeatedTwice(t *testing.T) {
	r := newRig(t)
	id, _, _ := r.crashAhead(func() {})
	before := len(r.lines(id))
	r.start(r.url)
	r.stopClean()
	if n := len(r.lines(id)); n != before {
		t.Errorf("%d lines, were %d", n, before)
	}
}

// TestShowsWithoutNumbering: where the numbering can't be written down, lines are shown when they
// are stored.
func TestShowsWithoutNumbering(t *testing.T) {
	r := newRig(t)
	for i := range 2 {
		if err := os.Mkdir(sheetPath(r.root, i), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	h := &held{Storage: NewPostgres(r.pool)}
	h.gate.Lock()
	r.startOn(h, func() {})
	id := r.bot()
	run, dir := r.folder(id)
	r.print(dir, "stdout", "one\n")
	r.svc.Follow(id, run, dir)
	r.wait("it to be read", func() bool {
		said := make(chan int, 1)
		r.svc.mail.put(func(in *ingest) { said <- int(in.batches) })
		return <-said > 1
	})
	if n := r.svc.LastSeq(id); n != 0 {
		t.Errorf("seq %d is shown", n)
	}
	h.gate.Unlock()
	r.waitSeq(id, 1)
	r.print(dir, "stdout", "two\n")
	r.waitSeq(id, 2)
	r.wait("it to be shown", func() bool { return r.svc.LastSeq(id) == 2 })
	if got := r.seen(id); len(got) != 2 {
		t.Errorf("shown: %v", got)
	}
	r.stopClean()
}

func TestSheetsEndAtWhatIsTorn(t *testing.T) {
	root := t.TempDir()
	n := newNumbering(root, 0, slog.New(slog.DiscardHandler))
	defer n.close()
	want := decision{kind: tookLines, stream: Stderr, level: Warn, anew: true, bot: bot.NewID(), run: bot.NewID(),
		at: time.UnixMicro(1234567).UTC(), prev: 5, from: 99, to: 0, sum: 7, pieces: []piece{{0, 3, 4, false, true}, {4, 70, 70, true, false}}}
	old := n.sheet(2)
	for range 5 {
		old.note(decision{kind: saidNote, text: "old"})
	}
	s := n.sheet(4) // over the old one
	s.note(want)
	s.note(decision{kind: saidNote, text: "hello"})
	if !old.write() || !s.write() {
		t.Fatal("not written")
	}
	got, err := decisions(root)
	if err != nil || len(got) != 2 {
		t.Fatalf("%d decisions, %v", len(got), err)
	}
	want.edition = s.edition
	if fmt.Sprint(got[0]) != fmt.Sprint(want) || got[1].text != "hello" {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	b, err := os.ReadFile(sheetPath(root, 0))
	if err != nil {
		t.Fatal(err)
	}
	b[frameSize+decisionSize+frameSize+12] ^= 1 // in the second
	for cut := range b {
		for range 2 {
			rest := b[:cut]
			for {
				_, size, ok := parseDecision(rest)
				if !ok {
					break
				}
				rest = rest[size:]
			}
		}
	}
	if err := os.WriteFile(sheetPath(root, 0), b, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, _ := decisions(root); len(got) != 1 {
		t.Errorf("%d decisions, want the one before the damage", len(got))
	}
}
