package supervisor

import (
	"context"
	"errors"
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

func (r *rig) install(id bot.ID) bot.RunID {
	r.t.Helper()
	st, err := r.Install(context.Background(), id, "make it", "make it\n", "admin")
	if err != nil {
		r.t.Fatal(err)
	}
	if !st.Install.Open() || len(st.Actions()) != 0 {
		r.t.Fatalf("installing: %+v, %v", st.Install, st.Actions())
	}
	return st.Install.Run
}

func (r *rig) conflict(what string, err error) {
	r.t.Helper()
	if fault.CodeOf(err) != fault.Conflict {
		r.t.Errorf("%s: %v", what, err)
	}
}

// outcome is the newest installation when it is over.
func (r *rig) outcome(id bot.ID) (bot.InstallOutcome, string) {
	r.t.Helper()
	i := r.status(id).Install
	if i == nil || i.Open() {
		r.t.Fatalf("not over: %+v", i)
	}
	return i.Outcome, i.Reason
}

func TestInstall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, f, store := someBot(nil), newFake(), &memStorage{}
		b.Dir, b.RunAs, b.Limits.Processes = "/srv/bot", "", 3
		f.life = func(_ int, s runner.Start) (time.Duration, int, error) {
			if len(store.all()) == 0 && s.Command[0] == "/bin/sh" {
				t.Error("executed before its row was stored")
			}
			return 0, 0, nil
		}
		r := newRig(t, f, store, b).start()
		run := r.install(b.ID)
		r.expect(b.ID, bot.Stopped)
		s := f.started[0]
		if s.Run != run || s.Dir != "/srv/bot" || !slices.Equal(s.Command, []string{"/bin/sh", "-c", "make it\n"}) || s.Limits != (bot.Limits{}) {
			t.Errorf("started %+v", s)
		}
		if !slices.Contains(s.Env, "BOTSWAIN_RUN_ID="+run.String()) || strings.Contains(strings.Join(s.Env, " "), "REPORT_TOKEN") {
			t.Errorf("environment %v", s.Env)
		}
		_, err := r.Act(context.Background(), b.ID, bot.Start, "admin")
		r.conflict("start", err)
		_, err = r.Install(context.Background(), b.ID, "", "", "admin")
		r.conflict("again", err)

		code := 0
		f.exit(run, bot.Exit{Code: &code})
		synctest.Wait()
		if o, _ := r.outcome(b.ID); o != bot.Installed {
			t.Errorf("outcome %s", o)
		}
		if want := []string{"note", "follow " + run.String(), "finish " + run.String(), "note"}; !slices.Equal(r.sink.told, want) {
			t.Errorf("log path was told %v", r.sink.told)
		}
		r.act(b.ID, bot.Start)
		synctest.Wait()
		_, err = r.Install(context.Background(), b.ID, "", "", "admin")
		r.conflict("while it is up", err)
		if k := store.kinds(b.ID); len(k) < 2 || k[0] != event.BotInstalling || k[1] != event.BotInstalled {
			t.Errorf("events %v", k)
		}
		r.end()
	})
}

func TestInstallEndsBadly(t *testing.T) {
	for name, x := range map[string]struct {
		do      func(r *rig, id bot.ID, run bot.RunID)
		outcome bot.InstallOutcome
		words   string
	}{
		"fails": {func(r *rig, _ bot.ID, run bot.RunID) {
			code := 7
			r.backend.exit(run, bot.Exit{Code: &code})
		}, bot.InstallFailed, "exit code 7"},
		"cancelled": {func(r *rig, id bot.ID, _ bot.RunID) {
			if _, err := r.CancelInstall(context.Background(), id, "anna"); err != nil {
				r.t.Error(err)
			}
		}, bot.InstallCancelled, "cancelled by anna"},
		"takes too long": {func(*rig, bot.ID, bot.RunID) { time.Sleep(InstallTime) }, bot.InstallOverdue, "longer than 15 minutes"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := someBot(nil)
				r := newRig(t, newFake(), &memStorage{}, b).start()
				run := r.install(b.ID)
				x.do(r, b.ID, run)
				synctest.Wait()
				if o, words := r.outcome(b.ID); o != x.outcome || !strings.Contains(words, x.words) {
					t.Errorf("%s: %s", o, words)
				}
				if k := r.store.kinds(b.ID); k[len(k)-1] != event.BotInstallFailed {
					t.Errorf("events %v", k)
				}
				_, err := r.CancelInstall(context.Background(), b.ID, "anna")
				r.conflict("cancel when it is over", err)
				r.end()
			})
		})
	}
}

