package logs

import (
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/botswain/botswain/app/bot"
)

const cappedLine = 1000 // bytes, with the line end

// flood prints numbered lines from first on.
func (r *rig) flood(dir string, first, n int) {
	r.Helper()
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%08d %s\n", first+i, strings.Repeat("x", cappedLine-10))
	}
	r.print(dir, "stdout", b.String())
}

// onDisk is how much of the disk a spool file takes, in bytes.
func (r *rig) onDisk(dir string) int64 {
	r.Helper()
	var st syscall.Stat_t
	if err := syscall.Stat(filepath.Join(dir, "stdout"), &st); err != nil {
		r.Fatal(err)
	}
	return st.Blocks * 512
}

// checkFlood holds that of n numbered lines each is stored, in order, or counted as dropped in its
// place, to the byte. It gives the number of places, and what they say.
func (r *rig) checkFlood(id bot.ID, n int) (notes []string) {
	r.Helper()
	at := 0 // bytes of the flood that are accounted for
	for i, l := range r.lines(id) {
		if l.Seq != int64(i+1) {
			r.Fatalf("line %d has seq %d", i+1, l.Seq)
		}
		if l.Stream == System {
			var dropped int
			if _, err := fmt.Sscanf(l.Message, "%d bytes dropped: ", &dropped); err != nil || l.Level != Warn {
				r.Fatalf("note %+v", l)
			}
			notes = append(notes, l.Message)
			at += dropped
			continue
		}
		if strings.Contains(l.Message, `\x00`) {
			r.Fatalf("seq %d: a hole was stored", l.Seq)
		}
		var num int
		if _, err := fmt.Sscanf(l.Message, "%d", &num); at%cappedLine != 0 || err != nil || num != at/cappedLine {
			r.Fatalf("seq %d: %.20q (%d bytes), expected byte %d of the flood", l.Seq, l.Message, len(l.Message), at)
		}
		at += len(l.Message)
		if len(l.Message) == cappedLine-1 {
			at++ // otherwise what was dropped begins inside the line
		}
	}
	if at != n*cappedLine {
		r.Errorf("%d bytes are accounted for, %d were printed", at, n*cappedLine)
	}
	return notes
}

// readAhead is the most that two batches hold of a flood, in bytes.
const readAhead = 2 * (batchBytes + quietBytes)

func TestSpoolIsCapped(t *testing.T) {
	r := newRig(t)
	r.maxBot = 4 << 20
	h := &held{Storage: NewPostgres(r.pool)}
	h.gate.Lock()
	r.startOn(h, func() {})
	id := r.bot()
	run, dir := r.folder(id)
	r.svc.Follow(id, run, dir)
	const n = 60_000
	for i := range 20 {
		r.flood(dir, i*n/20, n/20)
	}
	r.wait("the spool to be small", func() bool { return r.onDisk(dir) < r.maxBot+readAhead })
	h.gate.Unlock()
	r.svc.Finish(run)
	r.waitGone(dir)
	r.stopClean()
	notes := r.checkFlood(id, n)
	if len(notes) == 0 || !strings.HasSuffix(notes[0], " bytes dropped: the spool was over its cap of 4 MiB") {
		t.Errorf("notes: %q", notes)
	}
}

