package api

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// SocketName is the Unix socket in the data directory by which the command line reaches a
// running Botswain.
const SocketName = "botswain.sock"

// Listen opens the socket, for the owner only. A socket that a killed Botswain left behind is
// replaced; one that answers is an error. Closing the listener removes the file.
func Listen(ctx context.Context, dataDir string) (net.Listener, error) {
	path := filepath.Join(dataDir, SocketName)
	if conn, err := Dial(ctx, dataDir); err == nil {
		conn.Close()
		return nil, fmt.Errorf("another Botswain serves %s already", dataDir)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("replace the old socket: %w", err)
	}
	dir, err := os.Open(dataDir)
	if err != nil {
		return nil, fmt.Errorf("open the data directory: %w", err)
	}
	defer dir.Close()
	l, err := new(net.ListenConfig).Listen(ctx, "unix", short(dir))
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	// The listener would unlink by the short name, which is gone with dir.
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	if err := os.Chmod(path, 0o600); err != nil {
		l.Close()
		return nil, fmt.Errorf("protect the socket: %w", err)
	}
	return &socket{Listener: l, path: path}, nil
}

// Dial connects to the socket of the Botswain that serves the data directory.
func Dial(ctx context.Context, dataDir string) (net.Conn, error) {
	dir, err := os.Open(dataDir)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	d := net.Dialer{Timeout: 5 * time.Second}
	return d.DialContext(ctx, "unix", short(dir))
}

// short names the socket by the directory's descriptor: the kernel takes no more than 107 bytes
// for a socket's name, and data directories may be deeper than that.
func short(dir *os.File) string {
	return "/proc/self/fd/" + strconv.Itoa(int(dir.Fd())) + "/" + SocketName
}

// Inherit makes the socket of a copy that Leave gave, to the program before in the same process.
func Inherit(f *os.File, dataDir string) (net.Listener, error) {
	l, err := net.FileListener(f)
	if err != nil {
		return nil, fmt.Errorf("take the socket over: %w", err)
	}
	u, ok := l.(*net.UnixListener)
	if !ok {
		l.Close()
		return nil, errors.New("take the socket over: it isn't a Unix socket")
	}
	u.SetUnlinkOnClose(false)
	return &socket{Listener: l, path: filepath.Join(dataDir, SocketName)}, nil
}

// Leave copies a listener of this package for the next program in this process. Closing the
// listener leaves the file in place from then on.
func Leave(l net.Listener) (*os.File, error) {
	s, ok := l.(*socket)
	if !ok {
		return nil, errors.New("not a socket of the command line")
	}
	f, err := s.Listener.(*net.UnixListener).File()
	if err == nil {
		s.left.Store(true)
	}
	return f, err
}

type socket struct {
	net.Listener
	path string
	left atomic.Bool // the file belongs to the next program
	once sync.Once
	err  error
}

// Close implements net.Listener. It may be called again: http.Server does.
func (s *socket) Close() error {
	s.once.Do(func() {
		// First the file: after Close another Botswain may make its own.
		var err error
		if !s.left.Load() {
			err = os.Remove(s.path)
		}
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		s.err = errors.Join(err, s.Listener.Close())
	})
	return s.err
}
