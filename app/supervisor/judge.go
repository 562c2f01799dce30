package supervisor

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
)

const (
	// judgeTime bounds what the judges of one end may take together.
	judgeTime = time.Second
	// judgeHold is how long a start waits to hear why the run before ended. Usually that is known before
	// the runner has prepared the start, and nothing waits.
	judgeHold = 100 * time.Millisecond
	// judgeLines is how many of the last lines of each stream judges get.
	judgeLines = 50
)

// Judge says why a run ended by itself, or nil when it doesn't know. It isn't asked about a run that
// somebody killed (SIGKILL, and memory didn't run out). It is asked on a goroutine of its
// own, while the bot already waits for its next start; a fatal cause found before that start executes
// anything prevents it. It must return soon after ctx ends, a second after the end. What takes long to
// find out, such as what a platform says, is a Gate's business.
type Judge func(ctx context.Context, e End) *bot.Cause

// End is an end that a Judge is asked about.
type End struct {
	Bot   bot.Bot // as it was when the run began
	Run   bot.RunID
	Exit  bot.Exit
	Lived time.Duration
	// Err is why no process came of the start; nil: there was one.
	Err error
	// Stdout and Stderr are the last lines of what it printed, oldest first.
	Stdout, Stderr []string
}

// Tail gives the last lines of runs; *logs.Service is the real one.
type Tail interface {
	// LastLines gives up to n lines of each stream of a run that has ended, oldest first, also those
	// that the log path hasn't come to yet. It doesn't wait for anybody.
	LastLines(id bot.ID, run bot.RunID, n int) (stdout, stderr []string)
}

// judging is what is being found out about one end.
type judging struct {
	done  chan struct{}
	cause *bot.Cause // may be read when done is closed; nil: it isn't recognised
}

// allows is the last thing that is asked before a process is made; the error is a turnedDown. What isn't
// known soon doesn't stop it.
func (j *judging) allows(ctx context.Context) error {
	if j == nil {
		return nil
	}
	limit := time.NewTimer(judgeHold)
	defer limit.Stop()
	select {
	case <-j.done:
		if j.cause != nil && j.cause.Fatal {
			return &turnedDown{cause: *j.cause, before: true}
		}
	case <-limit.C:
	case <-ctx.Done():
	}
	return nil
}

// recognise has the judges look at an end that was just recorded. The actor doesn't wait, and neither
// does a start that follows at once: that asks right before the process is made, and looking through a
// few lines takes less time than what the runner prepares meanwhile.
func (a *actor) recognise(run *process, e End) {
	a.judging = nil
	killed := e.Exit.Signal == "SIGKILL" && !e.Exit.OOM // from outside: nothing that it printed says why
	if len(a.s.judges) == 0 || e.Exit.Cause != nil || killed {
		return
	}
	j := &judging{done: make(chan struct{})}
	a.judging = j
	a.s.checks.Go(func() {
		j.cause = a.s.judge(e)
		close(j.done)
		if j.cause != nil {
			a.tell(func(a *actor) { a.recognised(run, j, e.Exit) })
		}
	})
}

func (s *Supervisor) judge(e End) *bot.Cause {
	ctx, cancel := context.WithTimeout(context.Background(), judgeTime)
	defer cancel()
	if s.tail != nil && e.Err == nil {
		e.Stdout, e.Stderr = s.tail.LastLines(e.Bot.ID, e.Run, judgeLines)
	}
	for _, judge := range s.judges {
		if c := judge(ctx, e); c != nil {
			// It may quote what was printed, and that was read as it is.
			words := func(text string) string { return clean(s.redact(e.Bot.ID, text)) }
			return &bot.Cause{
				ID: c.ID, Title: words(c.Title), Explanation: words(c.Explanation), Remedy: words(c.Remedy), Fatal: c.Fatal,
			}
		}
	}
	return nil
}

// recognised takes note of why a run ended, and corrects what was decided without knowing.
func (a *actor) recognised(run *process, j *judging, exit bot.Exit) {
	cause := *j.cause
	latest := a.st.LastExit != nil && a.st.LastExit.At.Equal(exit.At)
	change := Change{Cause: &RunCause{ID: run.id, Cause: cause}}
	var e *event.Event
	switch {
	case latest && cause.Fatal && a.st.State == bot.Waiting && a.judging == j:
		a.timer.stop()
		a.count = backoff{}
		a.move(inFatal, clean(cause.Title))
		e = a.happened(event.BotCrashed, event.Botswain, "Not started again: "+lowerFirst(cause.Title))
		a.note(run.id, noteError, e.Message+". "+cause.Remedy)
	case cause.Fatal && a.run != nil && a.run.launching && a.run.after == j:
		// The start under way finds it out, and says so.
	case a.known != cause.ID:
		e = a.happened(event.BotCause, event.Botswain, "The cause: "+lowerFirst(cause.Title))
		a.note(run.id, noteWarn, e.Message+". "+cause.Remedy)
	}
	a.known = cause.ID
	if e != nil {
		e.Run, change.Event = &run.id, e
	}
	if latest {
		a.explain(cause)
	}
	a.record(change)
	a.show()
}

// explain adds a cause to the end that the status shows. Others may hold the old value.
func (a *actor) explain(cause bot.Cause) {
	if a.st.LastExit == nil {
		return
	}
	exit := *a.st.LastExit
	exit.Cause = &cause
	a.st.LastExit = &exit
}

// lowerFirst lets a title follow a colon, unless it begins with a name.
func lowerFirst(s string) string {
	word, _, _ := strings.Cut(s, " ")
	switch word {
	case "A", "An", "The", "It", "Its", "No", "Not", "Another", "Too", "Out":
		r, n := utf8.DecodeRuneInString(s)
		return string(unicode.ToLower(r)) + s[n:]
	}
	return s
}
