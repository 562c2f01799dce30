package supervisor

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/runner"
)

// installation is one that is under way. The bot is down meanwhile, and its state doesn't change.
type installation struct {
	StoredInstall
	by        event.Actor
	launching bool
	early     *runner.Ended // the end overtook the launcher's report
	timer     timer
	answer    func(error)  // to who asked for it
	then      func(*actor) // what waits for its end
}

// mayInstall says why nothing can be installed now.
func (a *actor) mayInstall() error {
	switch {
	case a.closing:
		return closingFault()
	case a.retired:
		return fault.New(fault.Conflict, "The bot is being deleted.")
	case a.install != nil:
		return fault.New(fault.Conflict, "What the bot needs is being installed already.")
	case a.run != nil || a.st.State == bot.Waiting:
		return fault.New(fault.Conflict, "Stop the bot first: what it needs can't be changed under it.")
	case a.s.remains.hold(a.def.ID):
		return fault.New(fault.Conflict, "What is left of the bot's last run has not ended yet, and what it needs can't be changed under it.")
	}
	return a.s.writer.MayStart()
}

func (a *actor) beginInstall(commands, script string, by event.Actor, answer func(error)) {
	if err := a.mayInstall(); err != nil {
		answer(err)
		return
	}
	in := &installation{by: by, launching: true, answer: answer}
	begun := now()
	in.Bot = a.def.ID
	in.Install = bot.Install{Run: bot.NewID(), Commands: commands, By: string(by), StartedAt: begun, Deadline: begun.Add(InstallTime)}
	a.install = in
	a.showInstall()
	run, row := in.Run, in.Install
	begin := Change{Bot: a.def.ID, Install: &row, Event: &event.Event{
		At: begun, Kind: event.BotInstalling, Bot: &in.Bot, Run: &run, Actor: by, Message: clean("Installing what it needs: " + commands),
	}}
	def := a.def
	a.s.launches.Go(func() {
		_, err := a.s.spawnInstall(def, begin, script)
		// The actor lives as long as a launch of its own is under way.
		a.tell(func(a *actor) { a.installBegan(in, err) })
	})
}

// showInstall publishes how the installation is.
func (a *actor) showInstall() {
	i := a.install.Install
	a.st.Install = &i
	a.show()
}

// installBegan is the launcher's report.
func (a *actor) installBegan(in *installation, err error) {
	in.launching = false
	if err != nil {
		a.installUnborn(in, err)
		return
	}
	a.note(in.Run, noteInfo, "Installing what the bot needs: "+in.Commands) // before what it prints
	a.s.logs.Follow(a.def.ID, in.Run, a.s.backend.SpoolDir(a.def.ID, in.Run))
	in.answer(nil)
	switch {
	case in.early != nil:
		a.installEnded(*in.early)
	case a.leaving:
		a.over = true
	case in.Stopping():
		a.signalInstall("SIGTERM", installGrace)
	default:
		a.awaitInstall()
	}
}

// installUnborn closes one that made no process.
func (a *actor) installUnborn(in *installation, err error) {
	f, ok := fault.As(err)
	if !ok {
		a.s.log.Warn("an installation could not be started", "bot", a.def.ID, "name", a.def.Name, "err", err)
		words := spawnWords(err)
		f = fault.Wrap(err, fault.Unavailable, "%s", "The installation could not be started: "+words+".")
	}
	in.EndedAt, in.Outcome, in.Reason = now(), bot.InstallFailed, clean("could not be started: "+strings.TrimSuffix(f.Message, "."))
	a.closeInstall(in, noteError)
	in.answer(f)
}

// awaitInstall has it stopped when it takes too long.
func (a *actor) awaitInstall() {
	a.install.timer.set(a, time.Until(a.install.Deadline), func(a *actor) {
		a.stopInstall(bot.InstallOverdue, "it took longer than "+fmt.Sprintf("%.0f minutes", InstallTime.Minutes()))
	})
}

// cancelInstall stops the installation, if there is one.
func (a *actor) cancelInstall(by event.Actor, why string) {
	if a.install != nil {
		a.install.by = by
		a.stopInstall(bot.InstallCancelled, why)
	}
}

func (a *actor) stopInstall(outcome bot.InstallOutcome, why string) {
	in := a.install
	if in.Stopping() {
		return
	}
	in.Outcome, in.Reason = outcome, clean(why)
	told := a.record(Change{InstallStop: &InstallOutcome{ID: in.Run, Outcome: outcome, Reason: in.Reason}})
	if !in.launching {
		a.s.launches.Go(func() { // stored first: killed in between, Botswain would not know why it ended
			a.s.awaitStored(context.Background(), told.stored)
			a.tell(func(a *actor) {
				if a.install == in {
					a.signalInstall("SIGTERM", installGrace)
				}
			})
		})
	}
	a.showInstall()
}

// signalInstall sends a signal to all its processes, and looks after them.
func (a *actor) signalInstall(signal string, grace time.Duration) {
	in := a.install
	in.timer.set(a, grace+insist, func(a *actor) {
		if a.install == in {
			a.s.log.Warn("an installation still lives after its grace; killing it again", "bot", a.def.ID)
			a.signalInstall("SIGKILL", 0)
		}
	})
	ctx, cancel := context.WithTimeout(context.Background(), insist)
	defer cancel()
	if err := a.s.backend.Stop(ctx, in.Run, signal, grace); err != nil {
		a.s.log.Error("an installation could not be signalled", "bot", a.def.ID, "signal", signal, "err", err)
	}
}

// adoptInstall takes over one that went on while Botswain was away.
func (a *actor) adoptInstall(inst runner.Instance, i StoredInstall) {
	a.install = &installation{StoredInstall: i, by: event.Actor(i.By), answer: func(error) {}}
	a.note(inst.Run, noteInfo, "Botswain is back; the installation went on.")
	if i.Stopping() {
		a.signalInstall("SIGTERM", installGrace)
	} else {
		a.awaitInstall()
	}
	a.showInstall()
}

// installEnded is the backend's word that nothing of it is left.
func (a *actor) installEnded(e runner.Ended) {
	in := a.install
	if in.launching {
		in.early = &e
		return
	}
	exit := e.Exit
	if exit.At.IsZero() {
		exit.At = time.Now()
	}
	in.end(exit)
	a.s.logs.Finish(in.Run)
	level := noteError
	switch in.Outcome {
	case bot.Installed:
		level = noteInfo
	case bot.InstallCancelled, bot.InstallUnknown:
		level = noteWarn
	}
	a.closeInstall(in, level)
}

// closeInstall leaves it behind, and lets go on what waited for it.
func (a *actor) closeInstall(in *installation, level int) {
	in.timer.stop()
	change := in.closed(in.Run)
	change.Event.Actor = in.by
	if in.Outcome != bot.InstallCancelled {
		change.Event.Actor = event.Botswain
	}
	a.note(in.Run, level, in.words()+".")
	a.record(change)
	i := in.Install
	a.install, a.st.Install = nil, &i
	a.show()
	if in.then != nil && !a.closing && !a.retired {
		in.then(a)
	}
}
