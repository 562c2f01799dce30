package supervisor

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/runner"
)

// chain makes bots of which each starts after the one before it.
func chain(n int, change func(*bot.Spec)) []bot.Bot {
	bots := make([]bot.Bot, n)
	for i := range bots {
		bots[i] = someBot(func(s *bot.Spec) {
			s.Name = fmt.Sprint("Bot ", i+1)
			if i > 0 {
				s.StartAfter = []bot.ID{bots[i-1].ID}
			}
			if change != nil {
				change(s)
			}
		})
	}
	return bots
}

func (f *fakeBackend) sent() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.signals)
}

func ids(bots []bot.Bot) []bot.ID {
	list := make([]bot.ID, len(bots))
	for i, b := range bots {
		list[i] = b.ID
	}
	return list
}

func (r *rig) states(bots []bot.Bot) string {
	s := ""
	for _, b := range bots {
		s += string(r.status(b.ID).State) + " "
	}
	return s
}

func (r *rig) expectStates(bots []bot.Bot, want string) {
	r.t.Helper()
	if got := r.states(bots); got != want+" " {
		r.t.Errorf("states %q, want %q", got, want)
	}
}

func (r *rig) actAll(bots []bot.Bot, a bot.Action) {
	r.t.Helper()
	for i, err := range r.ActAll(context.Background(), ids(bots), a, "admin") {
		if err != nil {
			r.t.Errorf("%s of bot %d: %v", a, i+1, err)
		}
	}
	synctest.Wait()
}

func TestBotsStartAndStopInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bots := chain(3, nil)
		f := newFake()
		r := newRig(t, f, &memStorage{}, bots[2], bots[1], bots[0]).start()
		r.actAll([]bot.Bot{bots[2], bots[0], bots[1]}, bot.Start)
		r.expectStates(bots, "starting starting starting")
		if st := r.status(bots[1].ID); st.Reason != "Waits for Bot 1 to run" || st.PID != 0 || f.starts() != 1 {
			t.Errorf("%q, pid %d, %d starts", st.Reason, st.PID, f.starts())
		}
		for n := range 3 {
			time.Sleep(time.Second)
			synctest.Wait()
			if want := min(3, n+2); f.starts() != want {
				t.Errorf("%d starts after %d s, want %d", f.starts(), n+1, want)
			}
		}
		r.expectStates(bots, "running running running")
		if st := r.status(bots[2].ID); st.Reason != "" {
			t.Errorf("reason %q", st.Reason)
		}

		f.deaf = true // each stop takes its ten seconds
		r.actAll(bots, bot.Stop)
		r.expectStates(bots, "stopping stopping stopping")
		if st := r.status(bots[0].ID); st.Reason != "Waits for Bot 2, Bot 3 to stop" || !st.KillAt.IsZero() || f.sent() != 1 {
			t.Errorf("%q, killed at %s, %d signals", st.Reason, st.KillAt, f.sent())
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		r.expectStates(bots, "stopping stopping stopped")
		if st := r.status(bots[1].ID); st.Reason != "stopped by admin" || st.KillAt.IsZero() {
			t.Errorf("%+v", st)
		}
		// A kill doesn't wait for anything.
		r.act(bots[0].ID, bot.Kill)
		synctest.Wait()
		r.expectStates(bots, "stopped stopping stopped")
		time.Sleep(10 * time.Second)
		synctest.Wait()
		r.expectStates(bots, "stopped stopped stopped")
		r.end()
	})
}

func TestManyAreRestartedInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bots := chain(2, nil)
		f := newFake()
		r := newRig(t, f, &memStorage{}, bots...).start()
		r.actAll(bots, bot.Start)
		time.Sleep(3 * time.Second)
		synctest.Wait()
		f.deaf = true
		r.actAll(bots, bot.Restart)
		time.Sleep(10*time.Second + 10*time.Millisecond) // the second is down, and waits for the first
		synctest.Wait()
		r.expectStates(bots, "stopping starting")
		if f.starts() != 2 {
			t.Errorf("%d starts", f.starts())
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		r.expectStates(bots, "starting starting")
		time.Sleep(2 * time.Second)
		synctest.Wait()
		r.expectStates(bots, "running running")
		r.expectRuns(bots[1].ID, RunStart{Cause: "manual", Actor: "admin"}, RunStart{Cause: "restart", Actor: "admin", Previous: "restarted by admin"})
		// A single start and stop don't care.
		f.deaf = false
		r.act(bots[0].ID, bot.Stop)
		r.act(bots[1].ID, bot.Restart)
		synctest.Wait()
		time.Sleep(time.Second)
		synctest.Wait()
		r.expectStates(bots, "stopped running")
		r.end()
	})
}

