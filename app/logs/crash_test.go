package logs

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/botswain/botswain/app/bot"
)

// proxy stands before the database server and can be cut off.
type proxy struct {
	l     net.Listener
	mu    sync.Mutex
	cut   bool
	conns map[net.Conn]bool
}

// newProxy gives a proxy and the URL of the same database through it.
func newProxy(t testing.TB, databaseURL string) (*proxy, string) {
	t.Helper()
	cfg, err := pgconn.ParseConfig(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	// A socket in a folder, named as the client library expects it.
	dir, err := os.MkdirTemp("", "bsproxy")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	l, err := net.Listen("unix", filepath.Join(dir, ".s.PGSQL.5432"))
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{l: l, conns: map[net.Conn]bool{}}
	network, address := pgconn.NetworkAddress(cfg.Host, cfg.Port)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(c, network, address)
		}
	}()
	t.Cleanup(func() { l.Close(); p.set(true) })
	q := url.Values{"host": {dir}, "port": {"5432"}, "user": {cfg.User}, "password": {cfg.Password}, "dbname": {cfg.Database}}
	return p, "postgres:///?" + q.Encode()
}

func (p *proxy) serve(c net.Conn, network, address string) {
	defer c.Close()
	s, err := net.Dial(network, address)
	if err != nil {
		return
	}
	defer s.Close()
	p.mu.Lock()
	if p.cut {
		p.mu.Unlock()
		return
	}
	p.conns[c], p.conns[s] = true, true
	p.mu.Unlock()
	go func() { io.Copy(s, c); s.Close(); c.Close() }()
	io.Copy(c, s)
	p.mu.Lock()
	delete(p.conns, c)
	delete(p.conns, s)
	p.mu.Unlock()
}

// set cuts all connections and refuses new ones, or lets them through again.
func (p *proxy) set(cut bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = cut
	if cut {
		for c := range p.conns {
			c.Close()
		}
	}
}

// printer appends numbered lines to both streams in pieces that end anywhere, until told to end:
// every few milliseconds less than most.
type printer struct {
	stop chan struct{}
	done chan [2]int // how many lines each stream got
}

func (r *rig) printer(dir string, rnd *rand.Rand, most int) *printer {
	p := &printer{stop: make(chan struct{}), done: make(chan [2]int, 1)}
	var files [2]*os.File
	for i, name := range []string{"stdout", "stderr"} {
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			r.Fatal(err)
		}
		files[i] = f
	}
	go func() {
		var n [2]int
		var rest [2]bytes.Buffer
		for ended := false; !ended; {
			select {
			case <-p.stop:
				ended = true
			case <-time.After(time.Duration(rnd.IntN(10)) * time.Millisecond):
			}
			for i := range files {
				for range rnd.IntN(most) {
					n[i]++
					fmt.Fprintf(&rest[i], "%d %d %s\n", i, n[i], strings.Repeat("x", rnd.IntN(60)))
				}
				size := rest[i].Len()
				if !ended {
					size = rnd.IntN(size + 1)
				}
				files[i].Write(rest[i].Next(size))
			}
		}
		for _, f := range files {
			f.Close()
		}
		p.done <- n
	}()
	return p
}

func (p *printer) end() [2]int {
	close(p.stop)
	return <-p.done
}

// checkNumbered holds that each stream's lines are there from 1 to n, in order, each once.
func (r *rig) checkNumbered(id bot.ID, n [2]int) {
	r.Helper()
	var got [2]int
	text := ""
	for i, l := range r.lines(id) {
		if l.Seq != int64(i+1) {
			r.Fatalf("line %d has seq %d", i+1, l.Seq)
		}
		if l.Stream == System {
			continue
		}
		text += l.Message
		if l.Truncated {
			continue
		}
		var stream, num int
		if _, err := fmt.Sscanf(text, "%d %d", &stream, &num); err != nil || num != got[stream]+1 {
			r.Fatalf("seq %d: %q after %d of its stream", l.Seq, text, got[stream])
		}
		got[stream] = num
		text = ""
	}
	if got != n {
		r.Fatalf("stored %v lines, printed %v", got, n)
	}
}

