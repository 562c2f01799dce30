package supervisor

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/runner"
)

// runs lists the stored starts of a bot in order.
func (m *memStorage) runs(id bot.ID) []RunStart {
	var runs []RunStart
	for _, c := range m.all() {
		if c.Bot == id && c.Run != nil {
			runs = append(runs, *c.Run)
		}
	}
	return runs
}

func (r *rig) expectRuns(id bot.ID, want ...RunStart) {
	r.t.Helper()
	got := r.store.runs(id)
	if len(got) != len(want) {
		r.t.Fatalf("%d runs, want %d: %+v", len(got), len(want), got)
	}
	for i, w := range want {
		if g := got[i]; g.Cause != w.Cause || g.Actor != w.Actor || g.Previous != w.Previous {
			r.t.Errorf("run %d: cause %q, actor %q, previous end %q; want %q, %q, %q", i+1, g.Cause, g.Actor, g.Previous, w.Cause, w.Actor, w.Previous)
		}
	}
}

func TestEachRunSaysWhyItIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, f := someBot(func(s *bot.Spec) { s.StartSeconds = 0 }), newFake()
		r := newRig(t, f, &memStorage{}, b).start()
		r.act(b.ID, bot.Start)
		synctest.Wait()
		r.act(b.ID, bot.Restart)
		synctest.Wait()
		code := 3
		f.exit(r.status(b.ID).Run, bot.Exit{Code: &code})
		time.Sleep(time.Second)
		synctest.Wait()
		f.exit(r.status(b.ID).Run, bot.Exit{Signal: "SIGSEGV"})
		time.Sleep(2 * time.Second)
		synctest.Wait()
		r.act(b.ID, bot.Stop)
		synctest.Wait()
		r.act(b.ID, bot.Start)
		synctest.Wait()
		r.expectRuns(b.ID,
			RunStart{Cause: "manual", Actor: "admin"},
			RunStart{Cause: "restart", Actor: "admin", Previous: "restarted by admin"},
			RunStart{Cause: "crash", Previous: "exit code 3"},
			RunStart{Cause: "crash", Previous: "killed by SIGSEGV"},
			RunStart{Cause: "manual", Actor: "admin", Previous: "stopped by admin"})
		r.end()
	})
}

func TestRunsAfterBotswainOrTheMachineWasAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up := func(*bot.Spec) {}
		rebooted, died, never, stopped := someBot(up), someBot(up), someBot(up), someBot(up)
		store := &memStorage{memory: Memory{States: map[bot.ID]StoredState{}, LastEnds: map[bot.ID]bot.Exit{}}}
		for _, b := range []bot.Bot{rebooted, died, never, stopped} {
			store.memory.States[b.ID] = StoredState{Desired: bot.Up, State: bot.Stopped}
		}
		store.memory.Open = []event.Run{
			{ID: bot.NewID(), Bot: rebooted.ID, PID: 7, BootID: "before", StartedAt: now()},
			{ID: bot.NewID(), Bot: died.ID, PID: 7, BootID: "now", StartedAt: now()},
			{ID: bot.NewID(), Bot: never.ID, StartedAt: now()},
		}
		store.memory.Boots = map[bot.ID]string{rebooted.ID: "before", died.ID: "now"}
		store.memory.LastEnds[stopped.ID] = bot.Exit{Reason: bot.WithBotswain, At: now()}
		fake := newFake()
		fake.boot = "now"
		r := newRig(t, fake, store, rebooted, died, never, stopped)
		r.start()
		synctest.Wait()
		r.expectRuns(rebooted.ID, RunStart{Cause: "reboot", Previous: "ended by a restart of the machine"})
		r.expectRuns(died.ID, RunStart{Cause: "resume", Previous: "ended while Botswain was away"})
		r.expectRuns(never.ID, RunStart{Cause: "resume", Previous: "Botswain ended before it was started"})
		r.expectRuns(stopped.ID, RunStart{Cause: "resume", Previous: "stopped with Botswain"})
		r.end()
	})
}

func TestAScheduleRestartsWhatIsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		daily := func(s *bot.Spec) { s.Restart.Schedule = "0 4 * * *" }
		up, down, waits := someBot(daily), someBot(daily), someBot(daily)
		waits.Restart.InitialDelay, waits.Restart.MaxDelay = 24*time.Hour, 24*time.Hour
		f := newFake()
		f.life = func(_ int, s runner.Start) (time.Duration, int, error) {
			if s.Bot == waits.ID {
				return time.Second, 1, nil
			}
			return 0, 0, nil
		}
		r := newRig(t, f, &memStorage{}, up, down, waits).start()
		r.act(up.ID, bot.Start)
		r.act(waits.ID, bot.Start)
		four := time.Date(time.Now().Year(), time.Now().Month(), time.Now().Day(), 4, 0, 0, 0, time.Local)
		if four.Before(time.Now()) {
			four = four.AddDate(0, 0, 1)
		}
		time.Sleep(time.Until(four) - time.Second)
		synctest.Wait()
		first := r.expect(up.ID, bot.Running)
		if !first.NextRestartAt.Equal(four) || f.starts() != 2 {
			t.Errorf("next restart %s, want %s; %d starts", first.NextRestartAt, four, f.starts())
		}
		time.Sleep(time.Second)
		synctest.Wait()
		time.Sleep(time.Second)
		synctest.Wait()
		if st := r.expect(up.ID, bot.Running); st.PID == first.PID || !st.NextRestartAt.Equal(four.AddDate(0, 0, 1)) || st.Restarts != 0 {
			t.Errorf("after it: %+v", st)
		}
		r.expect(down.ID, bot.Stopped)
		r.expect(waits.ID, bot.Waiting)
		r.expectRuns(up.ID, RunStart{Cause: "manual", Actor: "admin"},
			RunStart{Cause: "schedule", Previous: "restarted by its schedule (0 4 * * *)"})
		// Taken out of the definition, it comes no more.
		up.Version, up.Restart.Schedule = 2, ""
		if err := r.Put(t.Context(), up); err != nil {
			t.Fatal(err)
		}
		time.Sleep(25 * time.Hour)
		synctest.Wait()
		if st := r.expect(up.ID, bot.Running); !st.NextRestartAt.IsZero() || len(r.store.runs(up.ID)) != 2 {
			t.Errorf("it was restarted without a schedule: %+v", st)
		}
		r.end()
	})
}

