package supervisor

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/runner"
)

// fullChange has every part, with awkward values.
func fullChange() Change {
	id, run, code, at := bot.NewID(), bot.NewID(), -1, time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)
	return Change{
		Bot:   id,
		State: &StoredState{Desired: bot.Down, State: bot.Crashed, Reason: "line\nend \u2028 <&> \ufffd", At: at, Restarts: 3},
		Run:   &RunStart{ID: run, Version: 2, Cause: "manual", Actor: "anna", At: at},
		Began: &RunProcess{ID: run, Instance: runner.Instance{Bot: id, Run: run, PID: 7, StartTicks: 1 << 60, BootID: "b", StartedAt: at, Adopted: true}},
		Up:    &RunUp{ID: run, At: at},
		End:   &RunEnd{ID: run, Exit: bot.Exit{Code: &code, Signal: "SIGKILL", Reason: "r", At: at, Leftovers: 2}},
		Event: &event.Event{At: at, Kind: event.BotStopped, Bot: &id, Run: &run, Actor: "anna", Message: "m"},
	}
}

func TestChangesOutliveTheFile(t *testing.T) {
	s := &spill{path: filepath.Join(t.TempDir(), "journal")}
	want := []Change{fullChange(), {Bot: bot.NewID()}, fullChange()}
	if err := s.replace([]*entry{{Change: want[0]}}); err != nil {
		t.Fatal(err)
	}
	for _, c := range want[1:] {
		if err := s.add(c); err != nil {
			t.Fatal(err)
		}
	}
	if info, err := os.Stat(s.path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	whole, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(whole), "\n")
	second, third := len(lines[0]), len(lines[0])+len(lines[1])
	for name, c := range map[string]struct {
		text    string
		want    []Change
		damaged int
	}{
		"whole":                   {string(whole), want, 0},
		"torn":                    {string(whole[:len(whole)-1]), want[:2], 0},
		"torn at the first byte":  {string(whole[:third+1]), want[:2], 0},
		"a wrong byte":            {string(whole[:second+30]) + "~" + string(whole[second+31:]), []Change{want[0], want[2]}, 1},
		"empty":                   {"", nil, 0},
		"nothing but a torn line": {lines[0][:20], nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := &spill{path: filepath.Join(t.TempDir(), "journal")}
			if err := os.WriteFile(s.path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			got, damaged, err := s.load()
			if err != nil || damaged != c.damaged || !reflect.DeepEqual(got, c.want) {
				t.Fatalf("got %+v, %d damaged, %v", got, damaged, err)
			}
			// What comes next isn't glued to a torn line.
			if err := s.add(want[2]); err != nil {
				t.Fatal(err)
			}
			s.close()
			again, _, err := s.load()
			if err != nil || len(again) != len(c.want)+1 || !reflect.DeepEqual(again[len(c.want)], want[2]) {
				t.Errorf("after another: %+v, %v", again, err)
			}
			if err := s.clear(); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(s.path); err == nil {
				t.Error("the file is still there")
			}
		})
	}
}

