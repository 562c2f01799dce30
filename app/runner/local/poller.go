package local

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// poller waits for many descriptors and for a wake-up at once.
type poller struct {
	epoll  int
	event  int // eventfd
	ctl    func(epoll, op, fd int, event *unix.EpollEvent) error
	buffer []unix.EpollEvent
}

func newPoller() (*poller, error) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make an epoll instance: %w", err)
	}
	event, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		unix.Close(epoll)
		return nil, fmt.Errorf("make an eventfd: %w", err)
	}
	p := &poller{epoll: epoll, event: event, ctl: unix.EpollCtl, buffer: make([]unix.EpollEvent, 128)}
	if err := p.add(event, unix.EPOLLIN); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (p *poller) close() error {
	return errors.Join(unix.Close(p.event), unix.Close(p.epoll))
}

func (p *poller) add(fd int, events uint32) error {
	err := p.ctl(p.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: events, Fd: int32(fd)})
	if err != nil {
		return fmt.Errorf("watch a descriptor: %w", err)
	}
	return nil
}

// addPidfd reports the end of a process once. One shot: an ended process stays readable for as
// long as it is a zombie, and the keeper may leave it one for a while.
func (p *poller) addPidfd(fd int) error { return p.add(fd, unix.EPOLLIN|unix.EPOLLONESHOT) }

// wake makes wait return.
func (p *poller) wake() {
	var one [8]byte
	binary.NativeEndian.PutUint64(one[:], 1)
	unix.Write(p.event, one[:]) // full means that a wake-up is pending
}

// wait returns the descriptors that are ready, at the latest after d (negative: no limit).
func (p *poller) wait(d time.Duration) ([]int, error) {
	ms := -1
	if d >= 0 {
		ms = int(min((d+time.Millisecond-1)/time.Millisecond, 1<<30))
	}
	n, err := unix.EpollWait(p.epoll, p.buffer, ms)
	if errors.Is(err, unix.EINTR) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("wait for processes: %w", err)
	}
	var ready []int
	for _, e := range p.buffer[:n] {
		if int(e.Fd) == p.event {
			var count [8]byte
			unix.Read(p.event, count[:])
			continue
		}
		ready = append(ready, int(e.Fd))
	}
	return ready, nil
}
