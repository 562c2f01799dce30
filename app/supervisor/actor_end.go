package supervisor

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/runner"
)

// insist is how long after the grace the end must have been told, before the kill is repeated.
const insist = 5 * time.Second

// oomWait is the least wait after a kill for want of memory: what others need it for comes first, and
// a bot that needs too much at its start must not keep the kernel busy.
const oomWait = 10 * time.Second

// stop begins to end the process, or shortens a stop under way.
func (a *actor) stop(e ending) {
	if !a.move(inStop, e.why) {
		return
	}
	a.timer.stop()
	a.free()
	a.run.watch.end()
	a.ending = e
	a.st.KillAt = deadline(e.grace)
	message := "Stopping: " + e.why
	told := a.record(Change{Event: a.happened(event.BotStopping, e.by, message)})
	switch {
	case a.run.launching:
		a.run.cancel()
	case a.hold(e.hold):
	case a.st.Desired == bot.Down && e.by != event.Botswain:
		a.signalOnceStored(told.stored)
	default:
		a.signal()
	}
	a.show()
}

// signalOnceStored waits until a person's wish is stored, or isn't going to be soon: killed in between, Botswain would
// start again what a person has stopped.
func (a *actor) signalOnceStored(stored <-chan struct{}) {
	ctx, cancel := context.WithCancel(context.Background())
	a.release = cancel
	run := a.run
	a.s.launches.Go(func() {
		a.s.awaitStored(ctx, stored)
		a.tell(func(a *actor) {
			if ctx.Err() == nil && a.run == run && a.st.State == bot.Stopping {
				a.free()
				a.st.KillAt = deadline(a.ending.grace)
				a.signal()
			}
		})
	})
}

// signal sends the present ending to the process, and looks after it.
func (a *actor) signal() {
	run, e := a.run, a.ending
	a.timer.set(a, e.grace+insist, func(a *actor) {
		if a.run == run && a.st.State == bot.Stopping {
			a.s.log.Warn("a bot still lives after its grace; killing it again", "bot", a.def.ID, "pid", a.st.PID)
			a.ending.signal, a.ending.grace = "SIGKILL", 0
			a.signal()
		}
	})
	ctx, cancel := context.WithTimeout(context.Background(), insist)
	defer cancel()
	if err := a.s.backend.Stop(ctx, run.id, e.signal, e.grace); err != nil {
		a.s.log.Error("a bot could not be signalled", "bot", a.def.ID, "pid", a.st.PID, "signal", e.signal, "err", err)
	}
}

// ended is the backend's word that nothing of a run is left.
func (a *actor) ended(e runner.Ended) {
	switch {
	case a.install != nil && a.install.Run == e.Run:
		a.installEnded(e)
		return
	case a.run == nil || a.run.id != e.Run:
		a.s.stray(e)
		return
	case a.run.launching:
		a.run.early = &e
		return
	}
	exit := e.Exit
	if exit.At.IsZero() {
		exit.At = time.Now()
	}
	exit.At = exit.At.Truncate(time.Microsecond)
	exit.Reason = exitWords(exit, a.run.def.Limits.MemoryMax)
	if f := a.failing(); a.st.State == bot.Stopping && f != nil {
		exit.Reason, exit.Cause = f.why, f.doubt
	} else if a.st.State == bot.Stopping {
		exit.Reason = a.ending.why
	}
	a.st.LastExit = &exit
	// Start times are coarser than ends, so a short run may seem to end before it began.
	a.finish(exit, max(0, exit.At.Sub(a.st.StartedAt)), false, nil)
}

// finish closes the run and decides what follows. lived is below 0 when there was no process.
// hopeless: trying again can't help. err is why no process came of it.
func (a *actor) finish(exit bot.Exit, lived time.Duration, hopeless bool, err error) {
	a.timer.stop()
	run, failed := a.run, a.failing()
	change := Change{End: &RunEnd{ID: run.id, Exit: exit}}
	if a.st.State == bot.Stopping && failed == nil {
		a.endedAsTold(run, exit, change)
		return
	}
	if failed != nil {
		lived = failed.lived
	}
	success := exit.Success() && !exit.OOM && failed == nil
	change.End.Outcome = bot.EndCrashed
	if success {
		change.End.Outcome = bot.EndExited
	}
	v, cause := a.decide(exit, failed, success, lived, hopeless)
	loop := !success && a.crashed(time.Now())
	n := noticeOf(run, exit, v, success)
	n.text += leftovers(exit)
	if v.in == inEndedLeft {
		a.st.Desired = bot.Unset
	}
	a.move(v.in, n.reason)
	if v.in == inEndedAgain {
		a.st.NextStartAt = a.st.Since.Add(v.wait)
	}
	change.Event = a.happened(n.kind, event.Botswain, n.text)
	a.close(run, change, v.atOnce())
	if loop {
		a.tellLoop(run.id, exit)
	}
	if failed == nil {
		a.recognise(run, End{Bot: run.def, Run: run.id, Exit: exit, Lived: max(0, lived), Err: err})
	}
	a.follow(run, v, cause, n)
}

