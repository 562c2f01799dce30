package supervisor_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/runner/local"
	recorded "github.com/botswain/botswain/app/runs"
	uptime "github.com/botswain/botswain/app/stats/history"
	"github.com/botswain/botswain/app/supervisor"
	"github.com/botswain/botswain/db/dbtest"
)

// patience is for machines that are very busy; nothing here takes as long.
const patience = time.Minute

// world has a real database that can be cut off, and a data directory; Botswain may come and go.
type world struct {
	t    *testing.T
	url  string
	pool *pgxpool.Pool
	line *line
	data string
	defs *crew.Store
	runs *supervisor.Store
	hub  *event.Hub
}

// line is the connection to the database.
type line struct {
	mu    sync.Mutex
	dial  func(ctx context.Context, network, addr string) (net.Conn, error)
	open  map[net.Conn]bool
	isCut bool
}

func (l *line) connect(ctx context.Context, network, addr string) (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.isCut {
		return nil, errors.New("the line is cut")
	}
	c, err := l.dial(ctx, network, addr)
	if err == nil {
		l.open[c] = true
	}
	return c, err
}

func (l *line) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.isCut = true
	for c := range l.open {
		c.Close()
		delete(l.open, c)
	}
}

func (l *line) mend() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.isCut = false
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return worldOn(t, dbtest.NewURL(t), t.TempDir())
}

// worldOn is a world with a line of its own to a database and a data directory that others may use.
func worldOn(t *testing.T, url, data string) *world {
	t.Helper()
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	l := &line{dial: cfg.ConnConfig.DialFunc, open: map[net.Conn]bool{}}
	cfg.ConnConfig.DialFunc = l.connect
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	hub := event.NewHub()
	return &world{
		t: t, url: url, pool: pool, line: l, data: data, hub: hub,
		defs: crew.NewStore(pool, hub), runs: supervisor.NewStore(pool, hub),
	}
}

// bot stores a definition that runs a script.
func (w *world) bot(script string, change func(*bot.Spec)) bot.Bot {
	w.t.Helper()
	spec := bot.NewSpec()
	spec.Name, spec.Command, spec.Dir = "bot "+bot.NewID().String(), []string{"/bin/sh", "-c", script}, w.data
	spec.StartSeconds, spec.Stop.Timeout = 0.05, 20*time.Second
	spec.Restart.InitialDelay, spec.Restart.MaxDelay = 200*time.Millisecond, 5*time.Second
	if change != nil {
		change(&spec)
	}
	b, err := w.defs.Create(w.t.Context(), bot.Bot{ID: bot.NewID(), Spec: spec.Normalize()}, event.Event{Kind: event.BotCreated, Message: "Created"})
	if err != nil {
		w.t.Fatal(err)
	}
	return b
}

// botswain is one life of the supervisor.
type botswain struct {
	*supervisor.Supervisor
	w       *world
	backend *local.Backend
	ran     chan error
	over    sync.Once
}

func (w *world) start() *botswain {
	w.t.Helper()
	backend, err := local.New(local.Options{DataDir: w.data})
	if err != nil {
		w.t.Fatal(err)
	}
	b := &botswain{w: w, backend: backend, ran: make(chan error, 1)}
	b.Supervisor = supervisor.New(supervisor.Options{
		Backend: backend, Store: w.runs, Bots: w.defs.Bots, Logs: noLogs{}, Hub: w.hub,
		Journal: filepath.Join(w.data, "journal"),
	})
	go func() { b.ran <- b.Run(context.WithoutCancel(w.t.Context())) }()
	w.t.Cleanup(func() { b.end(false) })
	select {
	case <-b.Ready():
	case <-time.After(patience):
		w.t.Fatal("not ready")
	}
	return b
}

func (b *botswain) end(leave bool) {
	b.over.Do(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(b.w.t.Context()), patience)
		defer cancel()
		if err := b.Shutdown(ctx, leave); err != nil {
			b.w.t.Errorf("shutdown: %v", err)
		}
		if err := <-b.ran; err != nil {
			b.w.t.Errorf("run: %v", err)
		}
		if err := b.backend.Close(); err != nil {
			b.w.t.Errorf("close: %v", err)
		}
	})
}

type noLogs struct{}

func (noLogs) Follow(bot.ID, bot.RunID, string)    {}
func (noLogs) Finish(bot.RunID)                    {}
func (noLogs) Note(bot.ID, bot.RunID, int, string) {}
func (noLogs) Echo(bot.ID, bot.RunID, int, string) {}

func (b *botswain) act(id bot.ID, a bot.Action) {
	b.w.t.Helper()
	if _, err := b.Act(b.w.t.Context(), id, a, "admin"); err != nil {
		b.w.t.Fatalf("%s: %v", a, err)
	}
}