// TestDroppedOutputIsFoundAfterCrash: neither what was dropped before a crash nor the note of it is
// forgotten or said twice, whether the note was seen or not.
func TestDroppedOutputIsFoundAfterCrash(t *testing.T) {
	r := newRig(t)
	r.maxBot, r.drain = 40<<20, 1
	id := r.bot()
	run, dir := r.folder(id)
	h := &held{Storage: NewPostgres(r.pool)}
	h.gate.Lock()
	r.startOn(h, func() {})
	r.svc.Follow(id, run, dir)
	const ahead, n = 20_000, 80_000
	r.flood(dir, 0, ahead)
	r.wait("a full batch", func() bool { return r.svc.LastSeq(id) > batchBytes/cappedLine })
	r.flood(dir, ahead, n-ahead)
	r.wait("the spool to be small", func() bool { return r.onDisk(dir) < r.maxBot+readAhead })
	_ = r.stop()

	// This life stores what was numbered and sees the place, but doesn't store it.
	h.gate.Unlock()
	h.most.Store(1)
	r.startOn(h, func() {})
	r.svc.Follow(id, run, dir)
	dropped := func() (said int) {
		lines, _ := r.svc.Recent(id, r.svc.StoredSeq(id), ringLines)
		for _, l := range lines {
			if l.Stream == System {
				said++
			}
		}
		return said
	}
	r.wait("the note", func() bool { return dropped() == 1 })
	_ = r.stop()

	r.drain = 0
	r.start(r.url)
	if err := r.svc.Recover(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	r.waitGone(dir)
	r.stopClean()
	if notes := r.checkFlood(id, n); len(notes) != 1 {
		t.Errorf("notes: %q", notes)
	}
}

func TestBiggestSpoolsLoseFirst(t *testing.T) {
	r := newRig(t)
	r.maxTotal = 24 << 20
	h := &held{Storage: NewPostgres(r.pool)}
	h.gate.Lock()
	r.startOn(h, func() {})
	var ids []bot.ID
	var dirs []string
	sizes := []int{40_000, 2_000, 30_000}
	for range sizes {
		id := r.bot()
		run, dir := r.folder(id)
		r.svc.Follow(id, run, dir)
		ids, dirs = append(ids, id), append(dirs, dir)
	}
	for i, n := range sizes {
		r.flood(dirs[i], 0, n)
	}
	r.wait("the spools to be small", func() bool {
		return r.onDisk(dirs[0])+r.onDisk(dirs[1])+r.onDisk(dirs[2]) < r.maxTotal+readAhead
	})
	h.gate.Unlock()
	for i, n := range sizes {
		r.wait(fmt.Sprintf("the end of bot %d", i), func() bool {
			lines, ok := r.svc.Recent(ids[i], r.svc.LastSeq(ids[i])-1, 1)
			return ok && len(lines) == 1 && strings.HasPrefix(lines[0].Message, fmt.Sprintf("%08d", n-1))
		})
	}
	r.stopClean()
	for i, n := range sizes {
		notes := r.checkFlood(ids[i], n)
		if small := i == 1; small != (len(notes) == 0) {
			t.Errorf("bot %d: %q", i, notes)
		}
		for _, s := range notes {
			if !strings.HasSuffix(s, "all spools together were over their cap of 24 MiB") {
				t.Error(s)
			}
		}
	}
}

// TestCapWithoutPunching: where no part of a file can be freed, all of it goes.
func TestCapWithoutPunching(t *testing.T) {
	r := newRig(t)
	r.maxBot = 4 << 20
	h := &held{Storage: NewPostgres(r.pool)}
	h.gate.Lock()
	r.startOn(h, func() {})
	r.svc.mail.put(func(in *ingest) { in.punch = func(int, int64, int64) error { return unix.EOPNOTSUPP } })
	id := r.bot()
	run, dir := r.folder(id)
	r.flood(dir, 0, 50_000) // before it is looked at: what is written between look and cut isn't counted
	r.svc.Follow(id, run, dir)
	r.wait("an empty file", func() bool { return r.onDisk(dir) == 0 })
	r.print(dir, "stdout", "and on\n")
	h.gate.Unlock()
	r.svc.Finish(run)
	r.waitGone(dir)
	r.stopClean()
	got := r.texts(id)
	if last := got[len(got)-1]; last != "and on" || !strings.Contains(got[len(got)-2], "bytes dropped: the spool was over its cap of 4 MiB; this file system") {
		t.Errorf("ends in %.100q", got[len(got)-2:])
	}
	var dropped int
	if _, err := fmt.Sscanf(got[len(got)-2], "%d", &dropped); err != nil || dropped != (50_000-(len(got)-2))*cappedLine {
		t.Errorf("%d lines are stored, %d bytes dropped", len(got)-2, dropped)
	}
}

func TestWaterLevel(t *testing.T) {
	level := func(limit int64, sizes ...int64) int64 {
		tracks := map[bot.ID]*track{}
		for _, n := range sizes {
			tracks[bot.NewID()] = &track{waiting: n}
		}
		return waterLevel(tracks, limit)
	}
	for _, c := range []struct{ got, want int64 }{
		{level(100, 500, 10, 20), 70},
		{level(100, 500, 400, 20), 40},
		{level(90, 500, 400, 200), 30},
		{level(90, 500), 90},
	} {
		if c.got != c.want {
			t.Errorf("level %d, want %d", c.got, c.want)
		}
	}
}
