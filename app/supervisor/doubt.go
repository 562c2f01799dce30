package supervisor

import (
	"slices"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
)

// Doubt has a run that is up count as unresponsive for a reason that is found outside of it, until
// Clear with the reason's ID; one that still starts does so when it is up. It is for what a platform or
// the output says; what the bot's own health check finds stays apart from it. With health.restart the
// bot is restarted. Doubts about a run that is over, or is being stopped, are dropped; so are all of
// them with their run, and when Botswain ends.
func (s *Supervisor) Doubt(id bot.ID, run bot.RunID, why bot.Cause) {
	why = cleanCause(why)
	s.about(id, run, func(a *actor, r *process) { a.doubt(r, why) })
}

// Clear takes a doubt back.
func (s *Supervisor) Clear(id bot.ID, run bot.RunID, reason string) {
	s.about(id, run, func(a *actor, r *process) { a.believe(r, reason) })
}

// Remark tells of something about a run that a person should know and that changes nothing yet: an
// event, and a line in the bot's log with what to do.
func (s *Supervisor) Remark(id bot.ID, run bot.RunID, what bot.Cause) {
	what = cleanCause(what)
	s.about(id, run, func(a *actor, r *process) {
		a.record(Change{Event: a.happened(event.BotWarning, event.Botswain, what.Title)})
		a.note(r.id, noteWarn, what.Title+". "+what.Remedy)
	})
}

// about has do run on the actor's goroutine if the run isn't over or about to be.
func (s *Supervisor) about(id bot.ID, run bot.RunID, do func(*actor, *process)) {
	s.mu.Lock()
	a, ok := s.actors[id]
	s.mu.Unlock()
	if !ok {
		return
	}
	a.tell(func(a *actor) {
		if r := a.run; r != nil && r.id == run && a.st.State != bot.Stopping {
			do(a, r)
		}
	})
}

func (a *actor) doubt(run *process, why bot.Cause) {
	w := &run.watch
	if slices.ContainsFunc(w.doubts, func(c bot.Cause) bool { return c.ID == why.ID }) {
		return
	}
	w.doubts = append(w.doubts, why)
	if a.st.State == bot.Running {
		a.unresponsive(run, why.Title, &why)
	}
}

// believe takes a doubt back. The bot is well again when nothing else is held against it.
func (a *actor) believe(run *process, reason string) {
	w := &run.watch
	w.doubts = slices.DeleteFunc(w.doubts, func(c bot.Cause) bool { return c.ID == reason })
	a.reconsider(run)
}

// doubtful has a bot that came up count as unresponsive if there were doubts before.
func (a *actor) doubtful(run *process) {
	if a.run == run && a.st.State == bot.Running && len(run.watch.doubts) > 0 {
		why := run.watch.doubts[0]
		a.unresponsive(run, why.Title, &why)
	}
}

// reconsider gives an unresponsive bot the reason that is left, or has it count as well.
func (a *actor) reconsider(run *process) {
	if a.run != run || a.st.State != bot.Unresponsive {
		return
	}
	switch w := &run.watch; {
	case w.silent == "" && len(w.doubts) == 0:
		a.responsive(run)
	case len(w.doubts) > 0:
		why := w.doubts[0]
		a.st.Reason, a.st.Doubt = why.Title, &why
		a.show()
	default:
		a.st.Reason, a.st.Doubt = w.silent, nil
		a.show()
	}
}

func cleanCause(c bot.Cause) bot.Cause {
	return bot.Cause{ID: c.ID, Title: clean(c.Title), Explanation: clean(c.Explanation), Remedy: clean(c.Remedy), Fatal: c.Fatal}
}
