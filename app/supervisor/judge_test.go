package supervisor

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/runner"
)

// lines is the Tail of a bot that prints always the same.
type lines []string

func (l lines) LastLines(bot.ID, bot.RunID, int) (stdout, stderr []string) { return nil, l }

// whenSaid is a judge that looks for a line.
func whenSaid(line string, fatal bool) Judge {
	return func(_ context.Context, e End) *bot.Cause {
		if !slices.Contains(e.Stderr, line) {
			return nil
		}
		return &bot.Cause{ID: "bad-token", Title: "The token is refused", Remedy: "Set another one.", Fatal: fatal}
	}
}

func judged(t *testing.T, b bot.Bot, tail Tail, judges ...Judge) *rig {
	r := newRig(t, newFake(), &memStorage{}, b)
	r.Supervisor.judges, r.Supervisor.tail = judges, tail
	r.backend.life = func(int, runner.Start) (time.Duration, int, error) { return 3 * time.Second, 1, nil }
	return r.start()
}

// A fatal cause found while the bot waits ends the wait; a person's start tries again all the same.
func TestFatalCause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := someBot(nil)
		r := judged(t, b, lines{"boo"}, whenSaid("nothing", true), whenSaid("boo", true))
		for range 2 {
			r.act(b.ID, bot.Start)
			time.Sleep(3*time.Second + time.Millisecond)
			synctest.Wait()
			st := r.expect(b.ID, bot.Crashed)
			if st.Reason != "The token is refused" || st.LastExit.Cause == nil || *st.LastExit.Code != 1 || !st.NextStartAt.IsZero() {
				t.Errorf("status is %+v, last exit %+v", st, st.LastExit)
			}
			time.Sleep(time.Hour)
			synctest.Wait()
			r.expect(b.ID, bot.Crashed)
		}
		if n := r.backend.starts(); n != 2 {
			t.Errorf("%d starts, want 2", n)
		}
		if got := messages(r.store, event.BotCrashed); got != "Not started again: the token is refused\nNot started again: the token is refused" {
			t.Errorf("events: %s", got)
		}
		if !slices.Contains(r.sink.notes, "Not started again: the token is refused. Set another one.") {
			t.Errorf("notes: %q", r.sink.notes)
		}
		if all := storedCauses(r.store); len(all) != 2 || all[0].Cause.ID != "bad-token" {
			t.Errorf("stored causes: %+v", all)
		}
		r.end()
	})
}

// With no wait before the first restart the start is under way when the judges answer, and nothing is
// executed all the same.
func TestFatalCauseOfARestartAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := someBot(func(s *bot.Spec) { s.Restart.InitialDelay = 0 })
		r := judged(t, b, lines{"boo"}, whenSaid("boo", true))
		r.act(b.ID, bot.Start)
		time.Sleep(3*time.Second + time.Millisecond)
		synctest.Wait()
		st := r.expect(b.ID, bot.Crashed)
		if r.backend.starts() != 1 || st.Restarts != 0 || st.LastExit.Code == nil || st.LastExit.Cause == nil {
			t.Errorf("%d starts, status %+v, exit %+v", r.backend.starts(), st, st.LastExit)
		}
		if got := messages(r.store, event.BotCrashed); got != "Not started again: the token is refused" {
			t.Errorf("events: %s", got)
		}
		r.end()
	})
}

// Judges that take their time hold a restart at once up for a moment only.
func TestSlowJudge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := someBot(func(s *bot.Spec) { s.Restart.InitialDelay = 0 })
		r := judged(t, b, lines{"boo"}, func(ctx context.Context, e End) *bot.Cause {
			<-ctx.Done()
			return whenSaid("boo", true)(ctx, e)
		})
		r.act(b.ID, bot.Start)
		time.Sleep(3*time.Second + judgeHold)
		synctest.Wait()
		r.expect(b.ID, bot.Starting)
		if n := r.backend.starts(); n != 2 {
			t.Errorf("%d starts", n)
		}
		time.Sleep(judgeTime)
		synctest.Wait()
		if st := r.expect(b.ID, bot.Running); st.LastExit.Cause == nil {
			t.Errorf("the cause that came late is lost: %+v", st.LastExit)
		}
		r.end()
	})
}

// A cause that may pass changes no decision, and is an event once in a row of equal ends.
func TestPassingCause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := someBot(nil)
		r := judged(t, b, lines{"boo"}, whenSaid("boo", false))
		r.act(b.ID, bot.Start)
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := r.backend.starts(); n < 3 {
			t.Errorf("only %d starts", n)
		}
		if got := messages(r.store, event.BotCause); got != "The cause: the token is refused" {
			t.Errorf("events: %s", got)
		}
		if n := len(storedCauses(r.store)); n < 2 {
			t.Errorf("%d causes stored", n)
		}
		r.end()
	})
}

// Judges aren't asked about what was told to end, and are about what could not be started.
func TestWhatIsJudged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := someBot(nil)
		var ends []End
		r := judged(t, b, lines{"boo"}, func(_ context.Context, e End) *bot.Cause {
			ends = append(ends, e)
			return &bot.Cause{ID: "gone", Title: "No such program", Fatal: true}
		})
		r.act(b.ID, bot.Start)
		synctest.Wait()
		r.act(b.ID, bot.Stop)
		synctest.Wait()
		r.act(b.ID, bot.Start)
		synctest.Wait()
		r.backend.exit(r.status(b.ID).Run, bot.Exit{Signal: "SIGKILL"})
		synctest.Wait()
		r.expect(b.ID, bot.Waiting)
		if len(ends) != 0 {
			t.Errorf("asked about a stop: %+v", ends)
		}
		broken := fault.New(fault.Invalid, "There is no such program.")
		r.backend.life = func(int, runner.Start) (time.Duration, int, error) { return 0, 0, broken }
		r.act(b.ID, bot.Start)
		synctest.Wait()
		if len(ends) != 1 || ends[0].Err != broken || ends[0].Stderr != nil {
			t.Errorf("asked about %+v", ends)
		}
		if st := r.expect(b.ID, bot.Crashed); st.LastExit.Cause == nil || st.LastExit.Cause.ID != "gone" {
			t.Errorf("exit %+v", st.LastExit)
		}
		r.end()
	})
}

func storedCauses(m *memStorage) []RunCause {
	var all []RunCause
	for _, c := range m.all() {
		if c.Cause != nil {
			all = append(all, *c.Cause)
		}
	}
	return all
}
