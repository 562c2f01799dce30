package supervisor

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/runner"
)

// fakeBackend runs nothing: a run lives until the test, its own life time or a signal ends it.
type fakeBackend struct {
	boot           string // of the machine
	runner.Backend        // panics on what the supervisor must not call
	mu             sync.Mutex
	runs           map[bot.RunID]*fakeRun
	started        []runner.Start
	most           map[bot.ID]int // living at once
	ends           []runner.Ended
	poke           chan struct{}
	life           func(n int, s runner.Start) (life time.Duration, code int, err error)
	gate           chan struct{} // when set, Apply waits for it
	deaf           bool          // ignores everything but SIGKILL
	signals        []string
	lines          []string
	refuse         error // what Attach answers
	adopt          []runner.Instance
	past           []runner.Past
	spools         string // has a folder for each run; "": there is none
	left           []runner.Leftover
}

type fakeRun struct {
	bot  bot.ID
	id   bot.RunID
	over bool
}

func newFake() *fakeBackend {
	return &fakeBackend{runs: map[bot.RunID]*fakeRun{}, most: map[bot.ID]int{}, poke: make(chan struct{}, 1)}
}

func (f *fakeBackend) Expect(int) {}

func (f *fakeBackend) Apply(_ context.Context, s runner.Start) (runner.Instance, error) {
	if s.Before != nil {
		if err := s.Before(); err != nil {
			return runner.Instance{}, err
		}
	}
	if f.gate != nil {
		<-f.gate
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.started = append(f.started, s)
	life, code := time.Duration(0), 0
	if f.life != nil {
		var err error
		if life, code, err = f.life(len(f.started), s); err != nil {
			return runner.Instance{}, err
		}
	}
	return f.spawn(s.Bot, s.Run, life, code), nil
}

// spawn is called with the lock held.
func (f *fakeBackend) spawn(id bot.ID, run bot.RunID, life time.Duration, code int) runner.Instance {
	r := &fakeRun{bot: id, id: run}
	f.runs[run] = r
	n := 0
	for _, other := range f.runs {
		if other.bot == id && !other.over {
			n++
		}
	}
	f.most[id] = max(f.most[id], n)
	switch {
	case life < 0:
		f.end(r, bot.Exit{Code: &code})
	case life > 0:
		time.AfterFunc(life, func() { f.exit(run, bot.Exit{Code: &code}) })
	}
	return runner.Instance{Bot: id, Run: run, PID: 100 + len(f.started), StartedAt: time.Now()}
}

func (f *fakeBackend) exit(run bot.RunID, e bot.Exit) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.end(f.runs[run], e)
}

func (f *fakeBackend) end(r *fakeRun, e bot.Exit) {
	if r == nil || r.over {
		return
	}
	r.over = true
	e.At = time.Now()
	f.ends = append(f.ends, runner.Ended{Bot: r.bot, Run: r.id, Exit: e})
	select {
	case f.poke <- struct{}{}:
	default:
	}
}

func (f *fakeBackend) Stop(_ context.Context, run bot.RunID, signal string, grace time.Duration) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.signals = append(f.signals, signal)
	switch {
	case signal == "SIGKILL" || grace == 0:
		f.end(f.runs[run], bot.Exit{Signal: "SIGKILL"})
	case f.deaf:
		time.AfterFunc(grace, func() { f.exit(run, bot.Exit{Signal: "SIGKILL", Killed: 1}) })
	default:
		f.end(f.runs[run], bot.Exit{Signal: signal})
	}
	return nil
}

func (f *fakeBackend) Info(context.Context) runner.Info {
	return runner.Info{Name: "fake", Boot: f.boot}
}
func (f *fakeBackend) Attach(_ context.Context, run bot.RunID, line string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if r := f.runs[run]; r == nil || r.over {
		return fault.New(fault.Conflict, "The bot is not running.")
	}
	f.lines = append(f.lines, line)
	return f.refuse
}

func (f *fakeBackend) Remove(context.Context, bot.ID) error { return nil }

func (f *fakeBackend) List(context.Context) ([]runner.Instance, error) { return f.adopt, nil }

func (f *fakeBackend) Past(context.Context) ([]runner.Past, error) { return f.past, nil }

func (f *fakeBackend) Leftovers(context.Context) []runner.Leftover { return f.left }

func (f *fakeBackend) SpoolDir(_ bot.ID, run bot.RunID) string {
	return filepath.Join(cmp.Or(f.spools, "/nowhere"), run.String())
}

