package faults

import (
	"flag"
	"math"
	"time"

	"github.com/botswain/botswain/app/e2e/faults/wreck"
)

var skew = flag.Bool("faults.clock", false, "set the clock of the machine, too: needs root, and a machine on which nothing else minds")

// farthest is how far the clock goes wrong at most: over midnight and into another day's partition, both ways.
const farthest = 40 * time.Hour

// clockFaults set the clock of the machine, as a time server does after a long while without a network, or somebody
// by mistake. Some of it stays until the next of them: a clock that was wrong is set right in one step.
func clockFaults() []fault {
	asked := func(*voyage) bool { return *skew }
	return []fault{
		{family: "clock", name: "clock set forward", weight: 6, needs: asked, do: func(v *voyage) func() { return v.jump(1) }},
		{family: "clock", name: "clock set back", weight: 6, needs: asked, do: func(v *voyage) func() { return v.jump(-1) }},
		{family: "clock", name: "clock set to and fro", weight: 4, needs: asked, do: func(v *voyage) func() {
			for range 2 + v.dice.IntN(8) {
				v.jump(float64(1 - 2*v.dice.IntN(2)))
				v.pause(700)
			}
			return v.clockRight
		}},
		{family: "clock", name: "clock set right", weight: 3, needs: asked, do: func(v *voyage) func() { v.clockRight(); return nil }},
	}
}

// jump sets the clock wrong by a second to farthest, each order of magnitude as likely as the others.
func (v *voyage) jump(direction float64) func() {
	wrong := time.Duration(direction * math.Pow(farthest.Seconds(), v.dice.Float64()) * float64(time.Second))
	v.setClock(wrong)
	if v.dice.IntN(2) == 0 {
		return nil
	}
	return v.clockRight
}

func (v *voyage) clockRight() { v.setClock(0) }

func (v *voyage) setClock(wrong time.Duration) {
	v.note("the clock is wrong by %s", wrong)
	if err := v.clock.Skew(wrong); err != nil {
		v.t.Fatal(err)
	}
}

// takeClock remembers the right time before anything is set, for this process and for the janitor.
func (s *ship) takeClock() (forJanitor []string) {
	if !*skew {
		return nil
	}
	var err error
	if s.clock, err = wreck.RightClock(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		if err := s.clock.Skew(0); err != nil {
			s.t.Error(err)
		}
	})
	return []string{"clock=" + time.Duration(s.clock).String()}
}
