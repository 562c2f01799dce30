package supervisor

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/botswain/botswain/app/bot"
)

// crashedOnce is a bot that died by a signal and is started again at once. hold has the new process wait
// for the gate.
func crashedOnce(t *testing.T, hold bool) (r *rig, first bot.RunID, told func() []string) {
	b, f := someBot(func(s *bot.Spec) { s.Restart.InitialDelay = 0 }), newFake()
	r = newRig(t, f, &memStorage{}, b).start()
	r.act(b.ID, bot.Start)
	time.Sleep(time.Minute)
	first = r.expect(b.ID, bot.Running).Run
	all := func() []string {
		synctest.Wait()
		r.sink.mu.Lock()
		defer r.sink.mu.Unlock()
		return slices.Clone(r.sink.told)
	}
	before := len(all())
	if hold {
		f.gate = make(chan struct{})
	}
	f.exit(first, bot.Exit{Signal: "SIGKILL"})
	return r, first, func() []string { return all()[before:] }
}

// TestLastWordsComeBeforeTheNextRun: although they are said when that exists.
func TestLastWordsComeBeforeTheNextRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, first, told := crashedOnce(t, false)
		next := ""
		synctest.Wait()
		for _, st := range r.Statuses() {
			next = st.Run.String()
		}
		if got, want := told(), []string{"finish " + first.String(), "note", "note", "follow " + next}; !slices.Equal(got, want) {
			t.Errorf("the log path was told %v, want %v", got, want)
		}
		time.Sleep(farewellTime)
		if got := told(); len(got) != 4 {
			t.Errorf("it was told more: %v", got)
		}
		r.end()
	})
}

// TestLastWordsDoNotWaitForever: the next run may be held up by whatever.
func TestLastWordsDoNotWaitForever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, first, told := crashedOnce(t, true)
		if got := told(); len(got) != 0 {
			t.Errorf("the log path was told %v while the next run began", got)
		}
		time.Sleep(farewellTime)
		if got, want := told(), []string{"finish " + first.String(), "note"}; !slices.Equal(got, want) {
			t.Errorf("the log path was told %v, want %v", got, want)
		}
		close(r.backend.gate)
		if got := told(); len(got) != 4 {
			t.Errorf("after the next run has begun: %v", got)
		}
		r.end()
	})
}
