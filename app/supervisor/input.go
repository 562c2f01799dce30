package supervisor

import (
	"context"
	"errors"
	"strings"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
)

// Input writes one line to the standard input of a run of a bot, and records who did. run is the run
// that it is meant for; when another one goes on by now it is refused, for its answer would be to
// something else. The zero run is whichever goes on.
func (s *Supervisor) Input(ctx context.Context, id bot.ID, run bot.RunID, by event.Actor, line string) error {
	a, err := s.actor(ctx, id)
	if err != nil {
		return err
	}
	st, ok := s.Status(id)
	switch {
	case !ok:
		return noSuchBot()
	case !st.State.Alive() || st.PID == 0:
		return fault.New(fault.Conflict, "The bot is not running, so it can't read a line; start it first.")
	case run != bot.RunID{} && run != st.Run:
		return fault.New(fault.Conflict, "The bot was started again meanwhile, and the line was meant for the run before. Send it again if it still fits.")
	}
	// Before it is sent, so that it comes before what the bot answers.
	s.logs.Echo(id, st.Run, noteInfo, clean(inputMark+line))
	if err := s.backend.Attach(ctx, st.Run, line); err != nil {
		s.logs.Note(id, st.Run, noteWarn, unsentWords(err))
		return err
	}
	a.tell(func(a *actor) { a.typed(st.Run, by, line) })
	return nil
}

// unsentWords says why a line was not sent. Nothing of it was: the backend sends a line whole or not at all.
func unsentWords(err error) string {
	if f, ok := fault.As(err); ok {
		return "That line was not sent: " + strings.TrimSuffix(f.Message, ".") + "."
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return "That line was not sent: who sent it didn't wait until the bot had room for it."
	}
	return "That line was not sent: Botswain's own log says why."
}

// inputMark begins the log's line for a line that was sent to the bot.
const inputMark = "> "

// maxShown is how much of a long line the event repeats, in bytes; the log has all of it.
const maxShown = 500

func (a *actor) typed(run bot.RunID, by event.Actor, line string) {
	line = a.s.redact(a.def.ID, line)
	if len(line) > maxShown {
		line = line[:maxShown] + "…"
	}
	e := a.happened(event.BotInput, by, inputMark+line)
	e.Run = &run
	a.record(Change{Event: e})
}
