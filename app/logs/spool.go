package logs

import (
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/botswain/botswain/app/bot"
)

// punchStep is the least that is given back to the file system at once, in bytes.
const punchStep = 1 << 20

// run is one run's spool folder as the log path sees it. Only the ingest goroutine touches it.
type run struct {
	id        bot.RunID
	bot       *track
	dir       string
	streams   [2]*stream
	wd        int32 // inotify watch; 0: none, it is polled
	watch     bool  // try to watch: the folder wasn't there yet
	unwatched bool  // the kernel had no watch to give
	muted     bool  // it is so far behind that it needs none
	finished  bool  // nothing will be appended any more
	closing   bool  // all read; waits for the commit
	ended     bool  // it ended before this life: nothing has been appended since it was last read
	keep      bool  // a part couldn't be read: the folder stays for the next start
}

// stream is one spool file of a run.
type stream struct {
	run  *run
	kind Stream
	path string
	file *os.File // nil until it exists
	// readOnly: it can't be opened for writing now.
	readOnly bool

	size      int64 // as last seen
	pos       int64 // read and split up to here; always the end of a piece
	committed int64 // stored up to here
	freed     int64 // given back to the file system up to here
	limit     int64 // at shutdown: read no further; -1: no limit
	block     int64 // of the file system, in bytes
	// holeFrom to holeTo was dropped over the cap and is still before us; holeTo 0: nothing. lost
	// counts what went with the whole file. why says so in words.
	holeFrom, holeTo int64
	lost             int64
	why              string
	checked          bool // for holes from pos on
	// head and level are those of the line that goes on at pos; 0 at a line's start.
	head  int64
	level Level
	trace StackTrace // begins anew with each start of Botswain: a trace that lies across one loses its level
	// storedHead is head at committed: the end of an open line moves it and not the position.
	storedHead int64

	// restSize is the file's size at restSince, when what follows pos was found to be no whole line.
	restSize  int64
	restSince time.Time

	ended bool // the run is finished and all was read
	gone  bool // that the file is gone was logged
	cuts  int  // how often the file was emptied by somebody
	// cutsNoted is cuts at the last decision that was written down.
	cutsNoted int
	// batch and slot say where in which batch this stream's offset stands.
	batch uint64
	slot  int
}

func newRun(t *track, id bot.RunID, dir string, at [2]Offset) *run {
	r := &run{id: id, bot: t, dir: dir, watch: true}
	for i, kind := range []Stream{Stdout, Stderr} {
		s := &stream{run: r, kind: kind, path: filePath(dir, kind), limit: -1}
		s.rewind(at[i])
		r.streams[i] = s
	}
	return r
}

// runDir is a run's folder.
func runDir(root string, id bot.ID, run bot.RunID) string {
	return filepath.Join(root, id.String(), run.String())
}

func filePath(dir string, s Stream) string { return filepath.Join(dir, fileName(s)) }

func fileName(s Stream) string {
	if s == Stderr {
		return "stderr"
	}
	return "stdout"
}

// rewind goes back to what is stored.
func (s *stream) rewind(o Offset) {
	s.pos, s.committed, s.head, s.storedHead, s.level = o.Committed, o.Committed, o.HeadSeq, o.HeadSeq, o.Level
	s.size = max(s.size, s.pos)
	s.restSince, s.ended, s.checked = time.Time{}, false, false
}

// drained says that all of a finished run has been read.
func (r *run) drained() bool { return r.streams[0].ended && r.streams[1].ended }

// stored says that all that was read is stored.
func (r *run) stored() bool {
	return r.streams[0].stored() && r.streams[1].stored()
}

func (s *stream) stored() bool { return s.pos == s.committed && s.head == s.storedHead }

// due says whether there is something to read or to conclude, as last seen.
func (r *run) due() bool {
	if r.watch || r.finished {
		return true
	}
	for _, s := range r.streams {
		if s.file == nil || s.gone || s.holeTo > 0 || !s.atEnd() {
			return true
		}
	}
	return false
}

// pending is how many bytes are spooled and not stored.
func (r *run) pending() int64 {
	return r.streams[0].pending() + r.streams[1].pending()
}

