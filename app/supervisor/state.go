package supervisor

import "github.com/botswain/botswain/app/bot"

// input is what can happen to a bot, after the policy has been asked: an end is one of four
// inputs, so that the table itself needs no conditions.
type input uint8

const (
	inLaunch     input = iota + 1 // a process is about to be started
	inAdopt                       // a living process was found when Botswain started
	inUp                          // it is ready
	inDeaf                        // it doesn't answer any more
	inHeard                       // it answers again
	inStop                        // it is told to stop: by stop, restart, kill, delete, or with Botswain
	inCancel                      // stop while there is no process: the wait is over
	inEndedDown                   // the process ended as it was told to
	inEndedAgain                  // it ended by itself (or couldn't be started) and will be started again
	inEndedLeft                   // it ended by itself with success and is left so
	inEndedFail                   // it ended by itself (or can't be started) and stays down
	inFatal                       // while it waits: why it ended is recognised, and starting again can't mend it
)

// next is the state table: the state after in, or false when in can't happen in that state.
func next(s bot.State, in input) (bot.State, bool) {
	to := bot.State("")
	switch s {
	case bot.Stopped, bot.Crashed, bot.Exited:
		switch in {
		case inLaunch, inAdopt:
			to = bot.Starting
		}
	case bot.Starting, bot.Running, bot.Unresponsive:
		switch in {
		case inUp:
			to = bot.Running
		case inDeaf:
			if s == bot.Running {
				to = bot.Unresponsive
			}
		case inHeard:
			if s == bot.Unresponsive {
				to = bot.Running
			}
		case inStop:
			to = bot.Stopping
		case inEndedAgain:
			to = bot.Waiting
		case inEndedLeft:
			to = bot.Exited
		case inEndedFail:
			to = bot.Crashed
		}
	case bot.Stopping:
		switch in {
		case inStop: // kill, or a shorter grace
			to = bot.Stopping
		case inEndedDown:
			to = bot.Stopped
		case inLaunch: // restart
			to = bot.Starting
		case inEndedAgain: // it was stopped because it had failed
			to = bot.Waiting
		case inEndedFail:
			to = bot.Crashed
		}
	case bot.Waiting:
		switch in {
		case inLaunch:
			to = bot.Starting
		case inCancel:
			to = bot.Stopped
		case inFatal:
			to = bot.Crashed
		}
	}
	return to, to != ""
}
