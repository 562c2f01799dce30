package supervisor

import (
	"context"
	"fmt"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
)

// heldUp is how late an alarm or a check must be for Botswain itself to have stood still (stopped
// by a signal, a machine without memory): what the bot said meanwhile is still to be read.
const heldUp = time.Second

// watchHealth begins to look whether a bot that is up stays well.
func (a *actor) watchHealth(run *process) {
	if a.run != run || a.st.State != bot.Running {
		return
	}
	switch run.def.Health.By {
	case bot.ProbeReport, bot.ProbeNotify:
		a.listen(run)
	case bot.ProbeHTTP, bot.ProbeTCP:
		a.keepChecking(run)
	}
}

// listen begins a new time of silence.
func (a *actor) listen(run *process) {
	a.listenFor(run, patience(run.def.Health), time.Now())
}

func (a *actor) listenFor(run *process, long time.Duration, heard time.Time) {
	due := time.Now().Add(long)
	run.watch.alarm.set(a, long, func(a *actor) {
		switch {
		case a.run != run:
		case time.Since(due) > heldUp:
			a.listenFor(run, run.def.Health.Interval, heard)
		default:
			a.deaf(run, "no heartbeat for "+spoken(time.Since(heard)))
		}
	})
}

// keepChecking checks from outside, at moments that differ from bot to bot.
func (a *actor) keepChecking(run *process) {
	h, first := run.def.Health, time.Duration(a.s.random()*float64(run.def.Health.Interval))
	a.look(run, func(ctx context.Context) {
		for wait := first; sleep(ctx, wait); {
			begun := time.Now()
			err := a.s.check(ctx, h.By, h.Target, h.Timeout)
			took := time.Since(begun)
			if ctx.Err() != nil {
				return
			}
			if err == nil || took <= h.Timeout+heldUp {
				a.tell(func(a *actor) { a.checked(run, err) })
			}
			wait = max(0, h.Interval-took)
		}
	})
}

// checked takes note of a check.
func (a *actor) checked(run *process, err error) {
	w := &run.watch
	switch {
	case a.run != run:
	case err == nil:
		a.well(run)
	case w.silent == "" && (a.st.State == bot.Running || a.st.State == bot.Unresponsive):
		if w.failures++; w.failures < run.def.Health.Failures {
			return
		}
		why := err.Error()
		if w.failures > 1 {
			why += fmt.Sprintf(", %d times in a row", w.failures)
		}
		a.deaf(run, why)
	}
}

// deaf has a running bot count as unresponsive because of what its own health check finds.
func (a *actor) deaf(run *process, why string) {
	if a.run != run || run.watch.silent != "" {
		return
	}
	switch a.st.State {
	case bot.Running:
		run.watch.silent = clean(why)
		a.unresponsive(run, run.watch.silent, nil)
	case bot.Unresponsive: // it is doubted already
		run.watch.silent = clean(why)
	}
}

// unresponsive has a running bot count as such; doubt is why, when that was found outside of it.
func (a *actor) unresponsive(run *process, why string, doubt *bot.Cause) {
	if !a.move(inDeaf, why) {
		return
	}
	a.st.Doubt = doubt
	run.watch.deafAt = time.Now()
	text := "Unresponsive: " + lowerFirst(why)
	a.record(Change{Event: a.happened(event.BotDeaf, event.Botswain, text)})
	if text += "."; doubt != nil {
		text += " " + doubt.Remedy
	}
	a.note(run.id, noteWarn, text)
	a.show()
	if run.def.Health.Restart {
		lived := run.watch.deafAt.Sub(a.st.StartedAt)
		a.fail(run, failure{why: why, doubt: doubt, cause: "health", lived: max(0, lived), always: true})
	}
}

// well takes back what the bot's own health check found.
func (a *actor) well(run *process) {
	run.watch.failures = 0
	if run.watch.silent == "" {
		return
	}
	run.watch.silent = ""
	a.reconsider(run)
}

// responsive has an unresponsive bot count as running again.
func (a *actor) responsive(run *process) {
	if !a.move(inHeard, run.watch.says) {
		return
	}
	text := "Responsive again after " + spoken(time.Since(run.watch.deafAt))
	a.record(Change{Event: a.happened(event.BotHeard, event.Botswain, text)})
	a.note(run.id, noteInfo, text+".")
	a.show()
}

// spoken is a time for a sentence: "1 min 30 s".
func spoken(d time.Duration) string {
	d = d.Round(time.Second)
	h, m, s := int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60
	switch {
	case h > 0 && m > 0:
		return fmt.Sprintf("%d h %d min", h, m)
	case h > 0:
		return fmt.Sprintf("%d h", h)
	case m > 0 && s > 0:
		return fmt.Sprintf("%d min %d s", m, s)
	case m > 0:
		return fmt.Sprintf("%d min", m)
	}
	return fmt.Sprintf("%d s", s)
}