func (f *fakeBackend) Watch(ctx context.Context) <-chan runner.Ended {
	out := make(chan runner.Ended)
	go func() {
		defer close(out)
		for {
			f.mu.Lock()
			var e *runner.Ended
			if len(f.ends) > 0 {
				e = &f.ends[0]
				f.ends = f.ends[1:]
			}
			f.mu.Unlock()
			if e == nil {
				select {
				case <-f.poke:
					continue
				case <-ctx.Done():
					return
				}
			}
			select {
			case out <- *e:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

func (f *fakeBackend) alive() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, r := range f.runs {
		if !r.over {
			n++
		}
	}
	return n
}

func (f *fakeBackend) starts() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.started)
}

// memStorage keeps changes in memory.
type memStorage struct {
	mu      sync.Mutex
	changes []Change
	memory  Memory
	fail    error
}

func (m *memStorage) Load(context.Context) (Memory, error) {
	mem := m.memory
	if mem.States == nil {
		mem.States = map[bot.ID]StoredState{}
	}
	if mem.LastEnds == nil {
		mem.LastEnds = map[bot.ID]bot.Exit{}
	}
	return mem, nil
}

func (m *memStorage) Apply(_ context.Context, changes []Change, _ func()) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return m.fail
	}
	m.changes = append(m.changes, changes...)
	return nil
}

func (m *memStorage) break_(err error) {
	m.mu.Lock()
	m.fail = err
	m.mu.Unlock()
}

func (m *memStorage) all() []Change {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.changes)
}

// kinds lists the stored events of a bot in order.
func (m *memStorage) kinds(id bot.ID) []event.Kind {
	var kinds []event.Kind
	for _, c := range m.all() {
		if c.Bot == id && c.Event != nil {
			kinds = append(kinds, c.Event.Kind)
		}
	}
	return kinds
}

// desired is the newest stored wish.
func (m *memStorage) desired(id bot.ID) bot.Desired {
	d := bot.Desired("nothing stored")
	for _, c := range m.all() {
		if c.Bot == id && c.State != nil {
			d = c.State.Desired
		}
	}
	return d
}

// memLogs records what the log path was told.
type memLogs struct {
	mu    sync.Mutex
	told  []string
	notes []string
}

func (l *memLogs) Follow(_ bot.ID, run bot.RunID, _ string) { l.add("follow " + run.String()) }
func (l *memLogs) Finish(run bot.RunID)                     { l.add("finish " + run.String()) }
func (l *memLogs) add(s string) {
	l.mu.Lock()
	l.told = append(l.told, s)
	l.mu.Unlock()
}
func (l *memLogs) Echo(id bot.ID, run bot.RunID, level int, text string) {
	l.Note(id, run, level, text)
}

func (l *memLogs) Note(_ bot.ID, _ bot.RunID, _ int, text string) {
	l.mu.Lock()
	l.notes = append(l.notes, text)
	l.mu.Unlock()
	l.add("note")
}

// rig is a supervisor over fakes; the test runs in a synctest bubble.
type rig struct {
	*Supervisor
	t       *testing.T
	backend *fakeBackend
	store   *memStorage
	sink    *memLogs
	ran     chan error
}

func newRig(t *testing.T, backend *fakeBackend, store *memStorage, bots ...bot.Bot) *rig {
	t.Helper()
	r := &rig{t: t, backend: backend, store: store, sink: &memLogs{}, ran: make(chan error, 1)}
	r.Supervisor = New(Options{
		Backend: backend, Store: store, Logs: r.sink, Hub: event.NewHub(),
		Bots:   func(context.Context) ([]bot.Bot, error) { return bots, nil },
		Random: func() float64 { return 0.5 },
	})
	return r
}

func (r *rig) start() *rig {
	go func() { r.ran <- r.Run(context.Background()) }()
	<-r.Ready()
	return r
}

// end shuts down and checks that nothing is left.
func (r *rig) end() {
	r.t.Helper()
	if err := r.Shutdown(context.Background(), false); err != nil {
		r.t.Errorf("shutdown: %v", err)
	}
	if err := <-r.ran; err != nil {
		r.t.Errorf("run: %v", err)
	}
	if n := r.backend.alive(); n != 0 {
		r.t.Errorf("%d processes are left", n)
	}
}

func (r *rig) act(id bot.ID, a bot.Action) bot.Status {
	r.t.Helper()
	st, err := r.Act(context.Background(), id, a, "admin")
	if err != nil {
		r.t.Fatalf("%s: %v", a, err)
	}
	return st
}

func (r *rig) status(id bot.ID) bot.Status {
	st, _ := r.Status(id)
	return st
}

func (r *rig) expect(id bot.ID, want bot.State) bot.Status {
	r.t.Helper()
	st := r.status(id)
	if st.State != want {
		r.t.Errorf("state is %s (%s), want %s", st.State, st.Reason, want)
	}
	return st
}

func someBot(change func(*bot.Spec)) bot.Bot {
	s := bot.NewSpec()
	s.Name, s.Command = "Echo", []string{"echo"}
	if change != nil {
		change(&s)
	}
	return bot.Bot{ID: bot.NewID(), Spec: s.Normalize(), Version: 1, CreatedAt: now()}
}

var errAway = errors.New("database away")
