package faults

import (
	"fmt"
	"time"
)

// processLimit is what a bomb may have.
const processLimit = 24

// bombFaults let a fork bomb loose, where something holds it.
func bombFaults() []fault {
	return []fault{{family: "bomb", name: "fork bomb", weight: 2, do: bomb, needs: func(v *voyage) bool { return v.limits }}}
}

func bomber(name string) character {
	return character{
		name: name, args: []string{name}, lasts: true, hired: true,
		more: fields{"limits": fields{"processes": processLimit}, "stop": fields{"timeout": "300ms"}},
	}
}

// probeBomb finds out with a bot that forks a lot, but not for ever, whether a limit holds.
func (v *voyage) probeBomb() {
	h, err := v.sign(bomber("crowd"))
	if err != nil {
		v.t.Log("the number of a bot's processes can't be limited: no fork bombs")
		return
	}
	v.crew = append(v.crew, h)
	v.order(h, "start", false)
	most := v.mostProcesses(h, 3*time.Second)
	v.limits = most > 1 && most <= processLimit
	v.note("delete the crowd (%d processes at most): %s", most, v.discharge(h))
	if !v.limits {
		v.t.Logf("nothing limits the number of a bot's processes here (%d of %d): no fork bombs", most, processLimit)
	}
}

// mostProcesses watches a bot for a while.
func (v *voyage) mostProcesses(h *hand, long time.Duration) int {
	most := 0
	poll(v.t.Context(), long, func() error {
		n := 0
		for _, tree := range v.trees()[h.id] {
			n += len(tree)
		}
		most = max(most, n)
		return fmt.Errorf("go on watching")
	})
	return most
}

func bomb(v *voyage) func() {
	if v.paused || v.databaseAway || !v.running() {
		return nil
	}
	h, err := v.sign(bomber("bomb"))
	if err != nil {
		v.note("no bomb: %v", err)
		return nil
	}
	v.crew = append(v.crew, h)
	v.note("start the bomb: %s", v.order(h, "start", false))
	most := v.mostProcesses(h, 1500*time.Millisecond)
	v.note("%d processes at most", most)
	if most > processLimit+4 {
		v.t.Errorf("seed %d, round %d: a bomb has %d processes, and may have %d", *seed, v.round, most, processLimit)
	}
	return func() { v.note("delete the bomb: %s", v.discharge(h)) }
}
