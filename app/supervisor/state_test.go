package supervisor

import (
	"testing"

	"github.com/botswain/botswain/app/bot"
)

// Every pair of state and input is here or must be refused.
func TestStateTable(t *testing.T) {
	type pair struct {
		s  bot.State
		in input
	}
	legal := map[pair]bot.State{
		{bot.Stopping, inStop}:      bot.Stopping,
		{bot.Stopping, inEndedDown}: bot.Stopped,
		{bot.Stopping, inLaunch}:    bot.Starting,
		// Stopped because it had failed: not ready in time, unresponsive.
		{bot.Stopping, inEndedAgain}: bot.Waiting,
		{bot.Stopping, inEndedFail}:  bot.Crashed,
		{bot.Running, inDeaf}:        bot.Unresponsive,
		{bot.Unresponsive, inHeard}:  bot.Running,
		{bot.Waiting, inLaunch}:      bot.Starting,
		{bot.Waiting, inCancel}:      bot.Stopped,
		{bot.Waiting, inFatal}:       bot.Crashed,
	}
	for _, s := range []bot.State{bot.Stopped, bot.Crashed, bot.Exited} {
		legal[pair{s, inLaunch}] = bot.Starting
		legal[pair{s, inAdopt}] = bot.Starting
	}
	for _, s := range []bot.State{bot.Starting, bot.Running, bot.Unresponsive} {
		legal[pair{s, inUp}] = bot.Running
		legal[pair{s, inStop}] = bot.Stopping
		legal[pair{s, inEndedAgain}] = bot.Waiting
		legal[pair{s, inEndedLeft}] = bot.Exited
		legal[pair{s, inEndedFail}] = bot.Crashed
	}
	for _, s := range append(bot.States(), "nonsense") {
		for in := input(0); in <= inFatal+1; in++ {
			to, ok := next(s, in)
			want, legal := legal[pair{s, in}]
			if ok != legal || to != want {
				t.Errorf("next(%s, %d) = %q, %v; want %q, %v", s, in, to, ok, want, legal)
			}
		}
	}
}

// A page offers what State.Actions lists; each of those must have a way through the table.
func TestEveryActionHasAWay(t *testing.T) {
	for _, s := range bot.States() {
		for _, a := range s.Actions() {
			in := inStop
			switch {
			case a == bot.Start:
				in = inLaunch
			case s == bot.Waiting:
				in = inCancel
			}
			if _, ok := next(s, in); !ok {
				t.Errorf("%s is offered while %s, but the table has no way", a, s)
			}
		}
	}
}
