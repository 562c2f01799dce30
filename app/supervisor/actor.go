package supervisor

import (
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/runner"
)

// actor owns one bot. Everything below mail and done belongs to its goroutine; methods with a
// receiver of actor run only there, except newActor, live and tell.
type actor struct {
	s    *Supervisor
	mail *mailbox
	done chan struct{} // closed when the goroutine has ended

	def     bot.Bot
	st      bot.Status
	rest    StoredState     // the last state without a process, as stored
	stored  <-chan struct{} // closed when all that was recorded until now is stored
	count   backoff
	crashes crashes
	judging *judging // of the latest end by itself; nil: none that an automatic start has to ask about
	known   string   // the id of the cause of the end before; not every one of a row needs an event
	plan    plan
	before  string   // why the latest run that is over ended
	run     *process // from the decision to start until the end was told
	install *installation
	timer   timer

	farewell farewell

	// together has the bots of an ActAll that is being done; inOrder has the next launch wait for what
	// the bot starts after; release ends a stop's wait for others, or for its being stored.
	together map[bot.ID]bool
	inOrder  bool
	release  func()

	again   bool // while Stopping: start again after the end
	ending  ending
	retired bool // to be deleted: nothing is started any more
	closing bool // Botswain stops: no actions any more, end when there is no process
	leaving bool // with closing: end without touching the process
	over    bool // leave the loop
	waiters []func()
}

// process is one run of the bot, from before its exec.
type process struct {
	id        bot.RunID
	def       bot.Bot // as it was when the run began: how to stop it follows this one
	launching bool    // the launcher hasn't reported yet
	born      bool    // there is, or was, a real process
	cause     string
	needs     []bot.ID // what is to be up before it is executed
	over      int      // samples in a row over the soft memory limit
	cancel    func()   // takes the launch back if nothing was executed yet
	begun     time.Time
	early     *runner.Ended // the end overtook the launcher's report
	after     *judging      // what is found out about the end before; nil: it doesn't matter
	admission *admission    // nil: nobody is asked
	watch     watch
}

// ending is why a process is being stopped.
type ending struct {
	why     string // "stopped by admin"
	by      event.Actor
	signal  string
	grace   time.Duration
	inOrder bool // the start after it waits for others
	hold    holding
	cause   string // of the run after it, if there is one; "": a person's restart
}

func newActor(s *Supervisor, def bot.Bot, mem StoredState) *actor {
	if mem.State == "" {
		mem.State, mem.At = bot.Stopped, def.CreatedAt
	}
	a := &actor{s: s, mail: newMailbox(), done: make(chan struct{}), def: def, rest: mem}
	a.st = bot.Status{
		ID: def.ID, State: mem.State, Since: mem.At, Reason: mem.Reason, Desired: mem.Desired, Restarts: mem.Restarts,
	}
	a.reschedule()
	return a
}

// live is the goroutine.
func (a *actor) live() {
	defer close(a.done)
	for !a.over {
		if m := a.mail.take(); m != nil {
			m(a)
			continue
		}
		<-a.mail.poke
	}
	a.bidFarewell()
	a.free()
	a.timer.stop()
	if a.run != nil {
		a.run.watch.end()
	}
	a.plan.timer.stop()
	if a.install != nil {
		a.install.timer.stop()
	}
	a.crashes.quiet.stop()
	a.mail.close()
}

// tell has m run on the actor's goroutine; false: it has ended.
func (a *actor) tell(m message) bool { return a.mail.put(m) }

// move takes the state through the table. A step that the table doesn't have is a bug: it is
// logged and not taken.
func (a *actor) move(in input, reason string) bool {
	to, ok := next(a.st.State, in)
	if !ok {
		a.s.log.Error("a bot's state can't take this step", "bot", a.def.ID, "state", a.st.State, "input", in)
		return false
	}
	if to != a.st.State {
		a.st.Since = now()
	}
	a.st.State, a.st.Reason = to, reason
	a.st.NextStartAt, a.st.KillAt, a.st.Doubt = time.Time{}, time.Time{}, nil
	switch to {
	case bot.Stopped, bot.Crashed, bot.Exited:
		a.rest.State, a.rest.Reason, a.rest.At = to, reason, a.st.Since
	}
	return true
}

// show publishes the status.
func (a *actor) show() {
	a.st.Revision++
	a.s.board.set(a.st)
	if a.run == nil && a.install == nil {
		for _, w := range a.waiters {
			w()
		}
		a.waiters = nil
		if a.closing {
			a.over = true
		}
	}
}

