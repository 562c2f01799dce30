package supervisor

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/runner"
)

// fakeProber answers what the test has it answer, or blocks until its time is over.
type fakeProber struct {
	mu    sync.Mutex
	err   error
	hangs bool
	asked []time.Time
	lines chan string
}

func (f *fakeProber) set(err error) {
	f.mu.Lock()
	f.err = err
	f.mu.Unlock()
}

func (f *fakeProber) hang(hangs bool) {
	f.mu.Lock()
	f.hangs = hangs
	f.mu.Unlock()
}

func (f *fakeProber) times() []time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.asked)
}

func (f *fakeProber) Check(ctx context.Context, _ bot.Probe, target string) error {
	f.mu.Lock()
	f.asked = append(f.asked, time.Now())
	err, hangs := f.err, f.hangs
	f.mu.Unlock()
	if hangs {
		<-ctx.Done()
		return errors.New(target + ": no answer in time")
	}
	return err
}

func (f *fakeProber) Line(ctx context.Context, _ string, match func([]byte) bool) error {
	for {
		select {
		case l := <-f.lines:
			if match([]byte(l)) {
				return nil
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// fakeNotifier remembers what is open.
type fakeNotifier struct {
	mu     sync.Mutex
	open   map[bot.RunID]bool
	tidied bool
}

func (f *fakeNotifier) Open(_ bot.ID, run bot.RunID, _ bool) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.open[run] = true
	return "/run/" + run.String(), nil
}

func (f *fakeNotifier) Close(run bot.RunID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.open, run)
}

func (f *fakeNotifier) Tidy() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tidied = true
}

func (f *fakeNotifier) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.open)
}

// watchRig is a rig that looks at its bots.
type watchRig struct {
	*rig
	prober   *fakeProber
	notifier *fakeNotifier
	bot      bot.ID
}

func newWatchRig(t *testing.T, f *fakeBackend, store *memStorage, change func(*bot.Spec)) *watchRig {
	t.Helper()
	b := someBot(change)
	w := &watchRig{prober: &fakeProber{lines: make(chan string)}, notifier: &fakeNotifier{open: map[bot.RunID]bool{}}, bot: b.ID}
	w.rig = newRig(t, f, store, b)
	w.rig.Supervisor.prober, w.rig.Supervisor.notify = w.prober, w.notifier
	return w
}

// heard is a sign of the present run.
func (w *watchRig) heard(s Sign) { w.Heard(context.Background(), w.bot, w.status(w.bot).Run, s) }

func (w *watchRig) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (w *watchRig) begin() {
	w.start()
	w.act(w.bot, bot.Start)
	synctest.Wait()
}

func (w *watchRig) wantKinds(want ...event.Kind) {
	w.t.Helper()
	if got := w.store.kinds(w.bot); !slices.Equal(got, want) {
		w.t.Errorf("events %v\nwant   %v", got, want)
	}
}

func ready(by bot.Probe, target string) func(*bot.Spec) {
	return func(s *bot.Spec) { s.Ready.By, s.Ready.Target = by, target }
}

func TestReadyByItsWord(t *testing.T) {
	for _, by := range []bot.Probe{bot.ProbeReport, bot.ProbeNotify} {
		synctest.Test(t, func(t *testing.T) {
			w := newWatchRig(t, newFake(), &memStorage{}, ready(by, ""))
			w.begin()
			w.pass(30 * time.Second)
			w.expect(w.bot, bot.Starting)
			other := bot.ProbeReport
			if by == other {
				other = bot.ProbeNotify
			}
			w.heard(Sign{By: other, Ready: true, Alive: true})
			w.heard(Sign{By: by, Alive: true})
			w.Heard(context.Background(), w.bot, bot.NewID(), Sign{By: by, Ready: true})
			w.Heard(context.Background(), bot.NewID(), w.status(w.bot).Run, Sign{By: by, Ready: true})
			w.expect(w.bot, bot.Starting)
			w.heard(Sign{By: by, Ready: true})
			w.expect(w.bot, bot.Running)
			w.pass(time.Hour)
			w.expect(w.bot, bot.Running)
			w.wantKinds(event.BotStarting, event.BotRunning)
			w.end()
		})
	}
}

