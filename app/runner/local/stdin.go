package local

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
)

const (
	// maxLine is the longest line that can be sent, in bytes: what fits an empty FIFO.
	maxLine = 64<<10 - 1
	// inOnePiece is what the kernel writes into a FIFO as a whole or not at all (PIPE_BUF).
	inOnePiece = 4096
	// slowReader is how long a longer line waits for the bot to have read what was sent before.
	slowReader = 5 * time.Second
)

// input is the writing side of a run's standard input. One line is written at a time, and as a whole or
// not at all: half a line in the FIFO would be the beginning of the next one, for the next Botswain too.
type input struct {
	turn chan struct{} // holds one token
}

func newInput() input {
	i := input{turn: make(chan struct{}, 1)}
	i.turn <- struct{}{}
	return i
}

// Attach writes one line to a run's standard input; after an error nothing of it was. It doesn't wait
// for a bot that doesn't read: a full FIFO is fault.Unavailable. Only a line of more than 4 KiB waits, for
// five seconds or until ctx ends, until all before it was read.
func (b *Backend) Attach(ctx context.Context, id bot.RunID, line string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	switch {
	case strings.ContainsAny(line, "\n\x00"):
		return fault.New(fault.Invalid, "Only one line of text can be sent at a time.")
	case len(line) > maxLine:
		return fault.New(fault.Invalid, "The line is too long: %d bytes of at most %d.", len(line), maxLine)
	}
	r := b.find(id)
	if r == nil || !r.ready() {
		return fault.New(fault.Conflict, "The bot is not running.")
	}
	select {
	case <-r.input.turn:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { r.input.turn <- struct{}{} }()
	return send(ctx, filepath.Join(r.dir, stdinName), append([]byte(line), '\n'))
}

func send(ctx context.Context, fifo string, line []byte) error {
	// Not created, never waiting for a reader: the FIFO has one for as long as the bot keeps its input.
	fd, err := unix.Open(fifo, unix.O_WRONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return notRead(err)
	}
	defer unix.Close(fd)
	if len(line) > inOnePiece {
		if err := makeRoom(ctx, fd, len(line)); err != nil {
			return err
		}
	}
	var n int
	err = again(func() (err error) { n, err = unix.Write(fd, line); return err })
	if err != nil {
		return notRead(err)
	}
	if n < len(line) { // somebody else writes there
		return fmt.Errorf("write to a bot's input: only %d of %d bytes went in", n, len(line))
	}
	return nil
}

// makeRoom has a FIFO take a long line as a whole: it waits until the FIFO is empty. Only we write there.
func makeRoom(ctx context.Context, fd, length int) error {
	size, err := unix.FcntlInt(uintptr(fd), unix.F_GETPIPE_SZ, 0)
	if err == nil && size < length { // the user has many pipes
		_, err = unix.FcntlInt(uintptr(fd), unix.F_SETPIPE_SZ, maxLine+1)
	}
	if err != nil {
		return fmt.Errorf("make room in a bot's input: %w", err)
	}
	deadline := time.Now().Add(slowReader)
	for wait := time.Millisecond; ; wait = min(2*wait, 20*time.Millisecond) {
		waiting, err := unix.IoctlGetInt(fd, unix.TIOCINQ) // as FIONREAD
		switch {
		case err != nil:
			return fmt.Errorf("look into a bot's input: %w", err)
		case waiting == 0:
			return nil
		case !time.Now().Before(deadline):
			return notRead(unix.EAGAIN)
		case abandoned(fd):
			return notRead(unix.EPIPE)
		}
		select {
		case <-time.After(wait): // nothing tells that a FIFO is empty
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// abandoned says that nobody has a FIFO open for reading any more.
func abandoned(fd int) bool {
	fds := []unix.PollFd{{Fd: int32(fd)}}
	n, err := unix.Poll(fds, 0)
	return err == nil && n > 0 && fds[0].Revents&unix.POLLERR != 0
}

func notRead(err error) error {
	switch {
	case errors.Is(err, unix.EAGAIN):
		return fault.Wrap(err, fault.Unavailable, "The bot does not read its input.")
	case errors.Is(err, unix.EPIPE), errors.Is(err, unix.ENXIO), errors.Is(err, unix.ENOENT):
		return fault.Wrap(err, fault.Unavailable, "The bot has closed its input.")
	}
	return fmt.Errorf("write to a bot's input: %w", err)
}
