package supervisor

import (
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
)

const (
	// lookAgain is the longest that a schedule waits without looking at the clock, which people and
	// time servers set.
	lookAgain = time.Minute
	// missedAfter is how late a scheduled restart may be: a machine that slept, or a clock that was
	// set, doesn't make up for what it missed.
	missedAfter = 2 * time.Minute
)

// plan is when a bot is restarted by the clock.
type plan struct {
	text  string
	times bot.Schedule // nil: never
	due   time.Time    // without a monotonic reading: it is compared with the clock on the wall
	timer timer
}

// reschedule follows the definition's schedule.
func (a *actor) reschedule() {
	if a.plan.text == a.def.Restart.Schedule {
		return
	}
	a.plan.timer.stop()
	a.plan.text, a.plan.times, a.st.NextRestartAt = a.def.Restart.Schedule, nil, time.Time{}
	if a.plan.text == "" {
		return
	}
	times, err := bot.ParseSchedule(a.plan.text)
	if err != nil { // it was checked when it was stored
		a.s.log.Error("a bot's schedule can't be read; it isn't restarted by it", "bot", a.def.ID, "schedule", a.plan.text, "err", err)
		return
	}
	a.plan.times = times
	a.awaitSchedule(wall())
}

// awaitSchedule waits for the first time after now.
func (a *actor) awaitSchedule(now time.Time) {
	a.plan.due = a.plan.times.Next(now)
	a.st.NextRestartAt = a.plan.due
	if !a.plan.due.IsZero() {
		a.lookAtClock(now)
	}
}

func (a *actor) lookAtClock(now time.Time) {
	a.plan.timer.set(a, min(a.plan.due.Sub(now), lookAgain), func(a *actor) { a.tick(wall()) })
}

// tick looks whether the time has come. Only a bot that is up is restarted: one that is down is
// meant to be, and one that waits or starts is about to be fresh anyway.
func (a *actor) tick(now time.Time) {
	late := now.Sub(a.plan.due)
	switch {
	case late < -24*time.Hour: // the clock was set back: an earlier time may come now
		a.awaitSchedule(now)
		return
	case late < 0:
		a.lookAtClock(now)
		return
	}
	a.awaitSchedule(now)
	if late > missedAfter {
		a.s.log.Info("a scheduled restart was missed", "bot", a.def.ID, "by", late.Round(time.Second))
	} else if a.isUp() && !a.retired && !a.closing {
		a.restartFor("schedule", "restarted by its schedule ("+a.plan.text+")")
		return
	}
	a.show()
}

// isUp says whether the bot is up: not starting, and not on its way down.
func (a *actor) isUp() bool { return a.st.State == bot.Running || a.st.State == bot.Unresponsive }

// restartFor is a graceful restart that Botswain decides on: cause is what the next run's row says,
// why how this one ended.
func (a *actor) restartFor(cause, why string) {
	e := a.asked(why, event.Botswain)
	e.cause = cause
	a.again = true
	a.stop(e)
}

// wall is the time of the clock on the wall, in the server's zone.
func wall() time.Time { return time.Now().Round(0) }
