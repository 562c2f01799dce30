package supervisor

import (
	"fmt"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
)

// A bot that crashes loopCrashes times within loopWindow is in a crash loop. It stays so until it
// has been quiet for loopWindow, or a person starts it.
const (
	loopCrashes = 5
	loopWindow  = 10 * time.Minute
)

// crashes remembers a bot's latest crashes: ends that it was neither told to nor a success, and
// starts that failed.
type crashes struct {
	at    []time.Time // the latest, in order, at most loopWindow old
	told  bool        // that it is a loop
	quiet timer       // until the loop is over
}

// add notes a crash; true: with it they are a loop that nobody has been told of.
func (c *crashes) add(now time.Time) bool {
	if n := len(c.at); n > 0 && now.Sub(c.at[n-1]) >= loopWindow {
		c.told = false
	}
	old := 0
	for old < len(c.at) && now.Sub(c.at[old]) >= loopWindow {
		old++
	}
	// A new slice now and then, so that a loop of years doesn't keep its beginning.
	c.at = append(c.at[old:len(c.at):len(c.at)], now)
	if c.told || len(c.at) < loopCrashes {
		return false
	}
	c.told = true
	return true
}

// forget is for a start by a person.
func (c *crashes) forget() {
	c.quiet.stop()
	c.at, c.told = nil, false
}

// crashed notes an abnormal end, and says what a crash loop adds to its words. The time is one of this process, not of
// the record: a clock that is set must not make a loop of ends that are far apart.
func (a *actor) crashed(at time.Time) (news bool) {
	news = a.crashes.add(at)
	if !a.crashes.told {
		return false
	}
	a.st.CrashLoop = len(a.crashes.at)
	a.crashes.quiet.set(a, loopWindow, func(a *actor) {
		a.crashes.forget()
		a.st.CrashLoop = 0
		a.show()
	})
	return news
}

// tellLoop stores that a crash loop began.
func (a *actor) tellLoop(run bot.RunID, exit bot.Exit) {
	e := a.happened(event.BotCrashLoop, event.Botswain, loopWords(a.st.CrashLoop)+": "+exit.Reason)
	e.Run = &run
	a.note(run, noteError, e.Message+".")
	a.record(Change{Event: e})
}

func loopWords(n int) string {
	return fmt.Sprintf("%d crashes in %d minutes", n, int(loopWindow.Minutes()))
}
