package logs

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// stuck is what a data directory that can't be written to now keeps from being given back.
type stuck struct {
	folders []string // of runs that are over and stored
	said    bool     // that space can't be given back
}

// giveBack returns the stored part of a file to the file system, where that can be done. What fails
// for a time, as on a disk that is read-only, is tried again with a later batch.
func (in *ingest) giveBack(s *stream) {
	if in.noPunch {
		return
	}
	done, err := s.free(in.punch)
	switch {
	case errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOSYS):
		in.noPunch = true
		in.log.Warn("logs: this file system takes no space back from files in use; spools shrink only when a run ends", "error", err)
	case err != nil && !in.stuck.said:
		in.stuck.said = true
		in.log.Warn("logs: the space of stored output can't be given back now; it is tried again", "file", s.path, "error", err)
	case done && in.stuck.said:
		in.stuck.said = false
		in.log.Info("logs: the space of stored output is given back again")
	}
}

// free gives the stored part of the file back to the file system, once there is enough of it. The file
// keeps its length, so offsets stay true. Errors are only worth disk space.
func (s *stream) free(punch func(fd int, from, n int64) error) (done bool, err error) {
	to := s.committed &^ 4095
	if s.file == nil || to-s.freed < punchStep {
		return false, nil
	}
	if err := s.makeWritable(); err != nil {
		return false, err
	}
	if err := punch(int(s.file.Fd()), s.freed, to-s.freed); err != nil {
		return false, err
	}
	s.freed = to
	return true, nil
}

// makeWritable opens a file again that could only be opened for reading. The one that has been read
// from is kept unless it is the same one.
func (s *stream) makeWritable() error {
	if !s.readOnly {
		return nil
	}
	f, err := os.OpenFile(s.path, os.O_RDWR|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	was, err1 := s.file.Stat()
	is, err2 := f.Stat()
	if err := errors.Join(err1, err2); err != nil || !os.SameFile(was, is) {
		return errors.Join(err, f.Close(), fmt.Errorf("%s is another file than the one that is read", s.path))
	}
	s.file.Close()
	s.file, s.readOnly = f, false
	return nil
}

// removeFolder removes the folder of a run of which everything is stored, now or later.
func (in *ingest) removeFolder(dir string) {
	err := os.RemoveAll(dir)
	if err == nil {
		return
	}
	if len(in.stuck.folders) == 0 {
		in.log.Warn("logs: a spool folder can't be removed now; it is tried again", "dir", dir, "error", err)
	}
	in.stuck.folders = append(in.stuck.folders, dir)
}

// removeLeft tries again. One that still can't be removed is enough to know of the others.
func (in *ingest) removeLeft() {
	for len(in.stuck.folders) > 0 {
		if os.RemoveAll(in.stuck.folders[0]) != nil {
			return
		}
		in.stuck.folders = in.stuck.folders[1:]
		if len(in.stuck.folders) == 0 {
			in.log.Info("logs: the spool folders that could not be removed are gone")
		}
	}
}
