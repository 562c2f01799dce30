package crew

import (
	"context"
	"os"
	"os/exec"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/runtimes"
)

// Look says what is in a directory and how a bot in it could be run. A directory that isn't there or
// can't be read is a fault.Invalid at "dir".
func (s *Service) Look(dir string) (runtimes.Proposal, error) {
	if wrong := wrongDir(dir); wrong != "" {
		return runtimes.Proposal{}, &fault.Error{Code: fault.Invalid, Message: wrong, Fields: map[string]string{"dir": wrong}}
	}
	p, err := runtimes.Detect(os.DirFS(dir), exec.LookPath)
	if err != nil {
		const wrong = "Botswain may not read this directory. Change its permissions, or choose another."
		f := fault.Wrap(err, fault.Invalid, wrong)
		f.Fields = map[string]string{"dir": wrong}
		return p, f
	}
	return p, nil
}

// Installable says whether there is something to install in a directory. It looks there.
func (s *Service) Installable(dir string) bool {
	p, err := s.Look(dir)
	return err == nil && p.Install != nil
}

// Install installs what a bot needs, by what is in its directory now; it answers when that has
// begun. A bot whose directory asks for nothing, or needs a program that isn't there, is a
// fault.Invalid; one that is up, or is being installed already, a fault.Conflict.
func (s *Service) Install(ctx context.Context, by event.Actor, id bot.ID) (View, error) {
	b, err := s.find(ctx, id)
	if err != nil {
		return View{}, err
	}
	if s.roll.isLeaving(id) {
		return View{}, leavingFault()
	}
	p, err := s.Look(b.Dir)
	if err != nil {
		return View{}, err
	}
	if p.Install == nil {
		return View{}, fault.New(fault.Invalid, "There is nothing to install: the bot's directory has no list of what it needs.")
	}
	for _, x := range p.Missing() {
		return View{}, fault.New(fault.Invalid, "%s is not on this machine: install %s, then try again.", x.Name, x.Package)
	}
	st, err := s.supervisor.Install(ctx, id, runtimes.Words(p.Install), runtimes.Script(p.Install), by)
	if err != nil {
		return View{}, err
	}
	v := s.view(b)
	v.Status = st
	return v, nil
}

// CancelInstall stops the installation that is under way; none is a fault.Conflict.
func (s *Service) CancelInstall(ctx context.Context, by event.Actor, id bot.ID) (View, error) {
	b, err := s.find(ctx, id)
	if err != nil {
		return View{}, err
	}
	st, err := s.supervisor.CancelInstall(ctx, id, by)
	if err != nil {
		return View{}, err
	}
	v := s.view(b)
	v.Status = st
	return v, nil
}
