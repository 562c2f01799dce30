package supervisor

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/runner"
)

func TestWishesAreKeptAcrossARestart(t *testing.T) {
	for name, c := range map[string]struct {
		mem       StoredState
		autostart bool
		alive     bool
		want      bot.State
		starts    int
	}{
		"up":                 {StoredState{Desired: bot.Up}, false, false, bot.Starting, 1},
		"up, had crashed":    {StoredState{Desired: bot.Up, State: bot.Crashed}, false, false, bot.Starting, 1},
		"up, alive":          {StoredState{Desired: bot.Up}, false, true, bot.Running, 0},
		"down":               {StoredState{Desired: bot.Down}, true, false, bot.Stopped, 0},
		"down, alive":        {StoredState{Desired: bot.Down}, true, true, bot.Stopped, 0},
		"unset":              {StoredState{State: bot.Exited}, false, false, bot.Exited, 0},
		"unset, autostart":   {StoredState{}, true, false, bot.Starting, 1},
		"unset, alive":       {StoredState{}, false, true, bot.Running, 0},
		"autostart, crashed": {StoredState{State: bot.Crashed}, true, false, bot.Starting, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, f := someBot(func(s *bot.Spec) { s.Autostart = c.autostart }), newFake()
				store := &memStorage{memory: Memory{States: map[bot.ID]StoredState{b.ID: c.mem}}}
				if c.alive {
					inst := f.spawn(b.ID, bot.NewID(), 0, 0)
					inst.StartedAt = time.Now().Add(-time.Minute)
					f.adopt = []runner.Instance{inst}
				}
				r := newRig(t, f, store, b).start()
				synctest.Wait()
				r.expect(b.ID, c.want)
				if f.starts() != c.starts || f.most[b.ID] > 1 {
					t.Errorf("%d starts, %d at once", f.starts(), f.most[b.ID])
				}
				r.end()
			})
		})
	}
}

func TestRunsThatEndedMeanwhileAreClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, dead := someBot(nil), bot.NewID()
		began := now().Add(-time.Hour)
		store := &memStorage{memory: Memory{
			States: map[bot.ID]StoredState{b.ID: {Desired: bot.Down}},
			Open:   []event.Run{{ID: dead, Bot: b.ID, PID: 7, StartedAt: began}},
		}}
		r := newRig(t, newFake(), store, b).start()
		synctest.Wait()
		c := store.all()
		if len(c) != 1 || c[0].End == nil || c[0].End.ID != dead || c[0].End.Exit.Reason != endedAway || !c[0].End.Exit.At.Equal(began) {
			t.Errorf("changes %+v", c)
		}
		if st := r.status(b.ID); st.LastExit == nil || st.LastExit.Reason != endedAway {
			t.Errorf("last exit %+v", st.LastExit)
		}
		r.end()
	})
}

// TestAStartThatWasNotCarriedOut: a run is recorded before its process is there. A Botswain that dies in
// between leaves a record without one; what has printed nothing never was, and is no crash.
func TestAStartThatWasNotCarriedOut(t *testing.T) {
	spools := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		b, f := someBot(nil), newFake()
		f.spools = spools
		began := now().Add(-time.Hour).Truncate(time.Microsecond)
		record := func() bot.RunID {
			run := bot.NewID()
			f.past = append(f.past, runner.Past{Instance: runner.Instance{Bot: b.ID, Run: run, StartedAt: began}})
			if err := os.MkdirAll(f.SpoolDir(b.ID, run), 0o700); err != nil {
				t.Fatal(err)
			}
			return run
		}
		never, printed := record(), record()
		if err := os.WriteFile(filepath.Join(f.SpoolDir(b.ID, printed), "stdout"), []byte("hello\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		store := &memStorage{memory: Memory{States: map[bot.ID]StoredState{b.ID: {Desired: bot.Up}}}}
		r := newRig(t, f, store, b).start()
		synctest.Wait()
		ends := map[bot.RunID]RunEnd{}
		for _, c := range store.all() {
			if c.End != nil {
				ends[c.End.ID] = *c.End
			}
			if c.Began != nil && (c.Began.ID == never || c.Began.ID == printed) {
				t.Errorf("a process was made up: %+v", c.Began)
			}
		}
		if e := ends[never]; e.Exit.Reason != neverBegan || e.Outcome != bot.EndInterrupted || !e.Exit.At.Equal(began) {
			t.Errorf("never begun: %+v", e)
		}
		if e := ends[printed]; e.Exit.Reason != endedAway || e.Outcome != bot.EndUnseen {
			t.Errorf("one that printed: %+v", e)
		}
		r.end()
	})
}

func TestProcessesThatBelongToNobodyEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, f := someBot(nil), newFake()
		old, young := f.spawn(b.ID, bot.NewID(), 0, 0), f.spawn(b.ID, bot.NewID(), 0, 0)
		old.StartedAt = time.Now().Add(-time.Hour)
		orphan := f.spawn(bot.NewID(), bot.NewID(), 0, 0)
		f.adopt = []runner.Instance{young, old, orphan}
		var living map[bot.RunID]bool
		r := newRig(t, f, &memStorage{}, b)
		r.recover = func(_ context.Context, l map[bot.RunID]bool) error { living = l; return nil }
		r.start()
		synctest.Wait()
		if st := r.expect(b.ID, bot.Running); st.Run != old.Run || f.alive() != 1 {
			t.Errorf("run %s, %d alive", st.Run, f.alive())
		}
		if len(living) != 2 || !living[old.Run] || !living[young.Run] {
			t.Errorf("living %v", living)
		}
		r.end()
	})
}

func TestWhatEndedIsReadBeforeWhatLives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, f := someBot(nil), newFake()
		f.adopt = []runner.Instance{f.spawn(b.ID, bot.NewID(), 0, 0)}
		r := newRig(t, f, &memStorage{}, b)
		r.recover = func(context.Context, map[bot.RunID]bool) error { r.sink.add("recover"); return nil }
		r.start()
		synctest.Wait()
		if told := r.sink.told; len(told) != 3 || told[0] != "recover" {
			t.Errorf("the log path was told %q", told)
		}
		r.end()
	})
}

func TestShutdownTakesAsLongAsTheSlowest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.deaf = true
		var bots []bot.Bot
		mem := map[bot.ID]StoredState{}
		for i := range 50 {
			b := someBot(func(s *bot.Spec) { s.Stop.Timeout = time.Duration(i+1) * time.Second })
			bots = append(bots, b)
			mem[b.ID] = StoredState{Desired: bot.Up}
		}
		store := &memStorage{memory: Memory{States: mem}}
		r := newRig(t, f, store, bots...).start()
		time.Sleep(time.Minute)
		if f.alive() != 50 {
			t.Fatalf("%d alive", f.alive())
		}
		begin := time.Now()
		r.end()
		if took := time.Since(begin); took > 50*time.Second {
			t.Errorf("took %s", took)
		}
		for _, b := range bots {
			if store.desired(b.ID) != bot.Up {
				t.Errorf("the wish was changed to %q", store.desired(b.ID))
			}
		}
		ends := 0
		for _, c := range store.all() {
			if c.End != nil && c.End.Exit.Reason == bot.WithBotswain {
				ends++
			}
		}
		if ends != 50 {
			t.Errorf("%d ends were recorded", ends)
		}
	})
}

func TestLeaveTouchesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one, two, f := someBot(nil), someBot(nil), newFake()
		r := newRig(t, f, &memStorage{}, one, two).start()
		r.act(one.ID, bot.Start)
		synctest.Wait()
		f.gate = make(chan struct{})
		r.act(two.ID, bot.Start)
		synctest.Wait()
		time.AfterFunc(time.Second, func() { close(f.gate) })
		if err := r.Shutdown(context.Background(), true); err != nil {
			t.Fatal(err)
		}
		if f.alive() != 2 || len(f.signals) != 0 {
			t.Errorf("%d alive, signals %v", f.alive(), f.signals)
		}
		began := 0
		for _, c := range r.store.all() {
			if c.Began != nil {
				began++
			}
			if c.End != nil {
				t.Errorf("an end was recorded: %+v", c.End)
			}
		}
		if began != 2 {
			t.Errorf("%d processes were recorded", began)
		}
		<-r.ran
	})
}

func TestShutdownBeforeRun(t *testing.T) {
	r := newRig(t, newFake(), &memStorage{})
	for range 2 {
		if err := r.Shutdown(t.Context(), false); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Run(t.Context()); err == nil {
		t.Error("Run went on after Shutdown")
	}
}
