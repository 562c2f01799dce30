package supervisor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
)

// gateTime bounds what all gates together may take; then the start goes on as if they had let it.
const gateTime = 5 * time.Second

// Gate says whether a start may go on. It is asked for the launcher, when the start is queued for the
// database and those that it waits for are up, before it takes its turn: a slow gate holds up only its
// own start. It must return soon after ctx ends (which is when the start is taken back, or five
// seconds after the first gate was asked); an answer that comes later is dropped, but for Release.
type Gate func(ctx context.Context, s Starting) Answer

// Starting is a start that a Gate is asked about.
type Starting struct {
	Bot bot.Bot
	Run bot.RunID
	// Cause is why it is started, as in event.Run: "manual", "restart", "crash", …
	Cause string
	By    event.Actor
}

// ByPerson says whether somebody asked for this start.
func (s Starting) ByPerson() bool { return byPerson(s.Cause) }

// Answer is a Gate's. The zero Answer lets the start go on.
type Answer struct {
	// Refused is why there is no start. A fatal one, and any for a start by a person, leaves the bot
	// Crashed; otherwise it is tried again as the restart policy has it. It is the answer to the person, too.
	Refused *bot.Cause
	// Until puts the start off: the bot is Waiting until then, and the gates are asked again. Why says
	// why, in a few words, without a full stop. Zero, or over: it isn't put off.
	Until time.Time
	Why   string
	// Release is called once when the run is over, or when no process came of it; nil: nothing to do.
	// It must not block. When Botswain ends and leaves the bot running it isn't called.
	Release func()
}

// admission is what the gates say to one start. Until done is closed it belongs to the launcher, and
// then to the actor.
type admission struct {
	by       event.Actor
	done     chan struct{}
	refused  *bot.Cause
	releases []func()
}

// turnedDown is a start that isn't to be: by a gate, or because of why the run before ended.
type turnedDown struct {
	cause bot.Cause
	// before says that the cause is that of the run before.
	before bool
}

func (e *turnedDown) Error() string { return "refused: " + e.cause.Title }

// putOff is a start that is to be later.
type putOff struct {
	until time.Time
	why   string
}

func (e *putOff) Error() string { return "put off: " + e.why }

// admit asks the gates whether a start may go on. The error is errTakenBack, a turnedDown or a putOff.
func (s *Supervisor) admit(ctx context.Context, run *process) error {
	if run.admission == nil {
		return nil
	}
	defer close(run.admission.done)
	asking, cancel := context.WithTimeout(ctx, gateTime)
	defer cancel()
	about := Starting{Bot: run.def, Run: run.id, Cause: run.cause, By: run.admission.by}
	for _, gate := range s.gates {
		answer, ok := s.askGate(asking, gate, about)
		switch {
		case ctx.Err() != nil:
			answer.release()
			return errTakenBack
		case !ok:
			s.log.Warn("what must be asked before a start didn't answer; the start goes on", "bot", run.def.ID, "name", run.def.Name)
			return nil
		}
		if answer.Release != nil {
			run.admission.releases = append(run.admission.releases, answer.Release)
		}
		switch {
		case answer.Refused != nil:
			run.admission.refused = answer.Refused
			return &turnedDown{cause: *answer.Refused}
		case answer.Until.After(time.Now()):
			return &putOff{until: answer.Until, why: answer.Why}
		}
	}
	return nil
}

// askGate asks one; false: it didn't answer in time.
func (s *Supervisor) askGate(ctx context.Context, gate Gate, about Starting) (Answer, bool) {
	answers := make(chan Answer)
	s.checks.Go(func() {
		answer := gate(ctx, about)
		select {
		case answers <- answer:
		case <-ctx.Done():
			answer.release()
		}
	})
	select {
	case answer := <-answers:
		return answer, true
	case <-ctx.Done():
		return Answer{}, false
	}
}