func TestInstallThatCannotBegin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, f, store := someBot(nil), newFake(), &memStorage{}
		r := newRig(t, f, store, b).start()
		store.break_(errAway)
		_, err := r.Install(context.Background(), b.ID, "", "", "admin")
		if fault.CodeOf(err) != fault.Unavailable || f.starts() != 0 {
			t.Errorf("without a database: %v, %d started", err, f.starts())
		}
		store.break_(nil)
		f.life = func(int, runner.Start) (time.Duration, int, error) {
			return 0, 0, fault.New(fault.Invalid, "There is no such directory.")
		}
		_, err = r.Install(context.Background(), b.ID, "", "", "admin")
		if fault.CodeOf(err) != fault.Invalid {
			t.Errorf("without a directory: %v", err)
		}
		if o, words := r.outcome(b.ID); o != bot.InstallFailed || !strings.Contains(words, "no such directory") {
			t.Errorf("%s: %s", o, words)
		}
		f.life = func(int, runner.Start) (time.Duration, int, error) { return -1, 0, nil } // over before it is told of
		if _, err := r.Install(context.Background(), b.ID, "", "", "admin"); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if o, _ := r.outcome(b.ID); o != bot.Installed {
			t.Errorf("outcome %s", o)
		}
		r.end()
	})
}

func TestDeletionAndEndStopAnInstallation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := someBot(nil), someBot(nil)
		f := newFake()
		f.deaf = true
		r := newRig(t, f, &memStorage{}, a, b).start()
		r.install(a.ID)
		r.install(b.ID)
		if err := r.Remove(context.Background(), a.ID); err != nil || f.alive() != 1 {
			t.Errorf("deletion: %v, %d alive", err, f.alive())
		}
		r.end()
		if o, words := r.outcome(b.ID); o != bot.InstallCancelled || !strings.Contains(words, "Botswain stopped") {
			t.Errorf("%s: %s", o, words)
		}
	})
}

// TestInstallOverARestart: it isn't taken for the bot, goes on with its time, and the bot waits.
func TestInstallOverARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := someBot(func(s *bot.Spec) { s.Autostart = true })
		other := someBot(nil)
		f, store := newFake(), &memStorage{}
		run, gone := bot.NewID(), bot.NewID()
		inst := f.spawn(b.ID, run, 0, 0)
		f.adopt = []runner.Instance{inst}
		code := 0
		f.past = []runner.Past{{Instance: runner.Instance{Bot: other.ID, Run: gone, StartedAt: time.Now()}, Exit: bot.Exit{Code: &code, At: time.Now()}}}
		store.memory.Installs = map[bot.RunID]StoredInstall{
			run:  {Bot: b.ID, Install: bot.Install{Run: run, StartedAt: now(), Deadline: now().Add(time.Minute)}},
			gone: {Bot: other.ID, Install: bot.Install{Run: gone, StartedAt: now(), Deadline: now().Add(time.Minute)}},
		}
		r := newRig(t, f, store, b, other).start()
		synctest.Wait()
		r.expect(b.ID, bot.Stopped)
		if !r.status(b.ID).Install.Open() || f.starts() != 0 {
			t.Errorf("install %+v, %d started", r.status(b.ID).Install, f.starts())
		}
		if o, _ := r.outcome(other.ID); o != bot.Installed {
			t.Errorf("the one that ended: %s", o)
		}
		for _, c := range store.all() {
			if c.Run != nil {
				t.Errorf("an installation was booked as a run: %+v", c.Run)
			}
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if o, _ := r.outcome(b.ID); o != bot.InstallOverdue {
			t.Errorf("outcome %s", o)
		}
		r.expect(b.ID, bot.Starting) // Botswain's return had wanted it up
		r.end()
	})
}

func TestInstallIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, f := someBot(nil), newFake()
		r := newRig(t, f, &memStorage{}, b).start()
		r.install(b.ID)
		if err := r.Shutdown(context.Background(), true); err != nil {
			t.Error(err)
		}
		if err := <-r.ran; err != nil || f.alive() != 1 {
			t.Errorf("%v, %d alive", err, f.alive())
		}
		if _, err := r.Install(context.Background(), b.ID, "", "", "admin"); err == nil || errors.Is(err, context.Canceled) {
			t.Errorf("after the end: %v", err)
		}
	})
}