// decide says what follows an end that nobody asked for, and the cause of the start if one follows.
func (a *actor) decide(exit bot.Exit, failed *failure, success bool, lived time.Duration, hopeless bool) (v verdict, cause string) {
	cause = "crash"
	if failed != nil {
		cause = failed.cause
	}
	v = verdict{in: inEndedFail}
	if !hopeless {
		v = judge(a.policy(failed), a.count, success, lived, a.s.random())
	}
	if exit.OOM {
		v.wait, cause = max(v.wait, oomWait), "oom"
	}
	a.count = v.count
	return v, cause
}

// notice is what is told of an end that nobody asked for.
type notice struct {
	kind   event.Kind
	reason string // of the state
	text   string // of the event, and of the line in the log
	level  int    // of that line
}

func noticeOf(run *process, exit bot.Exit, v verdict, success bool) notice {
	n := notice{kind: event.BotCrashed, reason: exit.Reason, text: endWords(run, exit), level: noteError}
	switch {
	case v.in == inEndedAgain:
		n.kind = event.BotWaiting
		n.text += "; starting again " + waitWords(v.wait)
		if success {
			n.level = noteWarn
		}
	case v.in == inEndedLeft:
		n.kind, n.level = event.BotExited, noteInfo
	case v.gave > 0:
		n.reason = fmt.Sprintf("gave up after %d tries: %s", v.gave, exit.Reason)
		n.text = fmt.Sprintf("Gave up after %d tries: %s", v.gave, exit.Reason)
	}
	return n
}

// follow has the log path hear of the end, and the next start come when it is due.
func (a *actor) follow(run *process, v verdict, cause string, n notice) {
	launch := func(a *actor) {
		if a.st.State == bot.Waiting {
			a.st.Restarts++
			a.launch(cause, event.Botswain)
		}
	}
	if v.atOnce() {
		launch(a)
		a.lastWordsLater(run, n.level, n.text)
		return
	}
	a.lastWords(run, n.level, n.text)
	if v.in == inEndedAgain {
		a.timer.set(a, v.wait, launch)
	}
	a.show()
}

// endedAsTold follows the end of a stop: down, or up again after a restart.
func (a *actor) endedAsTold(run *process, exit bot.Exit, change Change) {
	text := endWords(run, exit)
	if words := exitWords(exit, run.def.Limits.MemoryMax); words != exit.Reason && (exit.Code != nil || exit.Signal != "") {
		text += " (" + words + ")"
	}
	text += leftovers(exit)
	change.End.Outcome = bot.EndStopped
	if a.again && !a.closing && !a.retired {
		change.End.Outcome = bot.EndRestarted
		if leftovers(exit) != "" { // else the event of the start says all
			change.Event = a.happened(event.BotWarning, event.Botswain, text)
		}
		a.close(run, change, true)
		a.inOrder = a.ending.inOrder
		a.startAnew(cmp.Or(a.ending.cause, "restart"), a.ending.by)
		a.lastWordsLater(run, noteInfo, text)
		return
	}
	a.move(inEndedDown, exit.Reason)
	change.Event = a.happened(event.BotStopped, a.ending.by, text)
	a.close(run, change, false)
	a.lastWords(run, noteInfo, text)
	a.show()
}

// close leaves the run behind. With atOnce the next run begins in the same transaction. lastWords or
// lastWordsLater follows.
func (a *actor) close(run *process, change Change, atOnce bool) {
	run.watch.end()
	run.admission.release()
	if a.s.notify != nil {
		a.s.notify.Close(run.id)
	}
	a.run = nil
	a.free()
	a.before = change.End.Exit.Reason
	a.s.ceilings.drop(run.id)
	change.Peaks = a.s.peaks.end(run.id)
	a.st.Run, a.st.PID, a.st.StartedAt, a.st.RunVersion = bot.RunID{}, 0, time.Time{}, 0
	if atOnce {
		a.recordTo(a.s.journal.add, change)
		return
	}
	a.record(change)
}

func endWords(run *process, exit bot.Exit) string {
	if !run.born && exit.Reason != "" {
		return strings.ToUpper(exit.Reason[:1]) + exit.Reason[1:]
	}
	return "Ended: " + exit.Reason
}

// leftovers says what of the tree Botswain had to kill, and how many.
func leftovers(e bot.Exit) string {
	text := ""
	switch e.Killed {
	case 0:
	case 1:
		text = "; 1 process had to be killed"
	default:
		text = fmt.Sprintf("; %d processes had to be killed", e.Killed)
	}
	switch e.Leftovers {
	case 0:
	case 1:
		text += "; 1 process that it left behind was killed"
	default:
		text += fmt.Sprintf("; %d processes that it left behind were killed", e.Leftovers)
	}
	return text
}