func TestWhoWaitsForABotThatIsDownGoesOnWithoutIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bots := chain(2, func(s *bot.Spec) { s.Autostart = true })
		down, waits := bots[0], bots[1]
		f := newFake()
		f.life = func(_ int, s runner.Start) (time.Duration, int, error) {
			if s.Bot == down.ID {
				return time.Second / 2, 1, nil // never up, always tried again
			}
			return 0, 0, nil
		}
		r := newRig(t, f, &memStorage{}, waits, down).start()
		time.Sleep(needPatience)
		synctest.Wait()
		if st := r.expect(waits.ID, bot.Starting); st.PID != 0 {
			t.Error("it didn't wait")
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if st := r.expect(waits.ID, bot.Starting); st.PID == 0 {
			t.Errorf("it still waits: %q", st.Reason)
		}
		if kinds := r.store.kinds(waits.ID); !slices.Contains(kinds, event.BotUnordered) {
			t.Errorf("events %v", kinds)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		r.expect(waits.ID, bot.Running)
		r.expectRuns(waits.ID, RunStart{Cause: "autostart"})
		r.end()
	})
}

func TestAWaitForOthersCanBeEnded(t *testing.T) {
	for name, end := range map[string]func(r *rig, id bot.ID){
		"stopped":      func(r *rig, id bot.ID) { r.act(id, bot.Stop) },
		"killed":       func(r *rig, id bot.ID) { r.act(id, bot.Kill) },
		"with the end": func(*rig, bot.ID) {},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				bots := chain(2, nil)
				f := newFake()
				r := newRig(t, f, &memStorage{}, bots...).start()
				r.actAll(bots[1:], bot.Start)
				r.expectStates(bots, "stopped starting")
				end(r, bots[1].ID)
				r.end()
				if f.starts() != 0 {
					t.Errorf("%d starts", f.starts())
				}
			})
		})
	}
}

// A Botswain that leaves its bots takes back what it has not executed yet.
func TestLeavingDoesNotWaitForTheOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bots := chain(3, nil)
		store, f := &memStorage{}, newFake()
		f.deaf = true
		r := newRig(t, f, store, bots...).start()
		r.actAll(bots[:2], bot.Start)
		time.Sleep(3 * time.Second)
		r.actAll(bots[:2], bot.Stop) // the first waits for the second
		r.actAll(bots[2:], bot.Start)
		r.expectStates(bots, "stopping stopping starting")
		began := time.Now()
		if err := r.Shutdown(context.Background(), true); err != nil {
			t.Fatal(err)
		}
		<-r.ran
		if took := time.Since(began); took > time.Second || f.starts() != 2 {
			t.Errorf("took %s, %d starts", took, f.starts())
		}
		for _, b := range bots[:2] { // the order to stop is stored, the next Botswain follows it
			if d := store.desired(b.ID); d != bot.Down {
				t.Errorf("desired %s", d)
			}
		}
		if d := store.desired(bots[2].ID); d != bot.Up {
			t.Errorf("desired %s", d)
		}
		time.Sleep(time.Minute) // the fake's deaf bots end
	})
}

func TestBotswainStopsInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bots := append(chain(2, nil), someBot(nil), someBot(nil))
		f := newFake()
		f.deaf = true
		r := newRig(t, f, &memStorage{}, bots...).start()
		r.actAll(bots, bot.Start)
		time.Sleep(3 * time.Second)
		began := time.Now()
		r.end()
		if took := time.Since(began); took < 20*time.Second || took > 21*time.Second {
			t.Errorf("the end took %s, twice ten seconds are needed", took)
		}
		if f.sent() != 4 {
			t.Errorf("%d signals", f.sent())
		}
	})
}

func TestActAllAnswersEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bots := []bot.Bot{someBot(nil), someBot(nil)}
		r := newRig(t, newFake(), &memStorage{}, bots...).start()
		r.act(bots[0].ID, bot.Start)
		errs := r.ActAll(t.Context(), append(ids(bots), bot.NewID()), bot.Start, "admin")
		if fault.CodeOf(errs[0]) != fault.Conflict || errs[1] != nil || fault.CodeOf(errs[2]) != fault.NotFound {
			t.Errorf("%v", errs)
		}
		if d := r.store.desired(bots[1].ID); d != bot.Up {
			t.Errorf("desired %q when it was answered", d)
		}
		r.end()
	})
}
