package local

import (
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/procfs"
)

// ioEvery is the least time between two looks at what processes read and wrote: a file more for each
// process, and disks are written to in bursts anyway.
const ioEvery = 10 * time.Second

// transfers is what a process had read and written at the last look, in bytes. As with CPU time, the
// kernel adds what a child had to its parent when that has waited for it.
type transfers struct {
	run           bot.RunID // Nil: it wasn't looked at yet
	parent        int
	read, written uint64
}

type departedIO struct {
	pid int
	transfers
}

// ioMeter is what is measured of one run.
type ioMeter struct {
	at            time.Time
	read, written uint64 // since at
	unknown       bool   // of one process it can't be had
	readRate      *float64
	writeRate     *float64
}

// measureIO brings the rates of all runs up to date; it does nothing when it was called a moment ago.
func (f *forest) measureIO(now time.Time) {
	if !f.ioAt.IsZero() && now.Sub(f.ioAt) < ioEvery {
		return
	}
	credit := f.settleIO()
	for _, m := range f.meters {
		m.io.read, m.io.written, m.io.unknown = 0, 0, false
	}
	for i := range f.stats {
		st := &f.stats[i]
		k := f.seen[st.PID]
		m := f.meters[k.run]
		if m == nil || st.Dead() {
			continue
		}
		read, written, err := f.proc.IO(st.PID)
		switch {
		case err == nil:
			f.chargeIO(st, k, m, transfers{run: k.run, parent: st.PPID, read: read, written: written}, credit)
		case !errors.Is(err, procfs.ErrGone):
			m.io.unknown = true
		}
	}
	for _, m := range f.meters {
		m.io.settle(now)
	}
	f.ioAt, f.ioTicks = now, bootTicks()
}

func (m *ioMeter) settle(now time.Time) {
	seconds := now.Sub(m.at).Seconds()
	m.readRate, m.writeRate = nil, nil
	if !m.at.IsZero() && seconds > 0 && !m.unknown {
		read, written := float64(m.read)/seconds, float64(m.written)/seconds
		m.readRate, m.writeRate = &read, &written
	}
	m.at = now
}

// chargeIO adds what a process has read and written since the last look. What earlier looks have
// counted of children that have ended is taken off what they added.
func (f *forest) chargeIO(st *procfs.Stat, k *known, m *meter, now transfers, credit map[int]transfers) {
	last := k.io
	k.io = now
	if last.run == uuid.Nil && (m.io.at.IsZero() || st.Start < f.ioTicks) {
		return // before we began to measure its run
	}
	read, written := now.read-min(last.read, now.read), now.written-min(last.written, now.written)
	c := credit[st.PID]
	m.io.read += read - min(read, c.read)
	m.io.written += written - min(written, c.written)
}

// departIO remembers the last look at a process that is no more.
func (f *forest) departIO(pid int, k *known) {
	if k.io.run != uuid.Nil && f.runs[k.io.run] != nil {
		f.departedIO = append(f.departedIO, departedIO{pid, k.io})
	}
}

// settleIO turns processes that have ended into credits of their nearest living ancestors, as settle does.
func (f *forest) settleIO() map[int]transfers {
	if len(f.departedIO) == 0 {
		return nil
	}
	gone := make(map[int]int, len(f.departedIO))
	for _, d := range f.departedIO {
		gone[d.pid] = d.parent
	}
	credit := make(map[int]transfers, len(gone))
	for _, d := range f.departedIO {
		to := heir(gone, d.pid)
		c := credit[to]
		c.read, c.written = c.read+d.read, c.written+d.written
		credit[to] = c
	}
	f.departedIO = f.departedIO[:0]
	return credit
}
