package local

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// fewestSpares and mostSpares bound how many folders are kept ready. Between them there is one for each bot,
	// so that all of them can be started at once.
	fewestSpares, mostSpares = 16, 512
	// spareCalm is how long nobody must have taken one before more are made: making them is what the
	// starts shall not wait for.
	spareCalm = 20 * time.Millisecond
)

// spares keeps run folders that are made and belong to no run yet, in a folder beside the spool.
//
// Making a folder and its four files is the slowest part of a start: ext4 looks for an inode that wasn't freed
// in the last five minutes, one after the other, and a bot that crashes in a loop frees five each time. That
// takes half a millisecond for each file, where giving a folder another name takes some microseconds. Used
// folders don't come back: whoever still holds their files must not write into another run's.
type spares struct {
	dir  string
	log  *slog.Logger
	kick chan struct{} // has room for one
	stop chan struct{}
	done chan struct{}

	mu    sync.Mutex
	want  int       // how many are to be ready
	ready []string  // names in dir
	next  int       // the name after the last
	taken time.Time // when one was asked for last
	far   bool      // the spool is on another disk: none can be used
}

// newSpares takes up what an earlier life has left, and begins to make what is missing.
func newSpares(root string, log *slog.Logger) *spares {
	s := &spares{
		want: fewestSpares, dir: filepath.Join(filepath.Dir(root), "spare"), log: log,
		kick: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{}),
	}
	entries, _ := os.ReadDir(s.dir) // of none there is nothing to take up
	for _, e := range entries {
		if n, err := strconv.Atoi(e.Name()); err == nil {
			s.ready, s.next = append(s.ready, e.Name()), max(s.next, n+1)
		}
	}
	s.wake()
	go s.run()
	return s
}

// expect says how many bots there are. What is ready and not wanted any more is used up by and by.
func (s *spares) expect(bots int) {
	s.mu.Lock()
	s.want = min(max(bots, fewestSpares), mostSpares)
	s.mu.Unlock()
	s.wake()
}

// wake has run look whether some are missing.
func (s *spares) wake() {
	select {
	case s.kick <- struct{}{}:
	default:
	}
}

// close ends the making; what is ready stays for the next life.
func (s *spares) close() {
	close(s.stop)
	<-s.done
}

// take makes a spare folder the one of a run, and says whether there was one. Without, or where it can't be
// moved, the folder is made as if there were no spares, and that tells why not.
func (s *spares) take(dir string) bool {
	s.mu.Lock()
	name := ""
	if n := len(s.ready); n > 0 && !s.far {
		name, s.ready = s.ready[n-1], s.ready[:n-1]
	}
	s.taken = time.Now()
	s.mu.Unlock()
	s.wake()
	if name == "" {
		return false
	}
	from := filepath.Join(s.dir, name)
	err := os.Rename(from, dir)
	if errors.Is(err, fs.ErrNotExist) { // the bot's first run
		if err = os.MkdirAll(filepath.Dir(dir), 0o700); err == nil {
			err = os.Rename(from, dir)
		}
	}
	if err != nil {
		s.log.Debug("a folder that was made in advance can't be used", "folder", from, "error", err)
		_, gone := os.Lstat(from)
		s.mu.Lock()
		if gone == nil {
			s.ready = append(s.ready, name)
		}
		s.far = s.far || errors.Is(err, unix.EXDEV)
		s.mu.Unlock()
	}
	return err == nil
}

// run makes what is missing, when starts are over. One that can't be made is tried again after the next start.
func (s *spares) run() {
	defer close(s.done)
	for {
		select {
		case <-s.stop:
			return
		case <-s.kick:
		}
		for s.lacks() && s.calm() {
			if err := s.add(); err != nil {
				s.log.Debug("a folder can't be made in advance", "folder", s.dir, "error", err)
				break
			}
		}
	}
}

// lacks says whether one more is to be made.
func (s *spares) lacks() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.far && len(s.ready) < s.want
}

// calm waits until nobody has taken one for a while; false: this is the end.
func (s *spares) calm() bool {
	for {
		s.mu.Lock()
		wait := spareCalm - time.Since(s.taken)
		s.mu.Unlock()
		select {
		case <-s.stop:
			return false
		default:
		}
		if wait <= 0 {
			return true
		}
		select {
		case <-s.stop:
			return false
		case <-time.After(wait):
		}
	}
}

// add makes a folder, and gives it its name when all is in it.
func (s *spares) add() error {
	raw := filepath.Join(s.dir, "new")
	if err := os.RemoveAll(raw); err != nil {
		return err
	}
	spool, err := openSpool(raw, false)
	spool.close()
	if err != nil {
		return err
	}
	fd, err := unix.Open(filepath.Join(raw, recordName), unix.O_WRONLY|unix.O_CREAT|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return err
	}
	unix.Close(fd)
	name := strconv.Itoa(s.next)
	if err := os.Rename(raw, filepath.Join(s.dir, name)); err != nil {
		return err
	}
	s.mu.Lock()
	s.ready = append(s.ready, name)
	s.next++
	s.mu.Unlock()
	return nil
}
