package faults

import (
	"os/exec"
	"syscall"
	"time"

	"github.com/botswain/botswain/app/e2e/faults/wreck"
)

const endSignal = syscall.SIGTERM

// botswainFaults end or stop Botswain itself.
func botswainFaults() []fault {
	return []fault{
		{family: "botswain", name: "kill -9 of Botswain", weight: 6, do: killBotswain},
		{family: "botswain", name: "kill -9 of Botswain again and again", weight: 3, do: killStarts},
		{family: "botswain", name: "SIGTERM of Botswain", weight: 3, do: stopBotswain},
		{family: "botswain", name: "SIGTERM of Botswain, bots left", weight: 3, do: leaveBots},
		{family: "botswain", name: "SIGSTOP of Botswain", weight: 3, do: pauseBotswain},
		{family: "botswain", name: "second Botswain", weight: 1, do: secondBotswain},
	}
}

// crash kills Botswain; what it had only in memory is lost.
func (v *voyage) crash() {
	v.signal(syscall.SIGKILL)
	<-v.gone
	v.forget()
}

// forget is for when Botswain has lost its memory: wishes that it couldn't store aren't known.
func (v *voyage) forget() {
	for _, h := range v.crew {
		if h.shaky {
			h.wish = ""
		}
	}
}

func killBotswain(v *voyage) func() {
	v.crash()
	return v.perhapsLater(func() { v.start() })
}

// perhapsLater does it now, or at the end of the round.
func (v *voyage) perhapsLater(do func()) func() {
	if v.dice.IntN(2) == 0 {
		v.pause(500)
		do()
		return nil
	}
	return do
}

// killStarts kills Botswain in the middle of its starts.
func killStarts(v *voyage) func() {
	for range 2 + v.dice.IntN(4) {
		v.crash()
		if v.dice.IntN(3) == 0 {
			signalMains(v)
		}
		v.start()
		v.pause(900)
		if v.dice.IntN(3) == 0 {
			signalMains(v)
		}
	}
	return nil
}

// stopBotswain ends it as an administrator would, with the bots.
func stopBotswain(v *voyage) func() {
	for _, h := range v.crew {
		h.touched = true
	}
	// Two of the three ways to end at a bad time: while it starts, and while it stops already.
	v.signal(endSignal)
	if v.dice.IntN(4) == 0 {
		v.pause(300)
		v.note("a second SIGTERM")
		v.signal(endSignal)
		v.awaitEndOrFail()
		v.forget()
	} else {
		v.awaitEndOrFail()
		v.forget()
		if left := v.botProcesses(); len(left) > 0 {
			v.t.Fatalf("seed %d, round %d: Botswain has ended, and of its bots are left: %+v", *seed, v.round, left)
		}
	}
	return v.perhapsLater(func() { v.start() })
}

func (v *voyage) awaitEndOrFail() {
	if err := v.awaitEnd(40 * time.Second); err != nil {
		v.t.Fatalf("seed %d, round %d: %v", *seed, v.round, err)
	}
}

// leaveBots ends it as an upgrade does: bots live on. The way of ending is a setting of the process,
// so it takes two starts.
func leaveBots(v *voyage) func() {
	v.crash()
	v.start("BOTSWAIN_ON_SHUTDOWN=leave")
	if poll(v.t.Context(), 5*time.Second, v.listening) != nil {
		v.note("not up in time to be ended")
	}
	v.pause(500)
	before := v.botProcesses()
	v.signal(endSignal)
	v.awaitEndOrFail()
	v.forget()
	alive := 0
	for _, p := range before {
		if p.Lives() {
			alive++
		}
	}
	v.note("left %d of %d processes", alive, len(before))
	return v.perhapsLater(func() { v.start() })
}

func pauseBotswain(v *voyage) func() {
	v.signal(syscall.SIGSTOP)
	return func() {
		v.pause(4000)
		v.signal(syscall.SIGCONT)
	}
}

// secondBotswain must be refused, and do no harm.
func secondBotswain(v *voyage) func() {
	cmd := exec.Command(built.botswain, "serve")
	cmd.Env = v.env
	out, err := cmd.CombinedOutput()
	if code := cmd.ProcessState.ExitCode(); code != 1 {
		v.t.Fatalf("seed %d, round %d: a second Botswain ended with %v, not 1:\n%s", *seed, v.round, err, out)
	}
	return nil
}

// botProcesses are all living processes of bots.
func (s *ship) botProcesses() []wreck.Process {
	var all []wreck.Process
	for _, p := range wreck.Find(s.mark) {
		if p.Bot != "" {
			all = append(all, p)
		}
	}
	return all
}
