package supervisor

import (
	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/runner"
)

// outcomeOf is what an exit alone says of how a run ended.
func outcomeOf(e bot.Exit) bot.Outcome {
	switch {
	case e.Success() && !e.OOM:
		return bot.EndExited
	case e.Reason == endedBoot || e.Reason == neverBegan:
		return bot.EndInterrupted
	case e.Code == nil && e.Signal == "" && e.Cause == nil:
		return bot.EndUnseen
	}
	return bot.EndCrashed
}

// outcome is how a run ended that nobody saw the end of: a bot that should be down was being stopped.
func (f found) outcome(id bot.ID, e bot.Exit) bot.Outcome {
	if f.memory.States[id].Desired == bot.Down {
		return bot.EndStopped
	}
	return outcomeOf(e)
}

// unseenCause has the judges look at what a run left that ended while Botswain was away, before the log
// path takes it. It decides nothing.
func (s *Supervisor) unseenCause(f found, p runner.Past, b bot.Bot) *bot.Cause {
	if len(s.judges) == 0 || f.elsewhen(p.BootID) || f.memory.States[p.Bot].Desired == bot.Down {
		return nil
	}
	return s.judge(End{Bot: b, Run: p.Run, Exit: p.Exit})
}
