package stats

import (
	"math"
	"slices"
	"testing"
)

// TestTheMachineIsReadOnce: for the whole and for its parts.
func TestTheMachineIsReadOnce(t *testing.T) {
	m := &machine{}
	all, err := m.cpu(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	read := m.times
	cores, err := m.cores(t.Context())
	if err != nil || len(cores) == 0 || &cores[0] != &read[0] {
		t.Fatalf("the cores were read again: %d of %d, %v", len(cores), len(read), err)
	}
	busy, total := work(all)
	for _, c := range cores {
		b, n := work(c)
		busy, total = busy-b, total-n
	}
	if math.Abs(busy) > 1e-3 || math.Abs(total) > 1e-3 {
		t.Errorf("the sum of the cores differs by %v of %v", busy, total)
	}
	nics, err := m.network(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	same, err := m.interfaces(t.Context())
	if err != nil || len(same) != len(nics) || len(nics) > 0 && &same[0] != &nics[0] {
		t.Errorf("the interfaces were read again: %v", err)
	}

	// Without the whole before them they are read, so that no sample repeats another.
	again, err := m.cores(t.Context())
	if err != nil || len(again) != len(cores) || &again[0] == &cores[0] {
		t.Errorf("the cores of the sample before: %v", err)
	}
	later, err := m.interfaces(t.Context())
	if err != nil || len(later) != len(nics) || len(nics) > 0 && &later[0] == &nics[0] {
		t.Errorf("the interfaces of the sample before: %v", err)
	}
}

// TestDisksAreLookedAtOnce: until they go and come again.
func TestDisksAreLookedAtOnce(t *testing.T) {
	m := &machine{}
	var looked []string
	look := func(name string) bool {
		looked = append(looked, name)
		return name != "vda1"
	}
	for _, names := range [][]string{{"vda", "vda1"}, {"vda", "vda1", "vdb"}, {"vda", "vda1"}, {"vda", "vda1", "vdb"}} {
		m.wholeOf(slices.Values(names), look)
	}
	if want := []string{"vda", "vda1", "vdb", "vdb"}; !slices.Equal(looked, want) {
		t.Errorf("looked at %v, want %v", looked, want)
	}
	if !m.whole["vda"] || m.whole["vda1"] || !m.whole["vdb"] {
		t.Errorf("%v", m.whole)
	}
}
