package supervisor

import (
	"fmt"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/runner"
)

// adopt takes over a living process; row is its row, or zero when it was never stored.
func (a *actor) adopt(inst runner.Instance, row event.Run) {
	if !a.move(inAdopt, "") {
		return
	}
	a.run = &process{id: inst.Run, def: a.def, born: true, cause: row.Cause, cancel: func() {}, begun: inst.StartedAt}
	change := Change{Began: &RunProcess{ID: inst.Run, Instance: inst}}
	if row.ID == (bot.RunID{}) {
		row.Version = a.def.Version // a guess, and nearly always right
		change.Run = &RunStart{ID: inst.Run, Version: a.def.Version, Cause: "resume", At: inst.StartedAt.Truncate(time.Microsecond)}
	}
	a.watchMemory()
	a.st.Run, a.st.PID, a.st.StartedAt, a.st.RunVersion = inst.Run, inst.PID, inst.StartedAt, row.Version
	change.Event = a.happened(event.BotAdopted, event.Botswain, fmt.Sprintf("Still running after a restart of Botswain (pid %d)", inst.PID))
	a.record(change)
	a.listenAgain()
	a.note(inst.Run, noteInfo, fmt.Sprintf("Botswain is back; the bot ran on (pid %d).", inst.PID))
	if a.st.Desired == bot.Down {
		a.stop(a.asked("stopped as wished before Botswain ended", event.Botswain))
		return
	}
	a.run.watch.adopted = true
	if row.RunningAt != nil {
		a.run.watch.upAt = *row.RunningAt
	}
	a.armUp(inst.StartedAt)
	a.show()
}

// resume starts a bot that should run and doesn't.
func (a *actor) resume(rebooted bool) {
	if a.install != nil {
		a.install.then = func(a *actor) { a.resume(rebooted) }
		return
	}
	a.inOrder = true
	switch {
	case a.st.Desired == bot.Up && rebooted:
		a.startAnew("reboot", event.Botswain)
	case a.st.Desired == bot.Up:
		a.startAnew("resume", event.Botswain)
	case a.st.Desired == bot.Unset && a.def.Autostart:
		a.startAnew("autostart", event.Botswain)
	}
}
