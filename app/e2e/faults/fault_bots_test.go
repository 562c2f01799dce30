package faults

import (
	"slices"
	"syscall"
	"time"

	"github.com/botswain/botswain/app/e2e/faults/wreck"
)

// botFaults hurt the bots' processes.
func botFaults() []fault {
	return []fault{
		{family: "bots", name: "signals to main processes", weight: 5, do: signalMains},
		{family: "bots", name: "signals to any processes", weight: 3, do: signalAny},
		{family: "bots", name: "kill of all bots", weight: 1, do: killAll},
		{family: "bots", name: "SIGSTOP of bots", weight: 3, do: pauseBots},
		{family: "bots", name: "action on stopped processes", weight: 2, do: actOnPaused},
	}
}

// deadly are signals that end a bot, and some that it may well survive. Those that have the Go
// runtime print a trace are left out: a trace is no numbered line.
var deadly = []syscall.Signal{syscall.SIGKILL, syscall.SIGKILL, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGPIPE}

// some gives each of the processes with the chance of one in n.
func (v *voyage) some(all []wreck.Process, n int) []wreck.Process {
	var few []wreck.Process
	for _, p := range all {
		if v.dice.IntN(n) == 0 {
			few = append(few, p)
		}
	}
	return few
}

// mains are the first processes of runs, and daemons that are nobody's children any more.
func (v *voyage) mains() []wreck.Process {
	all := v.botProcesses()
	run := map[int]string{}
	for _, p := range all {
		run[p.PID] = p.Run
	}
	return slices.DeleteFunc(all, func(p wreck.Process) bool { return !p.Leader || run[p.Parent] == p.Run })
}

func (v *voyage) touch(id string) *hand {
	for _, h := range v.crew {
		if h.id == id {
			h.touched = true
			return h
		}
	}
	return &hand{}
}

func (v *voyage) hit(p wreck.Process, sig syscall.Signal) {
	h := v.touch(p.Bot)
	if p.Lives() {
		v.note("%s to %s (pid %d)", sig, h.name, p.PID)
		syscall.Kill(p.PID, sig)
	}
}

func signalMains(v *voyage) func() {
	for _, p := range v.some(v.mains(), 3) {
		v.hit(p, deadly[v.dice.IntN(len(deadly))])
	}
	return nil
}

func signalAny(v *voyage) func() {
	for _, p := range v.some(v.botProcesses(), 3) {
		v.hit(p, deadly[v.dice.IntN(len(deadly))])
	}
	return nil
}

func killAll(v *voyage) func() {
	for _, p := range v.botProcesses() {
		v.hit(p, syscall.SIGKILL)
	}
	return nil
}

// pauseBots stops processes for a while. A stopped process is still there: nothing else may happen.
func pauseBots(v *voyage) func() {
	few := v.some(v.botProcesses(), 4)
	for _, p := range few {
		v.hit(p, syscall.SIGSTOP)
	}
	return func() {
		v.pause(1500)
		goOn(few)
	}
}

func goOn(all []wreck.Process) {
	for _, p := range all {
		if p.Lives() {
			syscall.Kill(p.PID, syscall.SIGCONT)
		}
	}
}

// actOnPaused stops or restarts bots whose processes are stopped.
func actOnPaused(v *voyage) func() {
	few := v.some(v.mains(), 4)
	for _, p := range few {
		v.hit(p, syscall.SIGSTOP)
	}
	time.Sleep(10 * time.Millisecond)
	for _, p := range few {
		h := v.touch(p.Bot)
		v.act(h, []string{"stop", "restart"}[v.dice.IntN(2)])
	}
	return func() { goOn(few) }
}
