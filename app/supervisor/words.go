package supervisor

import (
	"fmt"
	"strings"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
)

const (
	endedAway  = "ended while Botswain was away"
	endedBoot  = "ended by a restart of the machine"
	neverBegan = "Botswain ended before it was started"
)

// exitWords says how a process ended by itself. memoryMax is the limit that it had, in bytes; 0: none
// that is known of.
func exitWords(e bot.Exit, memoryMax int64) string {
	switch {
	case e.OOM && memoryMax > 0:
		return "out of memory: killed by the kernel at its limit of " + bot.SizeWords(memoryMax)
	case e.OOM:
		return "out of memory: killed by the kernel"
	case e.Signal != "":
		return "killed by " + e.Signal
	case e.Code != nil:
		return fmt.Sprintf("exit code %d", *e.Code)
	}
	return "ended, exit code unknown"
}

// nameOf names who did something, to go after a verb: "stopped by admin".
func nameOf(who event.Actor) string {
	if who == event.Botswain {
		return "by Botswain"
	}
	return "by " + clean(string(who))
}

func waitWords(d time.Duration) string {
	if d == 0 {
		return "at once"
	}
	return "in " + round(d)
}

// round makes a wait readable: tenths of seconds below ten seconds, else whole seconds.
func round(d time.Duration) string {
	switch {
	case d < 10*time.Millisecond:
		return d.Round(time.Millisecond).String()
	case d < 10*time.Second:
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}

// clean makes any text storable: reasons may quote a path, and paths are just bytes.
func clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
}

// refusal is the answer to an action that the state doesn't allow.
func refusal(s bot.State, a bot.Action) error {
	instead := ""
	switch s {
	case bot.Stopped, bot.Crashed, bot.Exited:
		instead = "start it instead"
	case bot.Starting, bot.Running, bot.Unresponsive:
		instead = "restart or stop it instead"
	case bot.Stopping:
		instead = "wait for its end or kill it"
	case bot.Waiting:
		instead = "start it now or stop it instead"
	}
	word := string(s)
	switch s {
	case bot.Crashed, bot.Exited:
		word = "not running (" + word + ")"
	case bot.Waiting:
		word = "waiting to be started again"
	}
	if !knownAction(a) {
		return fault.New(fault.Invalid, "There is no action %q: use start, stop, restart or kill.", string(a))
	}
	return fault.New(fault.Conflict, "The bot is %s; %s.", word, instead)
}

func knownAction(a bot.Action) bool {
	switch a {
	case bot.Start, bot.Stop, bot.Restart, bot.Kill:
		return true
	}
	return false
}