// record queues a change for the database.
func (a *actor) record(c Change) receipt { return a.recordTo(a.s.journal.put, c) }

func (a *actor) recordTo(put func(Change) receipt, c Change) receipt {
	c.Bot = a.def.ID
	a.rest.Desired, a.rest.Restarts = a.st.Desired, a.st.Restarts
	rest := a.rest
	c.State = &rest
	r := put(c)
	a.stored = r.stored
	return r
}

// happened makes the event for a change.
func (a *actor) happened(kind event.Kind, by event.Actor, message string) *event.Event {
	id := a.def.ID
	e := &event.Event{At: now(), Kind: kind, Bot: &id, Actor: by, Message: clean(message)}
	if a.run != nil {
		run := a.run.id
		e.Run = &run
	}
	return e
}

// note adds a line to the bot's log; run may be gone already.
func (a *actor) note(run bot.RunID, level int, text string) {
	a.bidFarewell()
	a.s.logs.Note(a.def.ID, run, level, clean(text))
}

// act is an action of a person.
func (a *actor) act(action bot.Action, by event.Actor) error {
	switch {
	case a.closing:
		return closingFault()
	case !a.st.State.Allows(action) || !knownAction(action):
		return refusal(a.st.State, action)
	case a.retired && action != bot.Kill:
		return fault.New(fault.Conflict, "The bot is being deleted.")
	case a.install != nil && action == bot.Start:
		return installingFault()
	}
	if action == bot.Start || action == bot.Restart {
		if err := a.s.writer.MayStart(); err != nil {
			return err
		}
	}
	switch action {
	case bot.Start:
		a.inOrder = a.together != nil
		a.startAnew("manual", by)
	case bot.Stop:
		a.wantDown(by, "stopped "+nameOf(by))
	case bot.Restart:
		a.st.Desired = bot.Up
		a.again = true
		a.stop(a.asked("restarted "+nameOf(by), by))
	case bot.Kill:
		// A kill of a restart that takes too long hastens it; the wish to be up stays.
		if a.st.State != bot.Stopping {
			a.st.Desired = bot.Down
			a.again = false
		}
		a.stop(ending{why: "killed " + nameOf(by), by: by, signal: "SIGKILL"})
	}
	return nil
}

// wantDown stops the process or ends the wait, and keeps the bot down.
func (a *actor) wantDown(by event.Actor, why string) {
	a.st.Desired = bot.Down
	a.again = false
	if a.run != nil {
		a.stop(a.asked(why, by))
		return
	}
	if a.st.State == bot.Waiting {
		a.timer.stop()
		a.move(inCancel, why)
		a.record(Change{Event: a.happened(event.BotStopped, by, "Stopped while waiting, "+nameOf(by))})
		a.show()
	}
}

// retire keeps the bot down until it is deleted or a Put takes it back; done is called when it has no
// process any more.
func (a *actor) retire(by event.Actor, done func()) {
	a.retired = true
	if a.run == nil && a.install == nil && a.st.State != bot.Waiting {
		done()
		return
	}
	a.cancelInstall(by, "cancelled because the bot is deleted")
	a.waiters = append(a.waiters, done)
	why := "stopped to be deleted " + nameOf(by)
	switch {
	case a.st.State != bot.Stopping:
		a.wantDown(by, why)
	case a.st.Desired != bot.Down: // a restart is under way
		a.st.Desired, a.again = bot.Down, false
		a.st.Reason, a.ending.why = why, why
		a.record(Change{})
		a.show()
	}
}

// asked is an ending by the policy of the definition that the process was started with. Without
// any grace the signal could do nothing but race the kill.
func (a *actor) asked(why string, by event.Actor) ending {
	stop := a.def.Stop
	if a.run != nil {
		stop = a.run.def.Stop
	}
	if stop.Timeout == 0 {
		stop.Signal = "SIGKILL"
	}
	e := ending{why: why, by: by, signal: stop.Signal, grace: stop.Timeout, inOrder: a.together != nil}
	if a.together != nil {
		e.hold = a.heldBy(func(id bot.ID) bool { return a.together[id] })
	}
	return e
}

func closingFault() error {
	return fault.New(fault.Unavailable, "Botswain is stopping; try again when it is back.")
}

// now is the time as Postgres keeps it, so that a repeated write is the same write.
func now() time.Time { return time.Now().Truncate(time.Microsecond) }

// deadline is so far from now. Unlike now it can be compared with time.Since while the clock is set.
func deadline(d time.Duration) time.Time { return time.Now().Add(d) }