// TestCrashAtAnyMoment ends the service hard again and again while a bot prints; each new one goes
// on with the same spool and database, and nothing is missing or doubled.
func TestCrashAtAnyMoment(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 1))
	r := newRig(t)
	r.drain = time.Nanosecond
	px, through := newProxy(t, r.url)
	id := r.bot()
	run, dir := r.folder(id)
	p := r.printer(dir, rand.New(rand.NewPCG(seed, 2)), 60)
	crashes := 25
	if testing.Short() {
		crashes = 8
	}
	for range crashes {
		r.start(through)
		r.svc.Follow(id, run, dir)
		before := r.svc.LastSeq(id)
		if rnd.IntN(4) > 0 {
			r.wait("some progress", func() bool { return r.svc.LastSeq(id) > before })
		}
		time.Sleep(time.Duration(rnd.IntN(40)) * time.Millisecond) // the moment is the point
		px.set(true)                                               // nothing gets through any more, commits neither
		_ = r.stop()
		px.set(false)
	}
	n := p.end()
	r.drain = 0
	r.start(r.url)
	if err := r.svc.Recover(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	r.waitGone(dir)
	r.stopClean()
	r.checkNumbered(id, n)
}

// TestDatabaseOutages cuts the connections and terminates backends while the service goes on.
func TestDatabaseOutages(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 1))
	r := newRig(t)
	px, through := newProxy(t, r.url)
	r.start(through)
	var ids []bot.ID
	var runs []bot.RunID
	var dirs []string
	var printers []*printer
	for i := range 3 {
		id := r.bot()
		run, dir := r.folder(id)
		r.svc.Follow(id, run, dir)
		ids, runs, dirs = append(ids, id), append(runs, run), append(dirs, dir)
		printers = append(printers, r.printer(dir, rand.New(rand.NewPCG(seed, uint64(i+2))), 60))
	}
	cuts := 20
	if testing.Short() {
		cuts = 6
	}
	for range cuts {
		time.Sleep(time.Duration(rnd.IntN(50)) * time.Millisecond) // the moment is the point
		if rnd.IntN(2) == 0 {
			px.set(true)
			time.Sleep(time.Duration(rnd.IntN(100)) * time.Millisecond)
			px.set(false)
		} else if _, err := r.pool.Exec(t.Context(), "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"); err != nil {
			t.Fatal(err)
		}
		before := r.svc.LastSeq(ids[0])
		r.wait("progress after the cut", func() bool { return r.svc.LastSeq(ids[0]) > before })
	}
	px.set(true)
	r.wait("a backlog", func() bool { n, _ := r.svc.Pending(); return n > 0 })
	px.set(false)
	var want [][2]int
	for i, p := range printers {
		want = append(want, p.end())
		r.svc.Finish(runs[i])
	}
	for _, dir := range dirs {
		r.waitGone(dir)
	}
	r.stopClean()
	for i, id := range ids {
		r.checkNumbered(id, want[i])
	}
}

// TestStartOver changes what is stored behind the service's back, as a restored backup does.
func TestStartOver(t *testing.T) {
	r := newRig(t)
	r.start(r.url)
	id := r.bot()
	run, dir := r.folder(id)
	r.svc.Follow(id, run, dir)
	r.print(dir, "stdout", "1\n2\n3\n")
	r.waitSeq(id, 3)
	for _, q := range []string{"delete from log_lines", "delete from log_heads", "delete from spool_offsets"} {
		if _, err := r.pool.Exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	r.print(dir, "stdout", "4\n")
	r.svc.Note(id, run, int(Info), "said")
	r.svc.Finish(run)
	r.waitGone(dir)
	r.stopClean()
	got := strings.Join(r.texts(id), " ")
	if got != "1 2 3 4 said" && got != "said 1 2 3 4" {
		t.Errorf("got %q", got)
	}
}

// TestPowerCutShortensFile: what a power cut took from a file was stored already; the rest of the
// file is not stored again.
func TestPowerCutShortensFile(t *testing.T) {
	r := newRig(t)
	r.start(r.url)
	id := r.bot()
	run, dir := r.folder(id)
	r.svc.Follow(id, run, dir)
	r.print(dir, "stdout", "one\ntwo\nthree\n")
	r.waitSeq(id, 3)
	r.stopClean()
	if err := os.Truncate(filepath.Join(dir, "stdout"), 6); err != nil {
		t.Fatal(err)
	}
	r.start(r.url)
	if err := r.svc.Recover(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	r.waitGone(dir)
	r.stopClean()
	if got := strings.Join(r.texts(id), " "); got != "one two three" {
		t.Errorf("got %q", got)
	}
}
