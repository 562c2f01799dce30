package faults

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// upgradeFaults have Botswain execute its program anew in the same process.
func upgradeFaults() []fault {
	able := func(v *voyage) bool { return v.upgrades }
	return []fault{
		{family: "botswain", name: "upgrade", weight: 5, do: upgrade, needs: able},
		{family: "botswain", name: "upgrade, killed in the middle", weight: 2, do: upgradeKilled, needs: able},
	}
}

const upgradeSignal = syscall.SIGUSR2

// landings counts how often the present process has said that it listens.
func (s *ship) landings() int {
	out, _ := os.ReadFile(filepath.Join(s.dir, "stdout"))
	return len(listening.FindAll(out, -1))
}

// probeUpgrade finds out whether this Botswain can do it: one that can't goes on as if nothing was.
func (v *voyage) probeUpgrade() {
	had := v.landings()
	v.signal(upgradeSignal)
	v.upgrades = poll(v.t.Context(), 5*time.Second, func() error {
		if !v.running() || v.landings() == had {
			return fmt.Errorf("no other Botswain")
		}
		return nil
	}) == nil
	if !v.upgrades {
		v.t.Log("this Botswain doesn't upgrade by a signal: left out")
	}
}

func upgrade(v *voyage) func() {
	for range 1 + v.dice.IntN(3) {
		had := v.landings()
		v.forget()
		v.signal(upgradeSignal)
		if v.dice.IntN(3) == 0 { // nobody waits for the end of one
			v.pause(400)
			continue
		}
		err := poll(v.t.Context(), 20*time.Second, func() error {
			if v.running() && v.landings() == had {
				return fmt.Errorf("not there yet")
			}
			return nil
		})
		v.note("upgraded: %v", err == nil)
	}
	return nil
}

func upgradeKilled(v *voyage) func() {
	v.forget()
	v.signal(upgradeSignal)
	v.pause(400)
	v.crash()
	v.start()
	return nil
}