func (a Answer) release() {
	if a.Release != nil {
		a.Release()
	}
}

// release tells the gates that the run is over.
func (a *admission) release() {
	if a == nil {
		return
	}
	for _, release := range a.releases {
		release()
	}
	a.releases = nil
}

// asksNow is the admission that the answer to an action can wait for; nil when nobody is asked, or not before others are
// up, or what is left of the last run is gone.
func (a *actor) asksNow(action bot.Action) *admission {
	if action != bot.Start || a.run == nil || len(a.run.needs) > 0 || a.s.remains.hold(a.def.ID) {
		return nil
	}
	return a.run.admission
}

// await waits for what the gates say, as long as they may take at most, and answers a refusal as an error for a
// person.
func (a *admission) await(ctx context.Context) error {
	if a == nil {
		return nil
	}
	limit := time.NewTimer(gateTime)
	defer limit.Stop()
	select {
	case <-a.done:
	case <-limit.C:
	case <-ctx.Done():
	}
	select {
	case <-a.done: // also when the time was over before anyone asked here
		if c := a.refused; c != nil {
			return fault.Wrap(bot.ErrRefused, fault.Conflict, "It was not started: %s. %s", lowerFirst(c.Title), c.Remedy)
		}
	default:
	}
	return nil
}

// turnedAway handles a start that was refused or put off; false: err is something else.
func (a *actor) turnedAway(err error) bool {
	var down *turnedDown
	var off *putOff
	switch {
	case a.st.State != bot.Starting: // it was told to stop meanwhile, and that comes first
		return false
	case errors.As(err, &down) && down.before:
		a.st.Restarts-- // it wasn't one
		a.notAgain(down.cause)
	case errors.As(err, &down):
		exit := bot.Exit{At: now(), Reason: clean("not started: " + lowerFirst(down.cause.Title)), Cause: &down.cause}
		a.st.LastExit = &exit
		run := a.run
		a.finish(exit, -1, down.cause.Fatal || byPerson(run.cause), err)
		a.note(run.id, noteInfo, down.cause.Remedy)
	case errors.As(err, &off):
		a.laterThen(off)
	default:
		return false
	}
	return true
}

// notAgain leaves a bot down whose start was under way when it was found that it can't help. LastExit
// stays that of the run before.
func (a *actor) notAgain(cause bot.Cause) {
	run := a.run
	exit := bot.Exit{At: now(), Reason: clean("not started again: " + lowerFirst(cause.Title)), Cause: &cause}
	a.count, a.known = backoff{}, cause.ID
	a.explain(cause)
	a.move(inEndedFail, clean(cause.Title))
	text := endWords(run, exit)
	a.close(run, Change{End: &RunEnd{ID: run.id, Exit: exit, Outcome: bot.EndStopped}, Event: a.happened(event.BotCrashed, event.Botswain, text)}, false)
	a.lastWords(run, noteError, text)
	a.note(run.id, noteInfo, cause.Remedy)
	a.show()
}

// laterThen has the bot wait. It is neither a failure nor a restart.
func (a *actor) laterThen(off *putOff) {
	run, wait := a.run, time.Until(off.until)
	exit := bot.Exit{At: now(), Reason: clean("put off: " + lowerFirst(off.why))}
	a.move(inEndedAgain, clean(off.why))
	a.st.NextStartAt = off.until
	text := fmt.Sprintf("Put off for %s: %s", round(wait), lowerFirst(off.why))
	a.close(run, Change{End: &RunEnd{ID: run.id, Exit: exit, Outcome: bot.EndStopped}, Event: a.happened(event.BotWaiting, event.Botswain, text)}, false)
	a.lastWords(run, noteWarn, text)
	a.judging = nil // it was heard
	a.timer.set(a, wait, func(a *actor) {
		if a.st.State == bot.Waiting {
			a.launch(run.cause, run.admission.by)
		}
	})
	a.show()
}
