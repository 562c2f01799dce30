package supervisor

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
)

var copied = bot.Cause{ID: "copy", Title: "Another copy runs elsewhere", Remedy: "Stop it."}

func TestDoubtAndClear(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := someBot(func(s *bot.Spec) { s.StartSeconds = 5 })
		r := newRig(t, newFake(), &memStorage{}, b).start()
		run := r.act(b.ID, bot.Start).Run
		r.Doubt(b.ID, run, copied) // too early: it counts when the bot is up
		synctest.Wait()
		r.expect(b.ID, bot.Starting)
		time.Sleep(6 * time.Second)
		synctest.Wait()
		st := r.expect(b.ID, bot.Unresponsive)
		if st.Reason != copied.Title || st.Doubt == nil || *st.Doubt != copied || st.PID == 0 {
			t.Errorf("%+v", st)
		}
		r.Doubt(b.ID, run, copied)
		r.Doubt(b.ID, run, bot.Cause{ID: "deaf", Title: "It is deaf"})
		r.Clear(b.ID, run, "copy")
		synctest.Wait()
		if st := r.expect(b.ID, bot.Unresponsive); st.Reason != "It is deaf" || st.Doubt.ID != "deaf" {
			t.Errorf("%+v", st)
		}
		r.Clear(b.ID, bot.NewID(), "deaf") // of another run
		synctest.Wait()
		r.expect(b.ID, bot.Unresponsive)
		r.Clear(b.ID, run, "deaf")
		synctest.Wait()
		if st := r.expect(b.ID, bot.Running); st.Doubt != nil || st.Run != run {
			t.Errorf("%+v", st)
		}
		if said := messages(r.store, event.BotDeaf); said != "Unresponsive: another copy runs elsewhere" {
			t.Errorf("said %q", said)
		}
		if notes := strings.Join(r.sink.notes, "\n"); !strings.Contains(notes, "another copy runs elsewhere. Stop it.") {
			t.Errorf("notes: %s", notes)
		}
		r.end()
	})
}

// A doubt and the bot's own silence are apart: each has to end for the bot to be well.
func TestDoubtAndSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWatchRig(t, newFake(), &memStorage{}, health(bot.ProbeReport))
		w.begin()
		w.pass(time.Second)
		run := w.status(w.bot).Run
		w.Doubt(w.bot, run, copied)
		w.pass(2 * time.Minute) // it is silent by now, too
		if st := w.expect(w.bot, bot.Unresponsive); st.Reason != copied.Title {
			t.Errorf("reason %q", st.Reason)
		}
		w.Clear(w.bot, run, "copy")
		w.pass(time.Second)
		if st := w.expect(w.bot, bot.Unresponsive); st.Reason != "no heartbeat for 1 min 30 s" || st.Doubt != nil {
			t.Errorf("%+v", st)
		}
		w.Doubt(w.bot, run, copied)
		w.heard(Sign{By: bot.ProbeReport, Alive: true})
		if st := w.expect(w.bot, bot.Unresponsive); st.Reason != copied.Title || st.Doubt == nil {
			t.Errorf("%+v", st)
		}
		w.Clear(w.bot, run, "copy")
		w.pass(time.Second)
		w.expect(w.bot, bot.Running)
		w.end()
	})
}

func TestDoubtRestarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := someBot(func(s *bot.Spec) { s.Health.Restart, s.StartSeconds = true, 0 })
		r := newRig(t, newFake(), &memStorage{}, b).start()
		run := r.act(b.ID, bot.Start).Run
		synctest.Wait()
		r.Remark(b.ID, run, copied)
		r.Doubt(b.ID, run, copied)
		synctest.Wait()
		st := r.status(b.ID)
		if e := st.LastExit; e == nil || e.Reason != copied.Title || e.Cause == nil || e.Cause.ID != "copy" {
			t.Errorf("the end: %+v", e)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if st := r.expect(b.ID, bot.Running); st.Run == run || st.Doubt != nil || st.Restarts != 1 {
			t.Errorf("%+v", st)
		}
		if got := messages(r.store, event.BotWarning); got != copied.Title {
			t.Errorf("remarked %q", got)
		}
		r.end()
	})
}
