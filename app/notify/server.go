package notify

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/botswain/botswain/app/bot"
)

// maxPath is the longest path of a socket, in bytes: sun_path has 108 with its final NUL.
const maxPath = 107

const suffix = ".sock"

// Options are what a Server stands on. All but Log are needed.
type Options struct {
	Dir string // the sockets' folder; made when the first one is
	// Heard takes what a run says. It may wait: then the socket's queue fills, and who writes to it
	// waits.
	Heard func(ctx context.Context, id bot.ID, run bot.RunID, m Message)
	// PID is the main process of a living run; 0: not known (yet).
	PID func(id bot.ID, run bot.RunID) int
	Log *slog.Logger
}

// Server has the sockets of all runs. Its methods may be called from many goroutines.
type Server struct {
	Options
	ctx  context.Context
	stop context.CancelFunc
	wg   sync.WaitGroup

	mu      sync.Mutex
	sockets map[bot.RunID]*socket
}

// socket is that of one run.
type socket struct {
	id      bot.ID
	run     bot.RunID
	address string // as in NOTIFY_SOCKET; "@name" isn't in the file system
	conn    *net.UnixConn
}

// New makes a server without sockets.
func New(o Options) *Server {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{Options: o, sockets: map[bot.RunID]*socket{}}
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s
}

// Open makes the run's socket and answers what NOTIFY_SOCKET is to be. Its address follows from the
// run, so that after a restart of Botswain a bot finds it where it was. It is in Options.Dir, or in
// the abstract name space when that path would be too long or foreign says that the run's user may
// not be able to reach it.
func (s *Server) Open(id bot.ID, run bot.RunID, foreign bool) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.Err() != nil {
		return "", net.ErrClosed
	}
	if k := s.sockets[run]; k != nil {
		return k.address, nil
	}
	k := &socket{id: id, run: run, address: filepath.Join(s.Dir, run.String()+suffix)}
	if foreign || len(k.address) > maxPath {
		k.address = "@botswain/notify/" + run.String()
	} else if err := clear(s.Dir, k.address); err != nil {
		return "", err
	}
	conn, err := listen(s.ctx, k.address)
	if err != nil {
		return "", fmt.Errorf("listen for a bot's notifications: %w", err)
	}
	k.conn = conn
	s.sockets[run] = k
	s.wg.Go(func() { s.serve(k) })
	return k.address, nil
}

// clear makes the folder and takes away what an earlier Botswain left at the address.
func clear(dir, path string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// listen has the kernel name the sender of each datagram.
func listen(ctx context.Context, address string) (*net.UnixConn, error) {
	lc := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		var failed error
		err := c.Control(func(fd uintptr) { failed = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_PASSCRED, 1) })
		return errors.Join(err, failed)
	}}
	conn, err := lc.ListenPacket(ctx, "unixgram", address)
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(address, "@") {
		if err := os.Chmod(address, 0o600); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	return conn.(*net.UnixConn), nil
}

// Close removes the socket of a run that is over. Unknown runs are ignored.
func (s *Server) Close(run bot.RunID) {
	s.mu.Lock()
	k := s.sockets[run]
	delete(s.sockets, run)
	s.mu.Unlock()
	if k == nil {
		return
	}
	k.conn.Close()
	if !strings.HasPrefix(k.address, "@") {
		if err := os.Remove(k.address); err != nil && !errors.Is(err, fs.ErrNotExist) {
			s.Log.Warn("a bot's socket could not be removed", "path", k.address, "error", err)
		}
	}
}

// Tidy removes the sockets that an earlier Botswain left of runs that ended meanwhile.
func (s *Server) Tidy() {
	s.mu.Lock()
	defer s.mu.Unlock()
	entries, err := os.ReadDir(s.Dir)
	if err != nil {
		return // there never was one
	}
	for _, e := range entries {
		run, err := uuidOf(e.Name())
		if err == nil && s.sockets[run] == nil {
			_ = os.Remove(filepath.Join(s.Dir, e.Name()))
		}
	}
}

// Shutdown ends listening and waits for that. Sockets of runs that live on stay where they are.
func (s *Server) Shutdown() {
	s.stop()
	s.mu.Lock()
	for _, k := range s.sockets {
		k.conn.Close()
	}
	s.mu.Unlock()
	s.wg.Wait()
}
