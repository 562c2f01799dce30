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
)

func TestALineIsRecordedAndReachesOnlyItsRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, f := someBot(nil), newFake()
		r := newRig(t, f, &memStorage{}, b).start()
		send := func(run bot.RunID, line string, want fault.Code) {
			t.Helper()
			if err := r.Input(t.Context(), b.ID, run, "anna", line); fault.CodeOf(err) != want {
				t.Errorf("%q: %v", line, err)
			}
			synctest.Wait()
		}
		send(bot.RunID{}, "too early", fault.Conflict)
		r.act(b.ID, bot.Start)
		time.Sleep(time.Second)
		synctest.Wait()
		first := r.status(b.ID).Run
		send(first, "one", "")
		send(bot.RunID{}, "two", "")
		r.act(b.ID, bot.Restart)
		time.Sleep(time.Second)
		synctest.Wait()
		send(first, "for the run before", fault.Conflict)
		f.refuse = fault.New(fault.Unavailable, "The bot does not read its input.")
		send(r.status(b.ID).Run, "not read", fault.Unavailable)
		f.refuse = context.Canceled
		send(r.status(b.ID).Run, "gone meanwhile", fault.CodeOf(context.Canceled))
		f.refuse = nil
		send(r.status(b.ID).Run, strings.Repeat("x", 1000), "")

		if len(f.lines) != 5 || f.lines[0] != "one" || f.lines[1] != "two" {
			t.Errorf("the bot got %.20q", f.lines)
		}
		var told []event.Event
		for _, c := range r.store.all() {
			if c.Event != nil && c.Event.Kind == event.BotInput {
				told = append(told, *c.Event)
			}
		}
		if len(told) != 3 || told[0].Message != "> one" || told[0].Actor != "anna" || *told[0].Run != first || len(told[2].Message) > 600 {
			t.Errorf("events %+v", told)
		}
		if !slices.Contains(r.sink.notes, "> one") || !slices.Contains(r.sink.notes, "That line was not sent: The bot does not read its input.") || slices.Contains(r.sink.notes, "> for the run before") ||
			!slices.Contains(r.sink.notes, "That line was not sent: who sent it didn't wait until the bot had room for it.") {
			t.Errorf("notes %q", r.sink.notes)
		}
		r.end()
	})
}
