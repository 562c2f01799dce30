package logs

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"github.com/botswain/botswain/app/bot"
)

// Output that is stored may stay in its file for long: space is given back in big steps, and not
// every file system takes it. So what wasn't stored as it was printed, because it gives a secret away, is
// written over once its batch is stored. Bots only append, so nobody else writes there. When
// Botswain is killed in between, the next start does it: the decisions that say where are on the
// sheets until then.

// wiped is what is written over secrets. It is text, so that a file that must be read again (the
// database was restored from a backup) still has its lines.
const wiped = '*'

// wipe is a range of a stream's file that must not stay.
type wipe struct {
	stream   *stream
	cuts     int // of the stream: later its positions are those of other output
	from, to int64
}

// wipe writes over what a stored batch says.
func (in *ingest) wipe(b *batch) {
	for i := 0; i < len(b.wipes); {
		s, cuts := b.wipes[i].stream, b.wipes[i].cuts
		n := i + 1
		for n < len(b.wipes) && b.wipes[n].stream == s && b.wipes[n].cuts == cuts {
			n++
		}
		if s.file == nil {
			_ = s.open() // of a run that rests; without it there is nothing to write over
		}
		if s.file != nil && s.cuts == cuts {
			in.wipeIn(s, b.wipes[i:n])
		}
		s.run.rest()
		i = n
	}
}

func (in *ingest) wipeIn(s *stream, ranges []wipe) {
	err := overwrite(s.file, ranges, s.freed, in.buf)
	if err != nil && !in.noWipe {
		in.noWipe = true
		in.log.Warn("logs: can't write over secrets in spool files; they stay there until a run ends", "file", s.path, "error", err)
	}
}

// overwrite writes over ranges in growing order, as far as they are at or after a position. Those
// that are near each other go in one write, with what is between them.
func overwrite(f *os.File, ranges []wipe, after int64, buf []byte) error {
	for i := 0; i < len(ranges); {
		from := max(ranges[i].from, after)
		to := min(ranges[i].to, from+int64(len(buf)))
		if to <= from {
			i++
			continue
		}
		part := buf[:0]
		n := i
		for ; n < len(ranges) && max(ranges[n].from, from)-from < int64(len(buf)); n++ {
			end := ranges[n].to - from
			if end > int64(len(buf)) {
				if n > i {
					break // it goes with the next
				}
				end = int64(len(buf))
			}
			part = buf[:max(int64(len(part)), end)]
		}
		if got, err := f.ReadAt(part, from); got < len(part) {
			return err // somebody has made the file shorter: what was to be written over is gone
		}
		there := false
		for _, r := range ranges[i:n] {
			secret := part[min(int64(len(part)), max(0, r.from-from)):min(int64(len(part)), max(0, r.to-from))]
			for k := range secret {
				there = there || secret[k] != wiped
				secret[k] = wiped
			}
		}
		if there {
			if err := putBack(f, part, from); err != nil {
				return err
			}
		}
		if after = from + int64(len(part)); ranges[n-1].to <= after {
			i = n
		} else {
			i = n - 1 // longer than what is written at once
		}
	}
	return nil
}

// putBack writes a part of a file in place, and leaves the time of the file's last change what it was.
// That is when the bot last printed something: of a run whose end nobody saw it is the last sign of life.
func putBack(f *os.File, part []byte, at int64) error {
	fd := int(f.Fd())
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return fmt.Errorf("read the times of a spool file: %w", err)
	}
	if _, err := f.WriteAt(part, at); err != nil {
		return err
	}
	// By this name, because a descriptor alone is enough from Linux 5.8 on only. That the time can't be set is no
	// reason to leave the other secrets where they are.
	unix.UtimesNanoAt(unix.AT_FDCWD, fmt.Sprintf("/proc/self/fd/%d", fd), []unix.Timespec{{Nsec: unix.UTIME_OMIT}, st.Mtim}, 0)
	return nil
}

// wipeOld writes over what an earlier life has stored and may not have written over any more.
func (r *replay) wipeOld(all []decision, st State) {
	offsets := pairs(st.Offsets)
	type place struct {
		run    bot.RunID
		stream Stream
	}
	files, order := map[place][]wipe{}, []place(nil)
	for i := range all {
		d := &all[i]
		if len(d.spans) == 0 || (d.stream != Stdout && d.stream != Stderr) {
			continue
		}
		at := place{d.run, d.stream}
		if files[at] == nil {
			order = append(order, at)
		}
		for _, s := range d.spans {
			if to := d.from + int64(s.To); to <= offsets[d.run][d.stream-Stdout].Committed {
				files[at] = append(files[at], wipe{from: d.from + int64(s.From), to: to})
			}
		}
		if r.paths[d.run] == "" {
			r.paths[d.run] = runDir(r.root, d.bot, d.run)
		}
	}
	buf := make([]byte, chunk)
	for _, at := range order {
		if err := wipeFile(filePath(r.paths[at.run], at.stream), files[at], buf); err != nil && !errors.Is(err, os.ErrNotExist) {
			r.log.Warn("logs: can't write over secrets in a spool file of the last life", "run", at.run, "error", err)
		}
	}
}

func wipeFile(path string, ranges []wipe, buf []byte) error {
	f, err := os.OpenFile(path, os.O_RDWR|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	for i := range ranges {
		// What was given back already needs no room on the disk again.
		if data, err := f.Seek(ranges[i].from, unix.SEEK_DATA); err == nil && data < ranges[i].to {
			if err := overwrite(f, ranges[i:i+1], 0, buf); err != nil {
				return err
			}
		}
	}
	return nil
}
