package supervisor

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
)

func gated(t *testing.T, b bot.Bot, gates ...Gate) *rig {
	r := newRig(t, newFake(), &memStorage{}, b)
	r.Supervisor.gates = gates
	return r.start()
}

func refuse(c bot.Cause) Gate {
	return func(context.Context, Starting) Answer { return Answer{Refused: &c} }
}

func TestGateRefusesAPersonsStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := someBot(nil)
		for _, fatal := range []bool{true, false} {
			r := gated(t, b, refuse(bot.Cause{ID: "bad-token", Title: "The token is refused", Remedy: "Set another one.", Fatal: fatal}))
			_, err := r.Act(context.Background(), b.ID, bot.Start, "admin")
			f, ok := fault.As(err)
			if !ok || f.Code != fault.Conflict || f.Message != "It was not started: the token is refused. Set another one." {
				t.Errorf("the answer is %v", err)
			}
			synctest.Wait()
			st := r.expect(b.ID, bot.Crashed)
			if st.LastExit == nil || st.LastExit.Cause == nil || st.LastExit.Cause.ID != "bad-token" || st.Desired != bot.Up {
				t.Errorf("status is %+v", st)
			}
			if st.Reason != "not started: the token is refused" || r.backend.starts() != 0 {
				t.Errorf("reason %q, %d starts", st.Reason, r.backend.starts())
			}
			end := lastEnd(r.store)
			if end == nil || end.Exit.Cause == nil || end.Exit.Cause.Fatal != fatal {
				t.Errorf("stored end: %+v", end)
			}
			r.end()
		}
	})
}

// Many starts say which of them were refused, and don't wait for a gate that takes its time.
func TestGateRefusesSomeOfMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fine, bad, slow := someBot(nil), someBot(nil), someBot(nil)
		r := newRig(t, newFake(), &memStorage{}, fine, bad, slow)
		r.Supervisor.gates = []Gate{func(ctx context.Context, s Starting) Answer {
			switch s.Bot.ID {
			case bad.ID:
				return Answer{Refused: &bot.Cause{ID: "bad-token", Title: "The token is refused", Remedy: "Set another one.", Fatal: true}}
			case slow.ID:
				<-ctx.Done()
			}
			return Answer{}
		}}
		r.start()
		begun := time.Now()
		errs := r.ActAll(t.Context(), []bot.ID{fine.ID, bad.ID, slow.ID}, bot.Start, "admin")
		if errs[0] != nil || errs[2] != nil || !errors.Is(errs[1], bot.ErrRefused) || fault.CodeOf(errs[1]) != fault.Conflict {
			t.Errorf("%v", errs)
		}
		if took := time.Since(begun); took != manyGateTime {
			t.Errorf("it took %s", took)
		}
		r.end()
	})
}

// A refusal that may pass, of a start that nobody asked for, is a failed start like another.
func TestGateRefusesForNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := someBot(nil)
		var asked atomic.Int32
		var causes []string
		r := gated(t, b, func(_ context.Context, s Starting) Answer {
			causes = append(causes, s.Cause)
			if asked.Add(1) == 2 {
				return Answer{Refused: &bot.Cause{ID: "x", Title: "The platform says no"}}
			}
			return Answer{}
		})
		r.act(b.ID, bot.Start)
		synctest.Wait()
		r.backend.exit(r.status(b.ID).Run, bot.Exit{Code: new(int)})
		time.Sleep(1100 * time.Millisecond)
		synctest.Wait()
		if st := r.expect(b.ID, bot.Waiting); st.LastExit.Cause == nil {
			t.Errorf("no cause: %+v", st.LastExit)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		r.expect(b.ID, bot.Running)
		if want := []string{"manual", "crash", "crash"}; !slices.Equal(causes, want) {
			t.Errorf("asked about %v, want %v", causes, want)
		}
		r.end()
	})
}

func TestGatePutsOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := someBot(nil)
		until := time.Now().Add(time.Hour)
		r := gated(t, b, func(context.Context, Starting) Answer {
			return Answer{Until: until, Why: "The budget of starts is spent"}
		})
		r.act(b.ID, bot.Start)
		synctest.Wait()
		st := r.expect(b.ID, bot.Waiting)
		if !st.NextStartAt.Equal(until) || st.Reason != "The budget of starts is spent" || st.Restarts != 0 || st.LastExit != nil {
			t.Errorf("status is %+v", st)
		}
		time.Sleep(time.Hour + 2*time.Second)
		synctest.Wait()
		if st := r.expect(b.ID, bot.Running); st.Restarts != 0 {
			t.Errorf("%d restarts", st.Restarts)
		}
		r.end()
	})
}

// A gate that hangs holds its start up for five seconds, and no other start; then it goes on.
func TestGateThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow, quick := someBot(nil), someBot(func(s *bot.Spec) { s.Name = "Quick" })
		r := newRig(t, newFake(), &memStorage{}, slow, quick)
		r.Supervisor.starts = newStarts(1)
		r.Supervisor.gates = []Gate{func(ctx context.Context, s Starting) Answer {
			if s.Bot.ID == slow.ID {
				<-ctx.Done()
			}
			return Answer{}
		}}
		r.start()
		begun := time.Now()
		answered := make(chan struct{})
		go func() {
			defer close(answered)
			r.act(slow.ID, bot.Start)
		}()
		synctest.Wait()
		r.expect(slow.ID, bot.Starting)
		r.act(quick.ID, bot.Start)
		synctest.Wait()
		if n := r.backend.starts(); n != 1 {
			t.Errorf("%d starts while one is asked about, want the other's", n)
		}
		<-answered
		synctest.Wait()
		if n, took := r.backend.starts(), time.Since(begun); n != 2 || took != gateTime {
			t.Errorf("%d starts after %s", n, took)
		}
		r.end()
	})
}

func TestStopWhileAGateIsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := someBot(nil)
		var released atomic.Int32
		r := gated(t, b,
			func(context.Context, Starting) Answer { return Answer{Release: func() { released.Add(1) }} },
			func(ctx context.Context, _ Starting) Answer {
				<-ctx.Done()
				return Answer{Release: func() { released.Add(1) }}
			})
		go r.Act(context.Background(), b.ID, bot.Start, "admin")
		synctest.Wait()
		r.act(b.ID, bot.Stop)
		synctest.Wait()
		r.expect(b.ID, bot.Stopped)
		if released.Load() != 2 || r.backend.starts() != 0 {
			t.Errorf("%d released, %d starts", released.Load(), r.backend.starts())
		}
		r.end()
	})
}

// What a gate reserved is given back when the run is over, once.
func TestGateIsReleased(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := someBot(nil)
		var held, most atomic.Int32
		r := gated(t, b, func(context.Context, Starting) Answer {
			most.Store(max(most.Load(), held.Add(1)))
			return Answer{Release: func() { held.Add(-1) }}
		})
		r.act(b.ID, bot.Start)
		for range 5 {
			synctest.Wait()
			r.backend.exit(r.status(b.ID).Run, bot.Exit{Signal: "SIGSEGV"})
			time.Sleep(time.Minute)
		}
		synctest.Wait()
		if held.Load() != 1 || most.Load() != 1 {
			t.Errorf("holds %d, at most %d", held.Load(), most.Load())
		}
		r.end()
		if held.Load() != 0 {
			t.Errorf("holds %d at the end", held.Load())
		}
	})
}

func lastEnd(m *memStorage) *RunEnd {
	var end *RunEnd
	for _, c := range m.all() {
		if c.End != nil {
			end = c.End
		}
	}
	return end
}

func messages(m *memStorage, kind event.Kind) string {
	var all []string
	for _, c := range m.all() {
		if c.Event != nil && c.Event.Kind == kind {
			all = append(all, c.Event.Message)
		}
	}
	return strings.Join(all, "\n")
}