// await polls the status until it fits.
func (b *botswain) await(id bot.ID, what string, fits func(bot.Status) bool) bot.Status {
	b.w.t.Helper()
	sub := b.w.hub.Subscribe(func(t event.Topic) bool { return t.Bot == id })
	defer sub.Close()
	limit := time.After(patience)
	for {
		if st, ok := b.Status(id); ok && fits(st) {
			return st
		}
		select {
		case <-sub.C():
		case <-limit:
			st, _ := b.Status(id)
			b.w.t.Fatalf("never came: %s; the status is %+v", what, st)
		}
	}
}

func (b *botswain) awaitState(id bot.ID, s bot.State) bot.Status {
	b.w.t.Helper()
	return b.await(id, string(s), func(st bot.Status) bool { return st.State == s })
}

// until polls what has no topic to wait for.
func (w *world) until(what string, fits func() bool) {
	w.t.Helper()
	for limit := time.Now().Add(patience); !fits(); {
		if time.Now().After(limit) {
			w.t.Fatalf("never came: %s", what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func (w *world) history(id bot.ID) []event.Run {
	w.t.Helper()
	runs, err := recorded.NewStore(w.pool, nil).List(w.t.Context(), id, "", 0, 100)
	if err != nil {
		w.t.Fatal(err)
	}
	return runs
}

func alive(pid int) bool {
	_, err := os.Stat(filepath.Join("/proc", strconv.Itoa(pid)))
	return err == nil
}

const forever = "while :; do sleep 5; done"

func TestKilledBotRunsAgain(t *testing.T) {
	w := newWorld(t)
	b := w.bot(forever, func(s *bot.Spec) { s.Restart.InitialDelay = 3 * time.Second }) // long enough to be seen waiting
	s := w.start()
	s.act(b.ID, bot.Start)
	first := s.awaitState(b.ID, bot.Running)
	if err := syscall.Kill(first.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	wait := s.awaitState(b.ID, bot.Waiting)
	if d := wait.NextStartAt.Sub(wait.Since); d < 2400*time.Millisecond || d > 3600*time.Millisecond {
		t.Errorf("the first delay is %s", d)
	}
	second := s.await(b.ID, "running again", func(st bot.Status) bool { return st.State == bot.Running && st.PID != first.PID })
	if second.Restarts != 1 || second.LastExit.Signal != "SIGKILL" {
		t.Errorf("status %+v, last exit %+v", second, second.LastExit)
	}
	w.until("both runs stored", func() bool {
		runs := w.history(b.ID)
		return len(runs) == 2 && runs[0].PID == second.PID && runs[1].Exit != nil
	})
	runs := w.history(b.ID)
	if e := runs[1].Exit; e.Signal != "SIGKILL" || e.Code != nil || e.Reason != "killed by SIGKILL" || e.At.Before(runs[1].StartedAt) {
		t.Errorf("the crash is recorded as %+v", e)
	}
	if runs[1].Number != 1 || runs[1].Cause != "manual" || runs[1].Actor != "admin" || runs[0].Number != 2 || runs[0].Cause != "crash" {
		t.Errorf("runs %+v", runs)
	}
	up, err := uptime.New(uptime.Options{Store: uptime.NewStore(w.pool)}).Uptime(t.Context(), b.ID, b.CreatedAt, time.UTC)
	if share, known := up.DaySpell.Share(); err != nil || !known || share <= 0 || share > 1 {
		t.Errorf("uptime %+v, %v", up.DaySpell, err)
	}
}

func TestCrashLoopShowsGrowingDelays(t *testing.T) {
	w := newWorld(t)
	// Long enough that a look at the status doesn't miss a wait on a busy machine.
	b := w.bot("exit 3", func(s *bot.Spec) { s.Restart.InitialDelay, s.Restart.MaxDelay = time.Second, time.Minute })
	s := w.start()
	s.act(b.ID, bot.Start)
	last := time.Duration(0)
	for n := range 3 {
		st := s.await(b.ID, "wait", func(st bot.Status) bool { return st.State == bot.Waiting && st.Restarts == n })
		if d := st.NextStartAt.Sub(st.Since); d <= last {
			t.Errorf("wait %d is %s after %s", n, d, last)
		} else {
			last = d
		}
		if st.Reason != "exit code 3" {
			t.Errorf("reason %q", st.Reason)
		}
	}
	s.act(b.ID, bot.Stop)
	s.awaitState(b.ID, bot.Stopped)
}

func TestStubbornBotAndItsChildrenEnd(t *testing.T) {
	w := newWorld(t)
	b := w.bot(`trap '' TERM; sh -c 'trap "" TERM; echo $$ > child; while :; do sleep 0.1; done' & while :; do sleep 0.1; done`,
		func(s *bot.Spec) { s.Stop.Timeout = 300 * time.Millisecond })
	s := w.start()
	s.act(b.ID, bot.Start)
	st := s.awaitState(b.ID, bot.Running)
	child := 0
	w.until("the child", func() bool {
		text, _ := os.ReadFile(filepath.Join(w.data, "child"))
		if len(text) > 1 {
			child, _ = strconv.Atoi(string(text[:len(text)-1]))
		}
		return child > 0
	})
	s.act(b.ID, bot.Stop)
	end := s.awaitState(b.ID, bot.Stopped)
	if end.LastExit.Signal != "SIGKILL" || end.LastExit.Reason != "stopped by admin" {
		t.Errorf("last exit %+v", end.LastExit)
	}
	for _, pid := range []int{st.PID, child} {
		if alive(pid) {
			t.Errorf("process %d is left", pid)
		}
	}
}

func TestRestartAndKill(t *testing.T) {
	w := newWorld(t)
	b := w.bot(forever, nil)
	s := w.start()
	s.act(b.ID, bot.Start)
	one := s.awaitState(b.ID, bot.Running)
	s.act(b.ID, bot.Restart)
	two := s.await(b.ID, "another process", func(st bot.Status) bool { return st.State == bot.Running && st.PID != one.PID })
	if alive(one.PID) {
		t.Error("the old process is left")
	}
	s.act(b.ID, bot.Kill)
	s.awaitState(b.ID, bot.Stopped)
	if alive(two.PID) {
		t.Error("the killed process is left")
	}
}

func TestNoSuchProgram(t *testing.T) {
	w := newWorld(t)
	b := w.bot("", func(s *bot.Spec) { s.Command = []string{"./no-such-program"} })
	s := w.start()
	s.act(b.ID, bot.Start)
	if st := s.awaitState(b.ID, bot.Crashed); st.Reason == "" {
		t.Error("nobody says why")
	}
}

func TestLivingBotIsAdopted(t *testing.T) {
	w := newWorld(t)
	// It notes each of its starts.
	b := w.bot(`echo $$ >> starts; `+forever, nil)
	s := w.start()
	s.act(b.ID, bot.Start)
	before := s.awaitState(b.ID, bot.Running)
	s.end(true)
	if !alive(before.PID) {
		t.Fatal("the bot did not outlive Botswain")
	}
	s = w.start()
	after := s.awaitState(b.ID, bot.Running)
	if after.PID != before.PID || after.Run != before.Run {
		t.Errorf("was %d, is %d", before.PID, after.PID)
	}
	s.act(b.ID, bot.Stop)
	s.awaitState(b.ID, bot.Stopped)
	if alive(before.PID) {
		t.Error("the adopted process is left")
	}
	if text, _ := os.ReadFile(filepath.Join(w.data, "starts")); string(text) != strconv.Itoa(before.PID)+"\n" {
		t.Errorf("it was started by %q", text)
	}
	s.end(false)
	if runs := w.history(b.ID); len(runs) != 1 || runs[0].EndedAt == nil {
		t.Errorf("runs %+v", runs)
	}
}

func TestBotThatEndedMeanwhileIsStartedAgain(t *testing.T) {
	w := newWorld(t)
	b := w.bot(forever, nil)
	s := w.start()
	s.act(b.ID, bot.Start)
	before := s.awaitState(b.ID, bot.Running)
	s.end(true)
	if err := syscall.Kill(before.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	// Nobody reaps it now: it is dead when it is gone or a zombie.
	w.until("the death of the bot", func() bool {
		stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(before.PID), "stat"))
		return err != nil || strings.Contains(string(stat), ") Z ")
	})
	s = w.start()
	after := s.awaitState(b.ID, bot.Running)
	if after.PID == before.PID {
		t.Error("a dead process was adopted")
	}
	s.end(false)
	runs := w.history(b.ID)
	if len(runs) != 2 || runs[1].EndedAt == nil || runs[0].Cause != "resume" {
		t.Fatalf("runs %+v", runs)
	}
}

func TestShutdownOfFifty(t *testing.T) {
	w := newWorld(t)
	var ids []bot.ID
	for i := range 50 {
		script := forever
		if i%10 == 0 {
			script = "trap '' TERM; " + forever
		}
		ids = append(ids, w.bot(script, func(s *bot.Spec) { s.Stop.Timeout = time.Second }).ID)
	}
	s := w.start()
	for _, id := range ids {
		s.act(id, bot.Start)
	}
	var pids []int
	for _, id := range ids {
		pids = append(pids, s.awaitState(id, bot.Running).PID)
	}
	s.end(false)
	for _, pid := range pids {
		if alive(pid) {
			t.Errorf("process %d is left", pid)
		}
	}
	for _, id := range ids {
		if runs := w.history(id); len(runs) != 1 || runs[0].EndedAt == nil || runs[0].Exit.Reason != "stopped with Botswain" {
			t.Fatalf("runs %+v", runs)
		}
	}
}

func TestDatabaseAway(t *testing.T) {
	w := newWorld(t)
	steady, loop := w.bot(forever, nil), w.bot("echo >>lives; [ $(wc -l <lives) -gt 3 ] || exit 1; "+forever, nil)
	s := w.start()
	s.act(steady.ID, bot.Start)
	before := s.awaitState(steady.ID, bot.Running)
	w.until("the start stored", func() bool { r := w.history(steady.ID); return len(r) == 1 && r[0].PID == before.PID })

	w.line.cut()
	s.act(loop.ID, bot.Start)
	s.await(loop.ID, "the fourth life without a database", func(st bot.Status) bool { return st.State == bot.Running && st.Restarts == 3 })
	s.act(loop.ID, bot.Stop)
	s.awaitState(loop.ID, bot.Stopped)
	s.act(steady.ID, bot.Restart)
	after := s.await(steady.ID, "restart", func(st bot.Status) bool { return st.State == bot.Running && st.PID != before.PID })

	w.line.mend()
	w.until("everything stored", func() bool {
		r := w.history(steady.ID)
		return len(r) == 2 && r[0].PID == after.PID && r[1].Exit != nil && r[1].Exit.Reason == "restarted by admin"
	})
	runs := w.history(loop.ID)
	if len(runs) != 4 || runs[0].Exit == nil || runs[0].Exit.Reason != "stopped by admin" {
		t.Fatalf("the loop's runs are %+v", runs)
	}
	for _, r := range runs[1:] {
		if r.Exit == nil || r.Exit.Code == nil || *r.Exit.Code != 1 {
			t.Errorf("run %d ended %+v", r.Number, r.Exit)
		}
	}
	events, err := event.NewStore(w.pool, w.hub).List(t.Context(), event.ListQuery{Bot: &loop.ID})
	if err != nil {
		t.Fatal(err)
	}
	counts := map[event.Kind]int{}
	for _, e := range events {
		counts[e.Kind]++
	}
	if counts[event.BotStarting] != 4 || counts[event.BotWaiting] != 3 || counts[event.BotStopped] != 1 {
		t.Errorf("events %v", counts)
	}
	s.end(false)
	mem, err := w.runs.Load(t.Context())
	if err != nil || mem.States[loop.ID].Desired != bot.Down || mem.States[steady.ID].Desired != bot.Up || len(mem.Open) != 0 {
		t.Errorf("stored %+v, %v", mem, err)
	}
}

// A Botswain that goes while the database is away takes what it had to store with it. The folders
// of the runs tell the next one.
func TestRunsThatTheDatabaseMissedAreBooked(t *testing.T) {
	w := newWorld(t)
	// The third life hangs until it is told to end with the code of the ones before.
	loop := w.bot("echo >>lives; [ $(wc -l <lives) -lt 3 ] && exit 7; trap 'exit 7' TERM; : >armed; while :; do sleep 0.1; done", nil)
	s := w.start()
	w.line.cut()
	s.act(loop.ID, bot.Start)
	s.await(loop.ID, "the third life without a database", func(st bot.Status) bool { return st.State == bot.Running && st.Restarts == 2 })
	w.until("its trap", func() bool { _, err := os.Stat(filepath.Join(loop.Dir, "armed")); return err == nil })
	s.act(loop.ID, bot.Stop)
	s.end(false)

	w.line.mend()
	s = w.start()
	w.until("three runs", func() bool { return len(w.history(loop.ID)) == 3 })
	for i, r := range w.history(loop.ID) {
		if r.Number != 3-i || r.PID == 0 || r.Exit == nil || r.Exit.Code == nil || *r.Exit.Code != 7 || r.EndedAt.Before(r.StartedAt) {
			t.Errorf("run %+v, exit %+v", r, r.Exit)
		}
	}
	if st, _ := s.Status(loop.ID); st.LastExit == nil || st.LastExit.Reason != "stopped by admin" {
		t.Errorf("last exit %+v", st.LastExit)
	}
	s.end(false)
	s = w.start() // twice told is once booked
	s.end(false)
	if n := len(w.history(loop.ID)); n != 3 {
		t.Errorf("%d runs after another start", n)
	}
}
