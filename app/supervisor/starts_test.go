package supervisor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/botswain/botswain/app/bot"
)

func TestAtMostSoManyStartsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.gate = make(chan struct{})
		bots := make([]bot.Bot, 20)
		for i := range bots {
			bots[i] = someBot(func(s *bot.Spec) { s.Name, s.Autostart = fmt.Sprint("Bot ", i), true })
		}
		late := someBot(nil)
		r := newRig(t, f, &memStorage{}, append(bots, late)...)
		r.starts.limit = 4
		r.start()
		time.Sleep(tellEvery)
		synctest.Wait()
		if n := r.starts.busy; n != 4 {
			t.Errorf("%d starts at once", n)
		}
		reasons := map[string]int{}
		for _, b := range bots {
			reasons[r.expect(b.ID, bot.Starting).Reason]++
		}
		if reasons[""] != 4 || reasons["Waiting for its turn to start (next)"] != 1 || reasons["Waiting for its turn to start (15 before it)"] != 1 {
			t.Errorf("reasons: %v", reasons)
		}
		// A start by a person goes before those.
		r.act(late.ID, bot.Start)
		time.Sleep(tellEvery)
		synctest.Wait()
		if st := r.expect(late.ID, bot.Starting); st.Reason != "Waiting for its turn to start (next)" {
			t.Errorf("reason %q", st.Reason)
		}
		// Stop takes one out of the queue.
		out := r.starts.waiting[len(r.starts.waiting)-1]
		for _, b := range bots {
			if strings.Contains(r.status(b.ID).Reason, "(16 before it)") {
				r.act(b.ID, bot.Stop)
				synctest.Wait()
				r.expect(b.ID, bot.Stopped)
			}
		}
		if slices.Contains(r.starts.waiting, out) || len(r.starts.waiting) != 16 {
			t.Errorf("%d wait", len(r.starts.waiting))
		}
		f.gate <- struct{}{}
		synctest.Wait()
		if st := r.expect(late.ID, bot.Starting); st.Reason != "" {
			t.Errorf("its turn has come: %q", st.Reason)
		}
		close(f.gate)
		synctest.Wait()
		if n := f.starts(); n != 20 || r.starts.busy != 0 {
			t.Errorf("%d were started, %d still count", n, r.starts.busy)
		}
		for _, b := range bots {
			if st := r.status(b.ID); st.Reason != "" && st.State == bot.Starting {
				t.Errorf("started with the reason %q", st.Reason)
			}
		}
		r.end()
	})
}

func TestATurnThatIsGivenUpGoesToTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newStarts(1)
		quiet := func(int) {}
		if !q.take(t.Context(), q.place(false, quiet)) {
			t.Fatal("no turn")
		}
		ctx, cancel := context.WithCancel(t.Context())
		given := make(chan bool, 2)
		first, second := q.place(false, quiet), q.place(false, quiet)
		go func() { given <- q.take(ctx, first) }()
		go func() { given <- q.take(t.Context(), second) }()
		synctest.Wait()
		cancel()
		if <-given {
			t.Error("a cancelled start got its turn")
		}
		q.give()
		if !<-given {
			t.Error("the next start did not get its turn")
		}
		q.give()
		if q.busy != 0 || len(q.waiting) != 0 {
			t.Errorf("%d busy, %d waiting", q.busy, len(q.waiting))
		}
	})
}

func TestTheOrderOfTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newStarts(1)
		place := func(manual bool) *turn { return q.place(manual, func(int) {}) }
		q.take(t.Context(), place(false))
		a, b, c, d := place(false), place(false), place(true), place(true)
		var order []string
		for name, turn := range map[string]*turn{"a": a, "b": b, "c": c, "d": d} {
			go func() {
				q.take(t.Context(), turn)
				order = append(order, name)
				q.give()
			}()
		}
		synctest.Wait()
		q.give()
		synctest.Wait()
		if !slices.Equal(order, []string{"c", "d", "a", "b"}) {
			t.Errorf("order %v", order)
		}
		if q.busy != 0 {
			t.Errorf("%d still count", q.busy)
		}
	})
}