// TestKilledJournal: whatever was put while the database was away is there for the next, in order,
// with no close; and once it is stored the file goes.
func TestKilledJournal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "journal")
		store, log := &memStorage{}, slog.New(slog.DiscardHandler)
		j := newJournal(store, sole{}, path, log)
		if err := j.load(); err != nil {
			t.Fatal(err)
		}
		go j.run()
		<-j.put(Change{Bot: bot.NewID()}).stored
		if _, err := os.Stat(path); err == nil {
			t.Error("there is a file though the database takes everything")
		}
		store.break_(errAway)
		var want []bot.ID
		put := func() {
			want = append(want, bot.NewID())
			j.put(Change{Bot: want[len(want)-1]})
		}
		put()
		put()
		synctest.Wait() // the first try has failed
		put()           // into the file, before put returns
		ids := func(changes []Change) (ids []bot.ID) {
			for _, c := range changes {
				ids = append(ids, c.Bot)
			}
			return ids
		}
		left, err := os.ReadFile(path) // what a kill here leaves
		if err != nil {
			t.Fatal(err)
		}
		other := filepath.Join(t.TempDir(), "journal")
		if err := os.WriteFile(other, left, 0o600); err != nil {
			t.Fatal(err)
		}
		heir, store2 := newJournal(&memStorage{}, sole{}, other, log), &memStorage{}
		heir.storage = store2
		if err := heir.load(); err != nil {
			t.Fatal(err)
		}
		go heir.run()
		<-heir.before
		synctest.Wait()
		if got := ids(store2.all()); !reflect.DeepEqual(got, want) {
			t.Errorf("the next one stored %v, want %v", got, want)
		}
		if _, err := os.Stat(other); err == nil {
			t.Error("the file of the next one is still there")
		}
		heir.close(context.Background())

		// This one isn't killed: it stores them too, later, and gives up the file.
		store.break_(nil)
		time.Sleep(journalLast)
		synctest.Wait()
		if got := ids(store.all()[1:]); !reflect.DeepEqual(got, want) {
			t.Errorf("stored %v, want %v", got, want)
		}
		if _, err := os.Stat(path); err == nil {
			t.Error("the file is still there")
		}
		j.close(context.Background())
	})
}

// TestSlowDatabaseSpills: an answer that waits for its change must not be given while the change
// is nowhere but in memory.
func TestSlowDatabaseSpills(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "journal")
		gate := make(chan struct{})
		j := newJournal(heldStorage{&memStorage{}, gate}, sole{}, path, slog.New(slog.DiscardHandler))
		go j.run()
		j.put(Change{Bot: bot.NewID()})
		time.Sleep(storeFirst)
		synctest.Wait()
		if text, err := os.ReadFile(path); err != nil || len(text) == 0 {
			t.Errorf("%q, %v", text, err)
		}
		close(gate)
		j.close(context.Background())
		if _, err := os.Stat(path); err == nil {
			t.Error("the file is still there")
		}
	})
}

// TestJournalFileIsBounded: a long outage doesn't let it grow past the queue.
func TestJournalFileIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "journal")
		store := &memStorage{fail: errAway}
		j := newJournal(store, sole{}, path, slog.New(slog.DiscardHandler))
		j.cap = 100
		go j.run()
		id, first := bot.NewID(), bot.NewID()
		j.put(Change{Bot: id, Run: &RunStart{ID: first}})
		synctest.Wait()
		for n := range 1000 {
			j.put(Change{Bot: id, State: &StoredState{Restarts: n}, Event: &event.Event{Kind: event.BotWaiting, Bot: &id}})
		}
		ctx, cancel := context.WithTimeout(context.Background(), drainTime)
		defer cancel()
		j.close(ctx)
		got, _, err := (&spill{path: path}).load()
		if err != nil || len(got) > j.cap+2 || len(got) < 2 || got[0].Run == nil || got[len(got)-1].State.Restarts != 999 {
			t.Errorf("%d entries are left, %v", len(got), err)
		}
	})
}

// TestDiskThatFails: without a place for the file bots go on, and it is made as soon as it can be.
func TestDiskThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "later")
		store := &memStorage{fail: errAway}
		j := newJournal(store, sole{}, filepath.Join(dir, "journal"), slog.New(slog.DiscardHandler))
		go j.run()
		j.put(Change{Bot: bot.NewID()})
		synctest.Wait()
		j.put(Change{Bot: bot.NewID()})
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * journalLast)
		synctest.Wait()
		if got, _, err := (&spill{path: filepath.Join(dir, "journal")}).load(); err != nil || len(got) != 2 {
			t.Errorf("%d entries on disk, %v", len(got), err)
		}
		store.break_(nil)
		j.close(context.Background())
	})
}
