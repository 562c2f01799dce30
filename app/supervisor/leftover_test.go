package supervisor

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/runner"
)

// leftoverRig has a bot of whose last run something is left, one that starts after it, and one that
// has nothing to do with it.
func leftoverRig(t *testing.T) (r *rig, held, after, other bot.Bot, old bot.RunID, over chan struct{}) {
	t.Helper()
	held, other, old, over = someBot(nil), someBot(nil), bot.NewID(), make(chan struct{})
	after = someBot(func(s *bot.Spec) { s.StartAfter = []bot.ID{held.ID} })
	f, up := newFake(), StoredState{Desired: bot.Up}
	f.left = []runner.Leftover{{Bot: held.ID, Run: old, PIDs: []int{7, 8}, Over: over}}
	store := &memStorage{memory: Memory{
		States: map[bot.ID]StoredState{held.ID: up, after.ID: up, other.ID: up},
		Open:   []event.Run{{ID: old, Bot: held.ID, PID: 6, StartedAt: now().Add(-time.Hour)}},
	}}
	return newRig(t, f, store, held, after, other).start(), held, after, other, old, over
}

func TestALeftoverHoldsOnlyItsBot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, held, after, other, old, over := leftoverRig(t)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		r.expect(other.ID, bot.Running)
		if st := r.expect(held.ID, bot.Starting); st.Reason != "Waits for what is left of its last run to end (pid 7, 8)" || st.PID != 0 {
			t.Errorf("status %+v", st)
		}
		if kinds := r.store.kinds(held.ID); !slices.Equal(kinds, []event.Kind{event.BotStarting, event.BotWarning}) {
			t.Errorf("events %v", kinds)
		}
		if st := r.expect(after.ID, bot.Starting); !strings.HasPrefix(st.Reason, "Waits for Echo") {
			t.Errorf("reason %q", st.Reason)
		}
		time.Sleep(needPatience)
		synctest.Wait()
		r.expect(after.ID, bot.Running) // a person is told that it started without
		if kinds := r.store.kinds(after.ID); !slices.Contains(kinds, event.BotUnordered) {
			t.Errorf("events %v", kinds)
		}
		if r.backend.most[held.ID] != 0 {
			t.Error("the bot was started beside what is left of it")
		}

		close(over)
		synctest.Wait()
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if st := r.expect(held.ID, bot.Running); st.Reason != "" {
			t.Errorf("reason %q", st.Reason)
		}
		told := r.sink.told
		finished, followed := slices.Index(told, "finish "+old.String()), slices.Index(told, "follow "+r.status(held.ID).Run.String())
		if followed < 0 || finished < 0 || finished > followed {
			t.Errorf("the log path was told %q", told)
		}
		closed := 0
		for _, c := range r.store.all() {
			if c.End != nil && c.End.ID == old {
				closed++
				if c.End.Exit.Reason != endedAway {
					t.Errorf("it ended %+v", c.End.Exit)
				}
			}
		}
		if closed != 1 {
			t.Errorf("its run was closed %d times", closed)
		}
		r.end()
	})
}

// TestABotThatIsHeldUpDoesAsItIsTold: it can be stopped, started, deleted, and left to the next Botswain.
func TestABotThatIsHeldUpDoesAsItIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, held, _, _, _, over := leftoverRig(t)
		synctest.Wait()
		r.act(held.ID, bot.Stop)
		synctest.Wait()
		r.expect(held.ID, bot.Stopped)
		a, err := r.actor(t.Context(), held.ID)
		if err != nil {
			t.Fatal(err)
		}
		err = r.ask(t.Context(), a, func(a *actor, answer func(error)) { answer(a.mayInstall()) })
		if fault.CodeOf(err) != fault.Conflict {
			t.Errorf("an installation beside what is left: %v", err)
		}
		r.gates = []Gate{func(context.Context, Starting) Answer { return Answer{} }}
		begin := time.Now()
		r.act(held.ID, bot.Start)
		if took := time.Since(begin); took > time.Second {
			t.Errorf("a person waited %s for the answer", took)
		}
		synctest.Wait()
		r.expect(held.ID, bot.Starting)
		r.act(held.ID, bot.Restart)
		synctest.Wait()
		r.expect(held.ID, bot.Starting)
		r.act(held.ID, bot.Kill)
		synctest.Wait()
		r.expect(held.ID, bot.Stopped)
		close(over)
		synctest.Wait()
		r.expect(held.ID, bot.Stopped)
		if r.backend.most[held.ID] != 0 {
			t.Error("the bot was started beside what is left of it")
		}
		r.act(held.ID, bot.Start)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		r.expect(held.ID, bot.Running)
		r.end()
	})
	for name, leave := range map[string]bool{"stopped": false, "left": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, held, _, _, _, _ := leftoverRig(t)
				synctest.Wait()
				if !leave {
					if err := r.Remove(t.Context(), held.ID); err != nil {
						t.Error(err)
					}
				}
				if err := r.Shutdown(t.Context(), leave); err != nil {
					t.Error(err)
				}
				<-r.ran
			})
		})
	}
}
