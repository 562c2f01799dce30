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

func TestStartRunStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := someBot(nil)
		r := newRig(t, newFake(), &memStorage{}, b).start()
		r.expect(b.ID, bot.Stopped)
		r.act(b.ID, bot.Start)
		synctest.Wait()
		if st := r.expect(b.ID, bot.Starting); st.PID == 0 || st.RunVersion != 1 {
			t.Errorf("status %+v", st)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		r.expect(b.ID, bot.Running)
		r.act(b.ID, bot.Stop)
		synctest.Wait()
		st := r.expect(b.ID, bot.Stopped)
		if st.LastExit == nil || st.LastExit.Reason != "stopped by admin" || st.LastExit.Signal != "SIGTERM" {
			t.Errorf("last exit %+v", st.LastExit)
		}
		want := []event.Kind{event.BotStarting, event.BotRunning, event.BotStopping, event.BotStopped}
		if got := r.store.kinds(b.ID); !slices.Equal(got, want) {
			t.Errorf("events %v, want %v", got, want)
		}
		if d := r.store.desired(b.ID); d != bot.Down {
			t.Errorf("desired %q", d)
		}
		r.end()
	})
}

func TestTheRowIsStoredBeforeTheProcessExists(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, store := someBot(nil), &memStorage{}
		f := newFake()
		f.life = func(_ int, s runner.Start) (time.Duration, int, error) {
			c := store.all()
			if len(c) != 1 || c[0].Run == nil || c[0].Run.ID != s.Run || c[0].State.Desired != bot.Up {
				t.Errorf("at exec the database has %+v", c)
			}
			return 0, 0, nil
		}
		r := newRig(t, f, store, b).start()
		r.act(b.ID, bot.Start)
		synctest.Wait()
		r.end()
	})
}

func TestCrashLoopWaitsLongerEachTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, f := someBot(nil), newFake()
		f.life = func(int, runner.Start) (time.Duration, int, error) { return time.Millisecond, 1, nil }
		r := newRig(t, f, &memStorage{}, b).start()
		r.act(b.ID, bot.Start)
		for n := range 12 {
			time.Sleep(time.Millisecond)
			synctest.Wait()
			st := r.expect(b.ID, bot.Waiting)
			want := min(time.Second<<n, 5*time.Minute)
			if got := st.NextStartAt.Sub(st.Since); got != want {
				t.Fatalf("wait %d is %s, want %s", n, got, want)
			}
			if st.Reason != "exit code 1" || st.Restarts != n {
				t.Errorf("reason %q, restarts %d, want %d", st.Reason, st.Restarts, n)
			}
			time.Sleep(want)
		}
		r.end()
	})
}

func TestALongRunResetsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, f := someBot(nil), newFake()
		f.life = func(n int, _ runner.Start) (time.Duration, int, error) {
			if n == 4 {
				return time.Minute, 1, nil
			}
			return time.Second / 2, 1, nil
		}
		r := newRig(t, f, &memStorage{}, b).start()
		r.act(b.ID, bot.Start)
		time.Sleep(4*(time.Second/2) + 7*time.Second) // the fourth run lives
		synctest.Wait()
		r.expect(b.ID, bot.Starting)
		time.Sleep(time.Minute)
		synctest.Wait()
		if st := r.expect(b.ID, bot.Waiting); st.NextStartAt.Sub(st.Since) != time.Second {
			t.Errorf("waits %s", st.NextStartAt.Sub(st.Since))
		}
		// A start by a person doesn't wait, and forgets the failures.
		r.act(b.ID, bot.Start)
		synctest.Wait()
		if st := r.expect(b.ID, bot.Starting); st.Restarts != 0 {
			t.Errorf("restarts %d", st.Restarts)
		}
		r.end()
	})
}

