package supervisor

import (
	"context"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/runner"
)

const (
	// InstallTime is how long an installation may take.
	InstallTime = 15 * time.Minute
	// installGrace is how long one that is told to stop may take for that.
	installGrace = 10 * time.Second
)

// Install runs what installs what a bot needs, script with /bin/sh -c; commands tell people of it. It runs in its directory, as its user, with its
// environment less all secrets. It answers when the process exists. While it runs the bot can't be
// started; a bot that is up, or waits to be, is a fault.Conflict, and so is one that is being
// installed already.
func (s *Supervisor) Install(ctx context.Context, id bot.ID, commands, script string, by event.Actor) (bot.Status, error) {
	a, err := s.actor(ctx, id)
	if err != nil {
		return bot.Status{}, err
	}
	if err := s.ask(ctx, a, func(a *actor, answer func(error)) { a.beginInstall(commands, script, by, answer) }); err != nil {
		return bot.Status{}, err
	}
	st, _ := s.Status(id)
	return st, nil
}

// CancelInstall stops an installation; it answers at once. Without one it is a fault.Conflict.
func (s *Supervisor) CancelInstall(ctx context.Context, id bot.ID, by event.Actor) (bot.Status, error) {
	a, err := s.actor(ctx, id)
	if err != nil {
		return bot.Status{}, err
	}
	err = s.ask(ctx, a, func(a *actor, answer func(error)) {
		if a.install == nil {
			answer(fault.New(fault.Conflict, "Nothing is being installed."))
			return
		}
		a.cancelInstall(by, "cancelled "+nameOf(by))
		answer(nil)
	})
	if err != nil {
		return bot.Status{}, err
	}
	st, _ := s.Status(id)
	return st, nil
}

func installingFault() error {
	return fault.New(fault.Conflict, "What the bot needs is being installed; start it when that is done, or cancel the installation.")
}

// spawnInstall runs on a goroutine of its own. Its row is stored before exec, whatever happens: the
// next Botswain must not take the process for the bot.
func (s *Supervisor) spawnInstall(def bot.Bot, begin Change, script string) (runner.Instance, error) {
	if err := s.storeInstall(begin); err != nil {
		return runner.Instance{}, err
	}
	ctx := context.Background() // an exec that is cut short could leave a process nobody knows
	env, err := s.installEnv(ctx, def, begin.Install.Run)
	if err != nil {
		return runner.Instance{}, err
	}
	return s.backend.Apply(ctx, runner.Start{
		Bot: def.ID, Run: begin.Install.Run, Command: []string{"/bin/sh", "-c", script}, Dir: def.Dir, Env: env, RunAs: def.RunAs,
	})
}

func (s *Supervisor) storeInstall(begin Change) error {
	if err := s.writer.MayStore(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), journalTimeout)
	defer cancel()
	if err := s.storage.Apply(ctx, []Change{begin}, nil); err != nil {
		return fault.Wrap(err, fault.Unavailable, "The database does not answer, and without it nothing is installed. Try again in a moment.")
	}
	return nil
}

// settleInstalls closes the rows of installations that ended while nobody looked. It answers the
// instances of those that go on, and the newest installation of each bot.
func (s *Supervisor) settleInstalls(f found) (living map[bot.ID]runner.Instance, newest map[bot.ID]*bot.Install) {
	living, newest = map[bot.ID]runner.Instance{}, map[bot.ID]*bot.Install{}
	alive := map[bot.RunID]bool{}
	for _, inst := range f.living {
		alive[inst.Run] = true
		if _, ok := f.memory.Installs[inst.Run]; ok {
			living[inst.Bot] = inst
		}
	}
	ends := map[bot.RunID]bot.Exit{}
	for _, p := range f.past {
		ends[p.Run] = p.Exit
	}
	for id, i := range f.memory.Installs {
		if i.Open() && !alive[id] {
			exit, known := ends[id]
			if !known || exit.At.IsZero() {
				exit = bot.Exit{At: s.lastSign(event.Run{ID: id, Bot: i.Bot, StartedAt: i.StartedAt})}
			}
			i.end(exit)
			s.journal.put(i.closed(id))
		}
		if n := newest[i.Bot]; n == nil || n.StartedAt.Before(i.StartedAt) {
			newest[i.Bot] = &i.Install
		}
	}
	return living, newest
}

// end notes how an installation ended.
func (i *StoredInstall) end(exit bot.Exit) {
	i.EndedAt = exit.At.Truncate(time.Microsecond)
	switch {
	case i.Outcome != bot.InstallOpen: // it was told to stop, and the reason is known
	case exit.Success() && !exit.OOM:
		i.Outcome, i.Reason = bot.Installed, ""
	case exit.Code == nil && exit.Signal == "":
		i.Outcome, i.Reason = bot.InstallUnknown, "it ended while Botswain was away"
	default:
		i.Outcome, i.Reason = bot.InstallFailed, exitWords(exit, 0)
	}
	i.Reason = clean(i.Reason)
}

// closed is the change that stores the end.
func (i *StoredInstall) closed(run bot.RunID) Change {
	e := &event.Event{At: i.EndedAt, Kind: event.BotInstallFailed, Bot: &i.Bot, Run: &run, Message: i.words()}
	if i.Outcome == bot.Installed {
		e.Kind = event.BotInstalled
	}
	return Change{Bot: i.Bot, InstallEnd: &InstallOutcome{ID: run, At: i.EndedAt, Outcome: i.Outcome, Reason: i.Reason}, Event: e}
}

// words tells the end in a sentence without its full stop.
func (i *StoredInstall) words() string {
	switch i.Outcome {
	case bot.Installed:
		return "Installed what it needs"
	case bot.InstallUnknown:
		return "How the installation ended isn't known: " + i.Reason
	case bot.InstallCancelled, bot.InstallOverdue:
		return "The installation was stopped: " + i.Reason
	}
	return "The installation failed: " + i.Reason
}
