package faults

import "time"

// actionFaults are what impatient people do.
func actionFaults() []fault {
	return []fault{
		{family: "actions", name: "actions at random", weight: 4, do: func(v *voyage) func() {
			enough := time.Now().Add(patience)
			for range 5 + v.dice.IntN(15) {
				if time.Now().After(enough) {
					break
				}
				v.someAction()
				v.pause(80)
			}
			return nil
		}},
		{family: "actions", name: "restart of all", weight: 1, do: func(v *voyage) func() { return v.all("restart") }},
		{family: "actions", name: "stop of all, start of all", weight: 1, do: func(v *voyage) func() {
			v.all("stop")
			v.pause(1500)
			return v.all("start")
		}},
		{family: "actions", name: "bots deleted", weight: 2, do: func(v *voyage) func() {
			for range 1 + v.dice.IntN(3) {
				h := v.crew[v.dice.IntN(len(v.crew))]
				if v.paused {
					break
				}
				v.note("delete %s: %s", h.name, v.discharge(h))
			}
			return nil
		}},
		{family: "actions", name: "start of all", weight: 2, do: func(v *voyage) func() { return v.all("start") }},
	}
}

// patience is how long a row of actions may take: without a database each may wait for seconds.
const patience = 6 * time.Second

func (v *voyage) all(action string) func() {
	enough := time.Now().Add(patience)
	for _, h := range v.crew {
		if time.Now().After(enough) {
			break
		}
		v.act(h, action)
	}
	return nil
}

// someAction does any action with any bot; starts are more frequent, or soon nobody would be up.
func (v *voyage) someAction() {
	actions := []string{"start", "start", "start", "restart", "restart", "stop", "kill"}
	v.act(v.crew[v.dice.IntN(len(v.crew))], actions[v.dice.IntN(len(actions))])
}

func (v *voyage) act(h *hand, action string) {
	if v.paused { // nobody would answer
		return
	}
	v.note("%s %s: %s", action, h.name, v.order(h, action, v.databaseAway))
}