// A bot may be quicker than the launcher that tells of its start.
func TestReadyBeforeTheStartIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.gate = make(chan struct{})
		w := newWatchRig(t, f, &memStorage{}, ready(bot.ProbeReport, ""))
		w.begin()
		if id, err := w.Living(w.status(w.bot).Run); err != nil || id != w.bot {
			t.Errorf("%v %v", id, err)
		}
		w.heard(Sign{By: bot.ProbeReport, Ready: true})
		w.expect(w.bot, bot.Starting)
		close(f.gate)
		synctest.Wait()
		w.expect(w.bot, bot.Running)
		run := w.status(w.bot).Run
		w.end()
		if _, err := w.Living(run); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("of an ended run: %v", err)
		}
	})
}

func TestReadyByAnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWatchRig(t, newFake(), &memStorage{}, ready(bot.ProbeHTTP, "http://h/"))
		w.prober.set(errors.New("http://h/: connection refused"))
		w.begin()
		w.pass(30 * time.Second)
		w.expect(w.bot, bot.Starting)
		n := len(w.prober.times())
		if n < 30 || n > 40 {
			t.Errorf("asked %d times in half a minute", n)
		}
		w.prober.set(nil)
		w.pass(readyLast)
		w.expect(w.bot, bot.Running)
		n = len(w.prober.times())
		w.pass(time.Minute)
		if more := len(w.prober.times()); more != n {
			t.Errorf("asked %d times more", more-n)
		}
		w.end()
	})
}

func TestReadyByALine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWatchRig(t, newFake(), &memStorage{}, ready(bot.ProbePattern, `(?i)logged in as \w+`))
		w.begin()
		w.prober.lines <- "logging in"
		w.pass(time.Second)
		w.expect(w.bot, bot.Starting)
		w.prober.lines <- "12:00 Logged in as Echo#1234"
		synctest.Wait()
		w.expect(w.bot, bot.Running)
		w.end()
	})
}

// A bot that isn't ready in time is stopped by its own policy, and has failed: also when it then
// ends with success, and however long it had been given.
func TestNotReadyIsAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		w := newWatchRig(t, f, &memStorage{}, func(s *bot.Spec) {
			s.Ready = bot.ReadyCheck{By: bot.ProbeTCP, Target: "h:1", Timeout: time.Minute}
			s.Stop.Signal, s.Restart.GiveUpAfter = "SIGINT", 3
		})
		w.prober.set(errors.New("h:1: connection refused"))
		w.begin()
		for n, wait := range []time.Duration{time.Second, 2 * time.Second} {
			w.pass(time.Minute)
			st := w.expect(w.bot, bot.Waiting)
			const why = "not ready within 1m0s: h:1: connection refused"
			if st.Reason != why || st.LastExit.Reason != why || st.Restarts != n || st.NextStartAt.Sub(st.Since) != wait {
				t.Errorf("after %d: %+v, %+v", n, st, st.LastExit)
			}
			w.pass(wait)
			w.expect(w.bot, bot.Starting)
		}
		w.pass(time.Minute)
		if st := w.expect(w.bot, bot.Crashed); !strings.HasPrefix(st.Reason, "gave up after 3 tries: not ready") {
			t.Errorf("reason %q", st.Reason)
		}
		if !slices.Equal(f.signals, []string{"SIGINT", "SIGINT", "SIGINT"}) {
			t.Errorf("signals %v", f.signals)
		}
		round := []event.Kind{event.BotStarting, event.BotStopping}
		w.wantKinds(slices.Concat(round, []event.Kind{event.BotWaiting}, round, []event.Kind{event.BotWaiting}, round, []event.Kind{event.BotCrashed})...)
		w.end()
	})
}

func TestNoTimeoutWaitsForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWatchRig(t, newFake(), &memStorage{}, func(s *bot.Spec) { s.Ready = bot.ReadyCheck{By: bot.ProbeNotify} })
		w.begin()
		w.pass(24 * time.Hour)
		w.expect(w.bot, bot.Starting)
		w.act(w.bot, bot.Stop)
		synctest.Wait()
		w.expect(w.bot, bot.Stopped)
		w.end()
	})
}