// Zeros mean at once: running when it exists, killed without a signal, started again without a wait.
func TestEverythingAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, f := someBot(func(s *bot.Spec) {
			s.StartSeconds, s.Stop.Timeout = 0, 0
			s.Restart.InitialDelay, s.Restart.ResetAfter = 0, 0
		}), newFake()
		f.deaf = true
		f.life = func(int, runner.Start) (time.Duration, int, error) { return time.Minute, 1, nil }
		r := newRig(t, f, &memStorage{}, b).start()
		r.act(b.ID, bot.Start)
		synctest.Wait()
		r.expect(b.ID, bot.Running)
		begin := time.Now()
		for n := range 3 {
			time.Sleep(time.Until(begin.Add(time.Duration(n+1) * time.Minute)))
			synctest.Wait()
			if st := r.expect(b.ID, bot.Running); st.Restarts != n+1 || !st.NextStartAt.IsZero() || st.LastExit == nil {
				t.Errorf("after end %d: %+v", n+1, st)
			}
		}
		r.act(b.ID, bot.Restart)
		synctest.Wait()
		r.expect(b.ID, bot.Running)
		r.act(b.ID, bot.Stop)
		synctest.Wait()
		if st := r.expect(b.ID, bot.Stopped); st.Reason != "stopped by admin" || st.LastExit.Signal != "SIGKILL" {
			t.Errorf("%q, last exit %+v", st.Reason, st.LastExit)
		}
		if !slices.Equal(f.signals, []string{"SIGKILL", "SIGKILL"}) {
			t.Errorf("signals %v", f.signals)
		}
		life := []event.Kind{event.BotStarting, event.BotRunning}
		crash, stop := []event.Kind{event.BotWaiting}, []event.Kind{event.BotStopping}
		want := slices.Concat(life, crash, life, crash, life, crash, life, stop, life, stop, []event.Kind{event.BotStopped})
		if got := r.store.kinds(b.ID); !slices.Equal(got, want) {
			t.Errorf("events %v\nwant   %v", got, want)
		}
		if notes := strings.Join(r.sink.notes, "\n"); !strings.Contains(notes, "exit code 1; starting again at once.") {
			t.Errorf("notes:\n%s", notes)
		}
		r.end()
	})
}

// Whatever is zero, a bot that ends as soon as it starts doesn't keep the machine busy.
func TestNoWaitIsNoSpin(t *testing.T) {
	for name, life := range map[string]func(int, runner.Start) (time.Duration, int, error){
		"ends at once":     func(int, runner.Start) (time.Duration, int, error) { return -1, 0, nil },
		"can't be started": func(int, runner.Start) (time.Duration, int, error) { return 0, 0, errAway },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, f := someBot(func(s *bot.Spec) {
					s.StartSeconds = 0
					s.Restart.InitialDelay, s.Restart.MaxDelay, s.Restart.ResetAfter = 0, 0, 0
				}), newFake()
				f.life = life
				r := newRig(t, f, &memStorage{}, b).start()
				r.act(b.ID, bot.Start)
				synctest.Wait()
				if n := f.starts(); n != 2 {
					t.Errorf("%d starts at once, want 2", n)
				}
				time.Sleep(time.Second)
				synctest.Wait()
				if n := f.starts(); n != 22 {
					t.Errorf("%d starts in a second, want 22", n)
				}
				r.act(b.ID, bot.Stop)
				synctest.Wait()
				r.expect(b.ID, bot.Stopped)
				r.end()
			})
		})
	}
}

func TestGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, f := someBot(func(s *bot.Spec) { s.Restart.GiveUpAfter = 3 }), newFake()
		f.life = func(int, runner.Start) (time.Duration, int, error) { return -1, 1, nil }
		r := newRig(t, f, &memStorage{}, b).start()
		r.act(b.ID, bot.Start)
		time.Sleep(time.Hour)
		synctest.Wait()
		st := r.expect(b.ID, bot.Crashed)
		if st.Reason != "gave up after 3 tries: exit code 1" || f.starts() != 3 || st.Desired != bot.Up {
			t.Errorf("reason %q after %d starts, desired %q", st.Reason, f.starts(), st.Desired)
		}
		r.end()
	})
}

