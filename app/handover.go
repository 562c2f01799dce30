package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"

	"github.com/botswain/botswain/app/api"
)

// handoverVariable tells the program that replaces this one in its process (exec) what it gets. It
// is taken out of the environment at once; bots never see it.
const handoverVariable = "BOTSWAIN_HANDOVER"

// Handover is what one Botswain leaves open for the next in the same process, so that nobody else
// can take the data directory meanwhile, and no connection is refused: it waits in the listen queue.
type Handover struct {
	from     string // the version that ended
	addr     string // BOTSWAIN_ADDR that the listener was made for
	dataDir  string
	lock     *os.File
	listener *os.File
	socket   *os.File
}

// letter is a Handover as the variable holds it: numbers of descriptors.
type letter struct {
	From     string `json:"from"`
	Addr     string `json:"addr"`
	DataDir  string `json:"data_dir"`
	Lock     int    `json:"lock"`
	Listener int    `json:"listener"`
	Socket   int    `json:"socket"`
}

// Inherit takes what the program before left, and removes the word of it from the environment; nil
// when there was none. Call it before anything is started that could inherit a descriptor.
func Inherit() (*Handover, error) {
	text, found := os.LookupEnv(handoverVariable)
	if !found {
		return nil, nil // nothing was left
	}
	if err := os.Unsetenv(handoverVariable); err != nil {
		return nil, fmt.Errorf("clear %s: %w", handoverVariable, err)
	}
	var l letter
	if err := json.Unmarshal([]byte(text), &l); err != nil {
		return nil, fmt.Errorf("read %s: %w", handoverVariable, err)
	}
	h := &Handover{from: l.From, addr: l.Addr, dataDir: l.DataDir}
	for _, x := range []struct {
		fd   int
		name string
		to   **os.File
	}{{l.Lock, "lock", &h.lock}, {l.Listener, "listener", &h.listener}, {l.Socket, "socket", &h.socket}} {
		if x.fd <= 2 {
			return nil, fmt.Errorf("%s: %d can't be the %s", handoverVariable, x.fd, x.name)
		}
		unix.CloseOnExec(x.fd)
		*x.to = os.NewFile(uintptr(x.fd), x.name)
	}
	return h, nil
}

// environ is the environment for the next program, whose descriptors stay open across the exec.
func (h *Handover) environ() ([]string, error) {
	l := letter{From: h.from, Addr: h.addr, DataDir: h.dataDir}
	for f, to := range map[*os.File]*int{h.lock: &l.Lock, h.listener: &l.Listener, h.socket: &l.Socket} {
		*to = int(f.Fd())
		if _, err := unix.FcntlInt(f.Fd(), unix.F_SETFD, 0); err != nil {
			return nil, fmt.Errorf("keep a descriptor open: %w", err)
		}
	}
	text, err := json.Marshal(l)
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", handoverVariable, err)
	}
	return append(os.Environ(), handoverVariable+"="+string(text)), nil
}

// takeBack keeps the descriptors from bots again, when there was no exec.
func (h *Handover) takeBack() {
	for _, f := range []*os.File{h.lock, h.listener, h.socket} {
		unix.CloseOnExec(int(f.Fd()))
	}
}

// takeLock gives the lock when it is of that data directory, or nil. Nil receivers have nothing.
func (h *Handover) takeLock(dataDir string) *os.File {
	if h == nil || h.lock == nil {
		return nil
	}
	f := h.lock
	h.lock = nil
	if h.dataDir != dataDir {
		f.Close()
		return nil
	}
	return f
}

// takeListener gives the listener when it is for that address, or nil.
func (h *Handover) takeListener(addr string) (net.Listener, error) {
	if h == nil || h.listener == nil {
		return nil, nil // nothing was left
	}
	f := h.listener
	h.listener = nil
	defer f.Close()
	if h.addr != addr {
		return nil, nil // the setting has changed
	}
	return net.FileListener(f)
}

// takeSocket gives the command line's socket when it is in that data directory, or nil.
func (h *Handover) takeSocket(dataDir string) (net.Listener, error) {
	if h == nil || h.socket == nil {
		return nil, nil // nothing was left
	}
	f := h.socket
	h.socket = nil
	defer f.Close()
	if h.dataDir != dataDir {
		return nil, nil // the setting has changed
	}
	return api.Inherit(f, dataDir)
}

// close gives back what nobody took.
func (h *Handover) close() {
	if h == nil {
		return
	}
	for _, f := range []*os.File{h.lock, h.listener, h.socket} {
		if f != nil {
			f.Close()
		}
	}
	h.lock, h.listener, h.socket = nil, nil, nil
}

// leave copies what the next program gets, before the servers close their own.
func (a *App) leave() (*Handover, error) {
	h := &Handover{from: a.opts.Version, addr: a.cfg.Addr, dataDir: a.cfg.DataDir, lock: a.lock}
	tcp, ok := a.listener.(*net.TCPListener)
	if !ok {
		return nil, errors.New("the listener can't be handed over")
	}
	var err error
	if h.listener, err = tcp.File(); err != nil {
		return nil, fmt.Errorf("hand the listener over: %w", err)
	}
	if h.socket, err = api.Leave(a.socket); err != nil {
		h.listener.Close()
		return nil, fmt.Errorf("hand the socket over: %w", err)
	}
	a.lock = nil // not ours to close any more
	return h, nil
}