func health(by bot.Probe, change ...func(*bot.Spec)) func(*bot.Spec) {
	return func(s *bot.Spec) {
		s.Health = bot.HealthCheck{By: by, Target: "http://h/", Interval: 30 * time.Second, Timeout: 5 * time.Second, Failures: 3}
		for _, c := range change {
			c(s)
		}
	}
}

func TestSilenceIsUnresponsive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWatchRig(t, newFake(), &memStorage{}, health(bot.ProbeReport))
		w.begin()
		w.pass(time.Second) // up
		for range 10 {
			w.pass(80 * time.Second)
			w.heard(Sign{By: bot.ProbeReport, Alive: true})
		}
		w.pass(90*time.Second - time.Millisecond)
		w.expect(w.bot, bot.Running)
		w.heard(Sign{By: bot.ProbeNotify, Alive: true}) // isn't what it promised
		w.pass(time.Millisecond)
		if st := w.expect(w.bot, bot.Unresponsive); st.Reason != "no heartbeat for 1 min 30 s" {
			t.Errorf("reason %q", st.Reason)
		}
		w.pass(time.Hour)
		w.expect(w.bot, bot.Unresponsive)
		w.heard(Sign{By: bot.ProbeReport, Alive: true})
		w.expect(w.bot, bot.Running)
		w.pass(90 * time.Second)
		w.expect(w.bot, bot.Unresponsive)
		w.act(w.bot, bot.Restart)
		w.pass(time.Second)
		w.expect(w.bot, bot.Running)
		w.wantKinds(event.BotStarting, event.BotRunning, event.BotDeaf, event.BotHeard, event.BotDeaf, event.BotStopping, event.BotStarting, event.BotRunning)
		w.end()
	})
}

func TestChecksInARow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWatchRig(t, newFake(), &memStorage{}, health(bot.ProbeHTTP))
		w.begin()
		w.pass(time.Second + 16*time.Second) // the first check, by the dice in the middle of the interval
		if n := len(w.prober.times()); n != 1 {
			t.Errorf("%d checks", n)
		}
		for n := range 3 { // two fail, one is well
			w.prober.set(errors.New("http://h/: answered 500"))
			if n == 2 {
				w.prober.set(nil)
			}
			w.pass(30 * time.Second)
		}
		w.prober.hang(true)
		w.pass(60 * time.Second)
		w.expect(w.bot, bot.Running)
		w.pass(35 * time.Second) // the third one has its time
		if st := w.expect(w.bot, bot.Unresponsive); st.Reason != "http://h/: no answer in time, 3 times in a row" {
			t.Errorf("reason %q", st.Reason)
		}
		asked := w.prober.times()
		for i := range asked[1:] {
			if d := asked[i+1].Sub(asked[i]); d != 30*time.Second {
				t.Errorf("check %d comes after %s", i+1, d)
			}
		}
		w.prober.hang(false)
		w.pass(30 * time.Second)
		w.expect(w.bot, bot.Running)
		w.act(w.bot, bot.Stop)
		n := len(w.prober.times())
		w.pass(time.Hour)
		if more := len(w.prober.times()); more != n {
			t.Errorf("a stopped bot was asked %d times", more-n)
		}
		w.end()
	})
}