func TestPoliciesAtTheEnd(t *testing.T) {
	for name, c := range map[string]struct {
		policy  bot.Policy
		code    int
		state   bot.State
		desired bot.Desired
	}{
		"never, success":      {bot.Never, 0, bot.Exited, bot.Unset},
		"never, failure":      {bot.Never, 1, bot.Crashed, bot.Up},
		"on-failure, success": {bot.OnFailure, 0, bot.Exited, bot.Unset},
		"on-failure, failure": {bot.OnFailure, 2, bot.Waiting, bot.Up},
		"always, success":     {bot.Always, 0, bot.Waiting, bot.Up},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, f := someBot(func(s *bot.Spec) { s.Restart.Policy = c.policy }), newFake()
				f.life = func(int, runner.Start) (time.Duration, int, error) { return time.Second / 2, c.code, nil }
				r := newRig(t, f, &memStorage{}, b).start()
				r.act(b.ID, bot.Start)
				time.Sleep(time.Second / 2)
				synctest.Wait()
				if st := r.expect(b.ID, c.state); st.Desired != c.desired || r.store.desired(b.ID) != c.desired {
					t.Errorf("desired %q, stored %q, want %q", st.Desired, r.store.desired(b.ID), c.desired)
				}
				r.end()
			})
		})
	}
}

func TestSpawnThatCanNeverWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, f := someBot(nil), newFake()
		f.life = func(int, runner.Start) (time.Duration, int, error) {
			return 0, 0, fault.New(fault.Invalid, "There is no program echo.")
		}
		r := newRig(t, f, &memStorage{}, b).start()
		r.act(b.ID, bot.Start)
		synctest.Wait()
		if st := r.expect(b.ID, bot.Crashed); st.Reason != "could not be started: There is no program echo" {
			t.Errorf("reason %q", st.Reason)
		}
		r.end()
	})
}

func TestSpawnThatMayWorkLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, f := someBot(nil), newFake()
		f.life = func(n int, _ runner.Start) (time.Duration, int, error) {
			if n == 1 {
				return 0, 0, errAway
			}
			return 0, 0, nil
		}
		r := newRig(t, f, &memStorage{}, b).start()
		r.act(b.ID, bot.Start)
		synctest.Wait()
		if st := r.expect(b.ID, bot.Waiting); strings.Contains(st.Reason, errAway.Error()) {
			t.Errorf("a system's words are shown: %q", st.Reason)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		r.expect(b.ID, bot.Running)
		r.end()
	})
}

func TestStubbornIsKilledAfterItsGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, f := someBot(nil), newFake()
		f.deaf = true
		r := newRig(t, f, &memStorage{}, b).start()
		r.act(b.ID, bot.Start)
		time.Sleep(time.Minute)
		st := r.act(b.ID, bot.Stop)
		if got := time.Until(st.KillAt); st.State != bot.Stopping || got > 10*time.Second || got < 9*time.Second {
			t.Errorf("%s, kill in %s", st.State, got)
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		r.expect(b.ID, bot.Stopped)
		r.end()
	})
}

// What had to be killed, and how many, is an event however the run ended.
func TestWhatWasKilledIsAnEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, f, store := someBot(nil), newFake(), &memStorage{}
		f.deaf = true
		r := newRig(t, f, store, b).start()
		run := r.act(b.ID, bot.Start).Run
		time.Sleep(time.Minute)
		f.exit(run, bot.Exit{Signal: "SIGSEGV", Leftovers: 2})
		time.Sleep(time.Minute)
		r.act(b.ID, bot.Restart)
		time.Sleep(time.Minute)
		r.act(b.ID, bot.Stop)
		time.Sleep(time.Minute)
		for kind, want := range map[event.Kind]string{
			event.BotWaiting: "; 2 processes that it left behind were killed",
			event.BotWarning: "Ended: restarted by admin (killed by SIGKILL); 1 process had to be killed",
			event.BotStopped: "Ended: stopped by admin (killed by SIGKILL); 1 process had to be killed",
		} {
			if got := messages(store, kind); !strings.HasSuffix(got, want) {
				t.Errorf("%s: %q", kind, got)
			}
		}
		r.end()
	})
}

func TestKillHastensAStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, f := someBot(nil), newFake()
		f.deaf = true
		r := newRig(t, f, &memStorage{}, b).start()
		r.act(b.ID, bot.Start)
		time.Sleep(time.Minute)
		r.act(b.ID, bot.Restart)
		synctest.Wait()
		r.expect(b.ID, bot.Stopping)
		r.act(b.ID, bot.Kill) // of a restart: it comes up again
		synctest.Wait()
		r.expect(b.ID, bot.Starting)
		r.act(b.ID, bot.Kill)
		synctest.Wait()
		if st := r.expect(b.ID, bot.Stopped); st.Reason != "killed by admin" || st.Desired != bot.Down {
			t.Errorf("reason %q, desired %q", st.Reason, st.Desired)
		}
		r.end()
	})
}

func TestStopWhileTheProcessIsBeingMade(t *testing.T) {
	for _, then := range []bot.Action{bot.Stop, bot.Restart} {
		synctest.Test(t, func(t *testing.T) {
			b, f := someBot(nil), newFake()
			f.gate = make(chan struct{})
			r := newRig(t, f, &memStorage{}, b).start()
			r.act(b.ID, bot.Start)
			synctest.Wait() // in Apply now: too late to take it back
			if st := r.act(b.ID, then); st.State != bot.Stopping {
				t.Errorf("state %s", st.State)
			}
			close(f.gate)
			synctest.Wait()
			if then == bot.Stop {
				r.expect(b.ID, bot.Stopped)
			} else {
				r.expect(b.ID, bot.Starting)
			}
			if f.most[b.ID] != 1 {
				t.Errorf("%d at once", f.most[b.ID])
			}
			r.end()
		})
	}
}

func TestEndThatOvertakesTheLauncher(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, f := someBot(nil), newFake()
		f.life = func(n int, s runner.Start) (time.Duration, int, error) { return -1, 3, nil }
		r := newRig(t, f, &memStorage{}, b).start()
		r.act(b.ID, bot.Start)
		synctest.Wait()
		if st := r.expect(b.ID, bot.Waiting); st.Reason != "exit code 3" || st.PID != 0 {
			t.Errorf("%+v", st)
		}
		// That it was started comes before what it printed, how it ended after that.
		if told := r.sink.told; len(told) != 4 || told[0] != "note" || !strings.HasPrefix(told[1], "follow") || !strings.HasPrefix(told[2], "finish") || told[3] != "note" {
			t.Errorf("the log path was told %v", told)
		}
		r.end()
	})
}

func TestStopEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, f := someBot(nil), newFake()
		f.life = func(int, runner.Start) (time.Duration, int, error) { return -1, 1, nil }
		r := newRig(t, f, &memStorage{}, b).start()
		r.act(b.ID, bot.Start)
		synctest.Wait()
		r.expect(b.ID, bot.Waiting)
		r.act(b.ID, bot.Stop)
		time.Sleep(time.Hour)
		synctest.Wait()
		r.expect(b.ID, bot.Stopped)
		if f.starts() != 1 || r.store.desired(b.ID) != bot.Down {
			t.Errorf("%d starts, desired %q", f.starts(), r.store.desired(b.ID))
		}
		r.end()
	})
}

