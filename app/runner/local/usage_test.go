package local

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/procfs"
)

// TestCharge: CPU time counts once, whoever has it in its figures.
func TestCharge(t *testing.T) {
	id := uuid.New()
	f := &forest{runs: map[bot.RunID]*run{id: {id: id}}, measuredTicks: 1000}
	m := &meter{at: time.Now()}
	type process struct {
		pid, parent int
		start       uint64
		own, kids   uint64
	}
	seen := map[int]*known{}
	sample := func(all ...process) (ticks uint64) {
		here := map[int]bool{}
		for _, p := range all {
			here[p.pid] = true
		}
		for pid, k := range seen {
			if !here[pid] {
				f.depart(pid, k)
				delete(seen, pid)
			}
		}
		credit := f.settle()
		for _, p := range all {
			if seen[p.pid] == nil {
				seen[p.pid] = &known{start: p.start, run: id}
			}
			st := procfs.Stat{PID: p.pid, PPID: p.parent, Start: p.start, User: p.own, ChildUser: p.kids}
			ticks += f.charge(&st, seen[p.pid], m, credit)
		}
		return ticks
	}
	for i, x := range []struct {
		all  []process
		want uint64
	}{
		// Older than the last sample and seen for the first time: its past isn't of this interval.
		{[]process{{10, 1, 500, 700, 300}}, 0},
		{[]process{{10, 1, 500, 710, 300}}, 10},
		// Younger than the last sample: all it has used is.
		{[]process{{10, 1, 500, 710, 300}, {11, 10, 1001, 40, 0}}, 40},
		{[]process{{10, 1, 500, 711, 300}, {11, 10, 1001, 50, 0}, {12, 11, 1001, 5, 0}}, 16},
		// 11 and 12 end and are waited for: their 55 come once more through 10, with 6 new ones.
		{[]process{{10, 1, 500, 711, 361}}, 6},
		// A child that came and went between two samples.
		{[]process{{10, 1, 500, 711, 381}}, 20},
		// A child that nobody waits for: what it had is not taken back.
		{[]process{{10, 1, 500, 711, 381}, {13, 10, 1001, 30, 0}}, 30},
		{[]process{{10, 1, 500, 715, 381}}, 4},
	} {
		if got := sample(x.all...); got != x.want {
			t.Errorf("sample %d: %d ticks, want %d", i, got, x.want)
		}
	}
}
