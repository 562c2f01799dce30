package local

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/procfs"
)

// TestChargeIO: what is read and written counts once, whoever has it in its figures.
func TestChargeIO(t *testing.T) {
	id := uuid.New()
	f := &forest{runs: map[bot.RunID]*run{id: {id: id}}, ioTicks: 1000}
	m := &meter{io: ioMeter{at: time.Unix(100, 0)}}
	type process struct {
		pid, parent   int
		start         uint64
		read, written uint64
	}
	seen := map[int]*known{}
	look := func(all ...process) (read, written uint64) {
		here := map[int]bool{}
		for _, p := range all {
			here[p.pid] = true
		}
		for pid, k := range seen {
			if !here[pid] {
				f.departIO(pid, k)
				delete(seen, pid)
			}
		}
		credit := f.settleIO()
		m.io.read, m.io.written = 0, 0
		for _, p := range all {
			if seen[p.pid] == nil {
				seen[p.pid] = &known{start: p.start, run: id}
			}
			st := procfs.Stat{PID: p.pid, PPID: p.parent, Start: p.start}
			f.chargeIO(&st, seen[p.pid], m, transfers{run: id, parent: p.parent, read: p.read, written: p.written}, credit)
		}
		return m.io.read, m.io.written
	}
	for i, x := range []struct {
		all           []process
		read, written uint64
	}{
		{[]process{{10, 1, 500, 700, 50}}, 0, 0}, // older than the last look: its past isn't of this time
		{[]process{{10, 1, 500, 720, 50}, {11, 10, 1001, 40, 8}}, 60, 8},
		// 11 ends and is waited for: its 48 come once more through 10, with 2 that it read at last.
		{[]process{{10, 1, 500, 762, 58}}, 2, 0},
		{[]process{{10, 1, 500, 762, 60}}, 0, 2},
	} {
		if read, written := look(x.all...); read != x.read || written != x.written {
			t.Errorf("look %d: %d and %d, want %d and %d", i, read, written, x.read, x.written)
		}
	}

	m.io.read, m.io.written = 500, 0
	m.io.settle(time.Unix(110, 0))
	if m.io.readRate == nil || *m.io.readRate != 50 || *m.io.writeRate != 0 {
		t.Errorf("rates %v, %v", m.io.readRate, m.io.writeRate)
	}
	m.io.unknown = true
	m.io.settle(time.Unix(120, 0))
	if m.io.readRate != nil {
		t.Error("a rate although one process tells nothing")
	}
}