func TestIllegalActions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := someBot(nil)
		r := newRig(t, newFake(), &memStorage{}, b).start()
		for _, a := range []bot.Action{bot.Stop, bot.Restart, bot.Kill} {
			_, err := r.Act(t.Context(), b.ID, a, "admin")
			if e, ok := fault.As(err); !ok || e.Code != fault.Conflict || e.Message != "The bot is stopped; start it instead." {
				t.Errorf("%s: %v", a, err)
			}
		}
		if _, err := r.Act(t.Context(), b.ID, "dance", "admin"); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("dance: %v", err)
		}
		if _, err := r.Act(t.Context(), bot.NewID(), bot.Start, "admin"); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("unknown bot: %v", err)
		}
		r.end()
		if _, err := r.Act(t.Context(), b.ID, bot.Start, "admin"); fault.CodeOf(err) != fault.Unavailable {
			t.Errorf("after the end: %v", err)
		}
	})
}

func TestRemove(t *testing.T) {
	for name, prepare := range map[string]func(*rig, bot.ID){
		"stopped": func(*rig, bot.ID) {},
		"running": func(r *rig, id bot.ID) { r.act(id, bot.Start); time.Sleep(time.Minute) },
		"launching": func(r *rig, id bot.ID) {
			r.backend.gate = make(chan struct{})
			r.act(id, bot.Start)
			synctest.Wait()
			time.AfterFunc(time.Second, func() { close(r.backend.gate) })
		},
		"waiting": func(r *rig, id bot.ID) {
			r.act(id, bot.Start)
			synctest.Wait()
			r.backend.exit(r.status(id).Run, bot.Exit{Signal: "SIGKILL"})
			synctest.Wait()
			r.expect(id, bot.Waiting)
		},
		"restarting": func(r *rig, id bot.ID) {
			r.backend.deaf = true
			r.act(id, bot.Start)
			time.Sleep(time.Minute)
			r.act(id, bot.Restart)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, f := someBot(nil), newFake()
				r := newRig(t, f, &memStorage{}, b).start()
				prepare(r, b.ID)
				if err := r.Remove(context.Background(), b.ID); err != nil {
					t.Fatal(err)
				}
				if _, ok := r.Status(b.ID); ok || f.alive() != 0 {
					t.Errorf("still there: %v, %d alive", ok, f.alive())
				}
				if err := r.Remove(context.Background(), b.ID); err != nil {
					t.Errorf("again: %v", err)
				}
				r.end()
			})
		})
	}
}

func TestRetireAndPutBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := someBot(nil)
		r := newRig(t, newFake(), &memStorage{}, b).start()
		r.act(b.ID, bot.Start)
		if err := r.Retire(context.Background(), b.ID, "admin"); err != nil {
			t.Fatal(err)
		}
		r.expect(b.ID, bot.Stopped)
		if _, err := r.Act(context.Background(), b.ID, bot.Start, "admin"); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("start of a retired bot: %v", err)
		}
		b.Version = 2
		if err := r.Put(context.Background(), b); err != nil {
			t.Fatal(err)
		}
		r.act(b.ID, bot.Start)
		synctest.Wait()
		if st := r.expect(b.ID, bot.Starting); st.RunVersion != 2 {
			t.Errorf("version %d", st.RunVersion)
		}
		r.end()
	})
}

// TestRetiredInTheMiddleOfARestart: when the deletion fails then, the bot isn't wished up and down at
// the same time.
func TestRetiredInTheMiddleOfARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, f, store := someBot(nil), newFake(), &memStorage{}
		f.deaf = true
		r := newRig(t, f, store, b).start()
		r.act(b.ID, bot.Start)
		time.Sleep(time.Minute)
		r.act(b.ID, bot.Restart)
		r.expect(b.ID, bot.Stopping)
		if err := r.Retire(context.Background(), b.ID, "admin"); err != nil {
			t.Fatal(err)
		}
		if err := r.Put(context.Background(), b); err != nil {
			t.Fatal(err)
		}
		if st := r.expect(b.ID, bot.Stopped); st.Desired != bot.Down || st.Reason != "stopped to be deleted by admin" {
			t.Errorf("wished %q, stopped because %q", st.Desired, st.Reason)
		}
		synctest.Wait()
		if got := store.desired(b.ID); got != bot.Down {
			t.Errorf("the stored wish is %q", got)
		}
		r.end()
	})
}