// The clock of the wall may be set, and the machine may sleep.
func TestAMissedTimeIsNotMadeUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := someBot(func(s *bot.Spec) { s.Restart.Schedule, s.StartSeconds = "0 4 * * *", 0 })
		r := newRig(t, newFake(), &memStorage{}, b).start()
		r.act(b.ID, bot.Start)
		synctest.Wait()
		clock := r.actors[b.ID]
		due := r.status(b.ID).NextRestartAt
		for _, c := range []struct {
			name string
			at   time.Time
			runs int
			due  time.Time
		}{
			{"early", due.Add(-time.Minute), 1, due},
			{"much too late", due.Add(time.Hour), 1, due.AddDate(0, 0, 1)},
			{"a little late", due.AddDate(0, 0, 1).Add(time.Minute), 2, due.AddDate(0, 0, 2)},
			{"set back by days", due.AddDate(0, 0, -3), 2, due.AddDate(0, 0, -2)},
		} {
			clock.tell(func(a *actor) { a.tick(c.at) })
			synctest.Wait()
			if st := r.expect(b.ID, bot.Running); len(r.store.runs(b.ID)) != c.runs {
				t.Errorf("%s: %d runs, next at %s", c.name, len(r.store.runs(b.ID)), st.NextRestartAt)
			}
			clock.tell(func(a *actor) {
				if !a.plan.due.Equal(c.due) {
					t.Errorf("%s: next at %s, want %s", c.name, a.plan.due, c.due)
				}
			})
			synctest.Wait()
		}
		r.end()
	})
}

// A day on which the clock is set forward over the time, and one on which the time comes twice.
func TestASchedulePassesClockChanges(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	s, err := bot.ParseSchedule("30 2 * * *")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 28, 12, 0, 0, 0, berlin) // 2:30 doesn't exist on the 29th
	if at = s.Next(at); at.Before(time.Date(2026, 3, 29, 0, 0, 0, 0, berlin)) || at.After(time.Date(2026, 3, 30, 2, 30, 0, 0, berlin)) {
		t.Errorf("after the gap: %s", at)
	}
	at, count := time.Date(2026, 10, 24, 12, 0, 0, 0, berlin), 0
	for at = s.Next(at); at.Before(time.Date(2026, 10, 26, 12, 0, 0, 0, berlin)); at = s.Next(at) {
		count++
	}
	if count < 2 || count > 3 {
		t.Errorf("%d restarts in two days", count)
	}
}

func TestASoftMemoryLimitRestarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := someBot(func(s *bot.Spec) { s.Limits.MemorySoft = 100 << 20 })
		r := newRig(t, newFake(), &memStorage{}, b).start()
		r.act(b.ID, bot.Start)
		sample := func(mib int64) {
			rss := mib << 20
			r.Sampled([]runner.Usage{{Run: r.status(b.ID).Run, RSS: &rss}, {Run: bot.NewID(), RSS: &rss}, {Run: r.status(b.ID).Run}})
			synctest.Wait()
		}
		synctest.Wait()
		sample(200)
		sample(200) // it isn't up yet
		time.Sleep(time.Second)
		synctest.Wait()
		sample(100)
		sample(101)
		sample(99)
		sample(101)
		if n := len(r.store.runs(b.ID)); n != 1 {
			t.Fatalf("%d runs", n)
		}
		sample(120)
		time.Sleep(time.Second)
		synctest.Wait()
		r.expect(b.ID, bot.Running)
		r.expectRuns(b.ID, RunStart{Cause: "manual", Actor: "admin"},
			RunStart{Cause: "memory", Previous: "restarted by Botswain: it used 120.0 MiB of memory, more than 100.0 MiB"})
		// A bot that always needs more isn't restarted all the time.
		for range 5 {
			sample(150)
		}
		if n := len(r.store.runs(b.ID)); n != 2 {
			t.Errorf("%d runs", n)
		}
		time.Sleep(memoryPatience)
		sample(150)
		if n := len(r.store.runs(b.ID)); n != 3 {
			t.Errorf("%d runs after a while", n)
		}
		r.end()
		if len(r.ceilings.of) != 0 {
			t.Errorf("%d limits are still watched", len(r.ceilings.of))
		}
	})
}