func TestUnresponsiveIsRestarted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		w := newWatchRig(t, f, &memStorage{}, health(bot.ProbeNotify, func(s *bot.Spec) {
			s.Health.Restart, s.Health.Failures, s.Restart.Policy = true, 1, bot.Never
		}))
		f.deaf = true // takes all of its grace
		w.begin()
		w.pass(31 * time.Second)
		if st := w.expect(w.bot, bot.Stopping); st.Reason != "no heartbeat for 30 s" {
			t.Errorf("reason %q", st.Reason)
		}
		w.pass(10 * time.Second)
		st := w.expect(w.bot, bot.Waiting)
		if st.LastExit.Reason != "no heartbeat for 30 s" || st.LastExit.Signal != "SIGKILL" {
			t.Errorf("last exit %+v", st.LastExit)
		}
		w.pass(time.Second)
		if st := w.expect(w.bot, bot.Starting); st.Restarts != 1 {
			t.Errorf("restarts %d", st.Restarts)
		}
		var causes []string
		for _, c := range w.store.all() {
			if c.Run != nil {
				causes = append(causes, c.Run.Cause)
			}
		}
		if !slices.Equal(causes, []string{"manual", "health"}) {
			t.Errorf("causes %v", causes)
		}
		w.wantKinds(event.BotStarting, event.BotRunning, event.BotDeaf, event.BotStopping, event.BotWaiting, event.BotStarting)
		w.end()
		if n := w.notifier.count(); n != 0 {
			t.Errorf("%d sockets are left", n)
		}
	})
}

// What people and the end of Botswain want comes before a restart for health.
func TestFailingGivesWay(t *testing.T) {
	restart := health(bot.ProbeNotify, func(s *bot.Spec) { s.Health.Restart = true })
	for name, c := range map[string]struct {
		do   func(w *watchRig)
		want bot.State
	}{
		"kill": {func(w *watchRig) { w.act(w.bot, bot.Kill); w.pass(time.Second / 2) }, bot.Waiting},
		"remove": {func(w *watchRig) {
			if err := w.Remove(context.Background(), w.bot); err != nil {
				w.t.Error(err)
			}
		}, ""},
		"shutdown": {func(w *watchRig) { w.end() }, bot.Stopped},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake()
				f.deaf = true
				w := newWatchRig(t, f, &memStorage{}, restart)
				w.begin()
				w.pass(91 * time.Second)
				w.expect(w.bot, bot.Stopping)
				c.do(w)
				w.expect(w.bot, c.want)
				if name != "shutdown" {
					w.end()
				}
			})
		})
	}
}

func TestWatchdogTrigger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWatchRig(t, newFake(), &memStorage{}, health(bot.ProbeNotify))
		w.begin()
		w.pass(2 * time.Second)
		w.heard(Sign{By: bot.ProbeNotify, Failing: true})
		w.expect(w.bot, bot.Unresponsive)
		w.heard(Sign{By: bot.ProbeNotify, Alive: true})
		w.expect(w.bot, bot.Running)
		w.end()
	})
}

// When Botswain itself stood still, silence proves nothing: what was said waits to be read.
func TestHeldUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWatchRig(t, newFake(), &memStorage{}, health(bot.ProbeReport))
		w.begin()
		w.pass(time.Second)
		held := make(chan struct{})
		a := w.actors[w.bot]
		a.tell(func(*actor) { <-held })
		w.pass(10 * time.Minute)
		close(held)
		synctest.Wait()
		w.expect(w.bot, bot.Running)
		w.pass(30 * time.Second)
		if st := w.expect(w.bot, bot.Unresponsive); st.Reason != "no heartbeat for 10 min 30 s" {
			t.Errorf("reason %q", st.Reason)
		}
		w.end()
	})
}

func TestItsOwnWords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWatchRig(t, newFake(), &memStorage{}, ready(bot.ProbeNotify, ""))
		w.begin()
		say := func(text string) { w.heard(Sign{By: bot.ProbeNotify, Status: &text}) }
		say("Connecting")
		w.expect(w.bot, bot.Starting)
		w.heard(Sign{By: bot.ProbeNotify, Ready: true})
		if st := w.expect(w.bot, bot.Running); st.Reason != "Connecting" {
			t.Errorf("reason %q", st.Reason)
		}
		before := w.status(w.bot).Revision
		for range 1000 {
			say("One")
			say("Two\x00" + strings.Repeat("ü", 300))
		}
		if n := w.status(w.bot).Revision - before; n != 1 {
			t.Errorf("%d changes at once", n)
		}
		w.pass(saysPause)
		st := w.expect(w.bot, bot.Running)
		if n := st.Revision - before; n != 2 || !strings.HasPrefix(st.Reason, "Twoü") || len([]rune(st.Reason)) != maxSays {
			t.Errorf("%d changes, reason %q", n, st.Reason)
		}
		w.end()
	})
}