func (s *stream) pending() int64 { return max(0, s.size-s.committed-(s.holeTo-s.holeFrom)) }

func (r *run) close() {
	for _, s := range r.streams {
		if s.file != nil {
			s.file.Close()
			s.file = nil
		}
	}
}

// rest closes the files of a finished run that isn't being read: thousands may wait while the database is away. They
// are opened again when it is their turn. Of a file that was deleted nothing is left but its descriptor.
func (r *run) rest() {
	if !r.finished || r.bot.first() == r {
		return
	}
	for _, s := range r.streams {
		if s.file != nil && !s.gone {
			s.file.Close()
			s.file = nil
		}
	}
}

// look opens the file when it has appeared and takes its size.
func (s *stream) look(log *slog.Logger) error {
	if s.file == nil {
		if err := s.open(); err != nil {
			return err
		}
	}
	fi, err := s.file.Stat()
	if err != nil {
		return err
	}
	st, ok := fi.Sys().(*syscall.Stat_t)
	s.block = 4096
	if ok {
		s.block = max(s.block, st.Blksize)
	}
	if ok && st.Nlink == 0 && !s.gone {
		// What the bot still writes into it is read, for as long as we are here.
		log.Warn("logs: a spool file was deleted under a running bot", "file", s.path)
		s.gone = true
	}
	s.size = fi.Size()
	if s.size < s.pos || s.size < s.holeTo {
		s.cutOff(log)
	}
	if !s.checked {
		s.checked = true
		s.skipHole(log)
		s.findHole()
	}
	return nil
}

// cutOff handles a file that is shorter than what was read of it.
func (s *stream) cutOff(log *slog.Logger) {
	if s.run.ended && s.pos <= s.size {
		s.checked = false // what was dropped was its end
		return
	}
	if s.run.ended {
		// A power cut took the end of a file whose lines are stored: what is left is stored too.
		log.Warn("logs: a spool file is shorter than what is stored of it", "file", s.path, "stored", s.pos, "size", s.size)
		s.pos, s.committed = s.size, s.size
		return
	}
	log.Warn("logs: a spool file was emptied by somebody; reading goes on from its start", "file", s.path, "was_at", s.pos, "size", s.size)
	s.pos, s.committed, s.head, s.storedHead, s.level, s.freed = 0, 0, 0, 0, Unknown, 0
	s.cuts++
	s.checked = false
}

func (s *stream) open() error {
	// Writable, because giving back space needs it.
	f, err := os.OpenFile(s.path, os.O_RDWR|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	s.readOnly = errors.Is(err, fs.ErrPermission) || errors.Is(err, unix.EROFS)
	if s.readOnly {
		f, err = os.OpenFile(s.path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	}
	if err != nil {
		return err
	}
	s.file, s.checked = f, false
	return nil
}

// giveUp says whether an error of a finished run's file won't go away by waiting, so that the
// bot's next run must not wait either.
func giveUp(err error) bool {
	return !errors.Is(err, unix.EMFILE) && !errors.Is(err, unix.ENFILE) && !errors.Is(err, unix.ENOMEM)
}

// skipHole moves past what was given back to the file system already. Normally that was stored and
// pos is behind it; after a restored database it may not be, and zeros are no output.
func (s *stream) skipHole(log *slog.Logger) {
	data, err := s.file.Seek(s.pos, unix.SEEK_DATA)
	if err != nil || data <= s.pos {
		return // no hole, no data at all, or a file system that doesn't know
	}
	log.Warn("logs: spooled output that the database doesn't have is gone", "file", s.path, "bytes", data-s.pos)
	s.pos = data
}

// read fills buf from pos on, but not past limit or into a hole. It says how much it got and whether
// that was all.
func (s *stream) read(buf []byte) (n int, end bool, err error) {
	size := s.size
	if s.limit >= 0 {
		size = min(size, s.limit)
	}
	if s.holeTo > 0 {
		size = min(size, s.holeFrom)
	}
	want := int(min(int64(len(buf)), size-s.pos))
	if want <= 0 {
		return 0, true, nil
	}
	n, err = s.file.ReadAt(buf[:want], s.pos)
	if errors.Is(err, io.EOF) {
		return n, true, nil
	}
	return n, s.pos+int64(n) >= size, err
}
