package supervisor

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
)

func TestBotsGoOnWithoutTheDatabase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, f, store := someBot(nil), newFake(), &memStorage{}
		r := newRig(t, f, store, b).start()
		store.break_(errAway)
		r.act(b.ID, bot.Start)
		time.Sleep(4 * time.Second)
		synctest.Wait()
		st := r.expect(b.ID, bot.Running)
		f.exit(st.Run, bot.Exit{Signal: "SIGSEGV"})
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if st := r.expect(b.ID, bot.Running); st.LastExit.Reason != "killed by SIGSEGV" {
			t.Errorf("last exit %+v", st.LastExit)
		}
		if n := len(store.all()); n != 0 {
			t.Fatalf("%d changes went into a broken database", n)
		}
		store.break_(nil)
		time.Sleep(journalLast)
		synctest.Wait()
		want := []event.Kind{event.BotStarting, event.BotRunning, event.BotWaiting, event.BotStarting, event.BotRunning}
		if got := store.kinds(b.ID); !slices.Equal(got, want) {
			t.Errorf("events %v, want %v", got, want)
		}
		r.end()
	})
}

func TestABadChangeHurtsNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &picky{bad: bot.NewID()}
		j := newJournal(store, sole{}, "", slog.New(slog.DiscardHandler))
		good := bot.NewID()
		j.put(Change{Bot: good})
		refused := j.put(Change{Bot: store.bad})
		j.put(Change{Bot: good})
		go j.run()
		<-refused.stored
		j.close(context.Background())
		if len(store.took) != 2 {
			t.Errorf("took %d changes, want 2", len(store.took))
		}
	})
}

// picky refuses one bot's changes for good.
type picky struct {
	memStorage
	bad  bot.ID
	took []Change
}

func (p *picky) Apply(_ context.Context, changes []Change, _ func()) error {
	for _, c := range changes {
		if c.Bot == p.bad {
			return &pgconn.PgError{Code: "23514"}
		}
	}
	p.took = append(p.took, changes...)
	return nil
}

func TestJournalIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memStorage{}
		j := newJournal(store, sole{}, "", slog.New(slog.DiscardHandler))
		j.cap = 100
		id, first := bot.NewID(), bot.NewID()
		j.put(Change{Bot: id, Run: &RunStart{ID: first}})
		for n := range 1000 {
			j.put(Change{Bot: id, State: &StoredState{Restarts: n}, Event: &event.Event{Kind: event.BotWaiting, Bot: &id}})
		}
		if len(j.queue) > j.cap {
			t.Errorf("%d entries wait", len(j.queue))
		}
		go j.run()
		j.close(context.Background())
		all := store.all()
		last := all[len(all)-1]
		if last.State == nil || last.State.Restarts != 999 {
			t.Errorf("the newest state is %+v", last.State)
		}
	})
}

func TestJournalGivesUpAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memStorage{fail: errAway}
		j := newJournal(store, sole{}, "", slog.New(slog.DiscardHandler))
		j.put(Change{})
		go j.run()
		ctx, cancel := context.WithTimeout(context.Background(), drainTime)
		defer cancel()
		begin := time.Now()
		j.close(ctx)
		if took := time.Since(begin); took != drainTime {
			t.Errorf("took %s", took)
		}
	})
}

// heldStorage takes nothing before its gate is open.
type heldStorage struct {
	*memStorage
	gate chan struct{}
}

func (h heldStorage) Apply(ctx context.Context, changes []Change, visible func()) error {
	select {
	case <-h.gate:
	case <-ctx.Done():
		return ctx.Err()
	}
	return h.memStorage.Apply(ctx, changes, visible)
}

func TestWhatWasAnsweredIsStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, store := someBot(nil), &memStorage{}
		r := newRig(t, newFake(), store, b)
		gate := make(chan struct{})
		r.journal.storage = heldStorage{store, gate}
		r.start()
		time.AfterFunc(storeFirst/2, func() { close(gate) })
		r.act(b.ID, bot.Start)
		if got := store.desired(b.ID); got != bot.Up {
			t.Errorf("the wish is %q when the start is answered", got)
		}
		r.end()
	})
}

// TestWhatAStatusTellsCanBeRead: the row of a restart follows its process, but who asks waits for it.
func TestWhatAStatusTellsCanBeRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, f, store := someBot(func(s *bot.Spec) { s.Restart.InitialDelay = 0 }), newFake(), &memStorage{}
		r := newRig(t, f, store, b)
		gate := make(chan struct{}, 1000)
		r.journal.storage = turnstile{store, gate}
		r.start()
		for range 10 {
			gate <- struct{}{}
		}
		r.act(b.ID, bot.Start)
		time.Sleep(4 * time.Second)
		first := r.expect(b.ID, bot.Running)
		synctest.Wait()
		for len(gate) > 0 {
			<-gate
		}
		f.exit(first.Run, bot.Exit{Signal: "SIGKILL"})
		synctest.Wait()
		if st := r.expect(b.ID, bot.Starting); st.Run == first.Run {
			t.Fatal("it wasn't started again")
		}
		opened := make(chan struct{})
		time.AfterFunc(settleTime/2, func() { gate <- struct{}{}; gate <- struct{}{}; close(opened) })
		r.Settle(t.Context())
		<-opened
		runs := 0
		for _, c := range store.all() {
			if c.Run != nil {
				runs++
			}
		}
		if runs != 2 {
			t.Errorf("%d runs can be read, want 2", runs)
		}
		close(gate)
		r.end()
	})
}

// turnstile lets one transaction in for each token, and all once it is closed.
type turnstile struct {
	*memStorage
	gate chan struct{}
}

func (s turnstile) Apply(ctx context.Context, changes []Change, visible func()) error {
	select {
	case <-s.gate:
	case <-ctx.Done():
		return ctx.Err()
	}
	return s.memStorage.Apply(ctx, changes, visible)
}

// TestCompactKeepsInstallations: only what stores nothing more goes.
func TestCompactKeepsInstallations(t *testing.T) {
	var queue []*entry
	for _, c := range []Change{
		{Install: &bot.Install{}}, {InstallStop: &InstallOutcome{}}, {InstallEnd: &InstallOutcome{}}, {Run: &RunStart{}}, {Began: &RunProcess{}},
		{Up: &RunUp{}}, {End: &RunEnd{}}, {Cause: &RunCause{}}, {Peaks: &RunPeaks{}}, {State: &StoredState{}},
	} {
		c.Bot = bot.NewID()
		queue = append(queue, newEntry(c))
	}
	want := len(queue)
	queue = append(queue, newEntry(Change{Bot: bot.NewID()}))
	if got := compact(queue, 100); len(got) != want {
		t.Errorf("%d changes are left of %d", len(got), want)
	}
}