func TestTheSocketIsInTheEnvironment(t *testing.T) {
	for name, c := range map[string]struct {
		spec func(*bot.Spec)
		want []string
	}{
		"not asked for": {func(*bot.Spec) {}, []string{"NOTIFY_SOCKET=own"}},
		"ready":         {ready(bot.ProbeNotify, ""), []string{"NOTIFY_SOCKET=/run/ID"}},
		"health":        {health(bot.ProbeNotify), []string{"NOTIFY_SOCKET=/run/ID", "WATCHDOG_USEC=90000000"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			f := newFake()
			w := newWatchRig(t, f, &memStorage{}, func(s *bot.Spec) {
				s.Env = map[string]string{"NOTIFY_SOCKET": "own"}
				c.spec(s)
			})
			w.begin()
			var got []string
			for _, v := range f.started[0].Env {
				if strings.HasPrefix(v, "NOTIFY_SOCKET=") || strings.HasPrefix(v, "WATCHDOG") {
					got = append(got, strings.ReplaceAll(v, f.started[0].Run.String(), "ID"))
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s: %q", name, got)
			}
			w.end()
			if !w.notifier.tidied {
				t.Error("old sockets aren't removed")
			}
		})
	}
}

// adopted is a rig that finds its bot alive, started 50 seconds ago; up: since 45.
func adopted(t *testing.T, up bool, change func(*bot.Spec)) (w *watchRig, row event.Run) {
	f, store := newFake(), &memStorage{}
	w = newWatchRig(t, f, store, change)
	inst := f.spawn(w.bot, bot.NewID(), 0, 0)
	inst.StartedAt = now().Add(-50 * time.Second)
	f.adopt = []runner.Instance{inst}
	row = event.Run{ID: inst.Run, Bot: w.bot, StartedAt: inst.StartedAt}
	if up {
		at := inst.StartedAt.Add(5 * time.Second)
		row.RunningAt = &at
	}
	store.memory.Open = []event.Run{row}
	w.start()
	synctest.Wait()
	return w, row
}

// A bot that was up when Botswain ended is up when it is back, whatever it takes to be ready.
func TestAdoptedIsUpIfItWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, row := adopted(t, true, health(bot.ProbeNotify, ready(bot.ProbePattern, "x")))
		if w.notifier.count() != 1 {
			t.Error("its socket isn't open")
		}
		if st := w.expect(w.bot, bot.Running); !st.Since.Equal(*row.RunningAt) {
			t.Errorf("since %s", st.Since)
		}
		w.wantKinds(event.BotAdopted)
		w.pass(90 * time.Second)
		w.expect(w.bot, bot.Unresponsive)
		w.end()
	})
}

// One that wasn't up has its time anew. If it may have said that it is ready while nobody listened,
// any sign of life stands for that, and silence isn't held against it.
func TestAdoptedBeforeItWasUp(t *testing.T) {
	for name, c := range map[string]struct {
		by   bot.Probe
		sign bool
		want bot.State
	}{
		"silent": {bot.ProbeReport, false, bot.Running}, "heartbeat": {bot.ProbeNotify, true, bot.Running},
		"no line": {bot.ProbePattern, false, bot.Waiting},
	} {
		synctest.Test(t, func(t *testing.T) {
			w, _ := adopted(t, false, ready(c.by, "x"))
			w.pass(59 * time.Second)
			w.expect(w.bot, bot.Starting)
			if c.sign {
				w.heard(Sign{By: c.by, Alive: true})
				w.expect(w.bot, c.want)
			}
			w.pass(time.Second + time.Second/2)
			if st := w.status(w.bot); st.State != c.want {
				t.Errorf("%s: %s", name, st.State)
			}
			w.end()
		})
	}
}

func TestSpoken(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 s", 1499 * time.Millisecond: "1 s", time.Minute: "1 min", 90 * time.Second: "1 min 30 s",
		time.Hour: "1 h", 25*time.Hour + 61*time.Second: "25 h 1 min",
	} {
		if got := spoken(d); got != want {
			t.Errorf("%s: %q, want %q", d, got, want)
		}
	}
}
