package guard

import (
	"fmt"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/platform"
)

const (
	// askEvery is how often Telegram is asked whether updates wait, give or take askJitter of it.
	askEvery  = time.Minute
	askJitter = 0.2
	// asksAtLeast is how many answers must agree, whatever time is between them.
	asksAtLeast = 3
)

// listening is what is known of whether a run takes its updates.
type listening struct {
	next    time.Time // when it is asked again
	asking  bool
	at      time.Time // of the newest answer
	since   time.Time // of the first answer with updates that wait, without any taken after it
	pending int       // in the newest answer
	agree   int       // answers since then
	doubted bool
}

// change is what an answer changes.
type change struct{ doubt, clear bool }

// heard takes in what Telegram says. Whoever takes updates makes their number fall, at least for a
// moment that is seen sooner or later; where a webhook is set nobody polls, and that is told elsewhere.
func (l *listening) heard(r platform.Report, patience time.Duration) (c change) {
	if r.Failure != nil || r.Facts == nil || r.Facts.Telegram == nil || r.Facts.Telegram.Webhook == nil || !r.FactsAt.After(l.at) {
		return c
	}
	w, before := r.Facts.Telegram.Webhook, l.pending
	l.at, l.pending = r.FactsAt, w.Pending
	if w.Host != "" || w.Pending == 0 || w.Pending < before || before == 0 {
		c.clear, l.doubted = l.doubted, false
		l.since, l.agree = r.FactsAt, 1
		return c
	}
	l.agree++
	if !l.doubted && l.agree >= asksAtLeast && r.FactsAt.Sub(l.since) >= patience {
		l.doubted, c.doubt = true, true
	}
	return c
}

// deafID is the cause's, for Clear.
const deafID = "telegram-deaf"

func (l *listening) cause() bot.Cause {
	wait := "1 message waits"
	if l.pending != 1 {
		wait = fmt.Sprintf("%d messages wait", l.pending)
	}
	return bot.Cause{
		ID: deafID, Title: fmt.Sprintf("It runs but doesn't listen: %s at Telegram, and none was taken for %s", wait, minutes(l.at.Sub(l.since))),
		Explanation: "The process lives, but doesn't ask Telegram for what people write to it: it hangs, or its polling has ended.",
		Remedy: "Look at its last lines and restart it. Botswain can do that by itself: switch on Restart when unresponsive in the bot's settings. " +
			"If it only sends and never reads, set Deaf after to 0 there.",
	}
}

// minutes says a time roughly.
func minutes(d time.Duration) string {
	if d < 2*time.Minute {
		return fmt.Sprintf("%d s", int(d.Seconds()))
	}
	return fmt.Sprintf("%d min", int(d.Minutes()))
}
