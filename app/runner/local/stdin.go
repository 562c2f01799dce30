package local

import (
	"context"
	"errors"
	"fmt"
	"os"
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
	// slowReader is how long the rest of a line that was begun may take.
	slowReader = 5 * time.Second
)

// input is the writing side of a run's standard input. One line is written at a time; what is left
// of a line that the bot read only in part comes before the next one.
type input struct {
	turn chan struct{} // holds one token
	rest []byte        // of whoever holds the token
}

func newInput() input {
	i := input{turn: make(chan struct{}, 1)}
	i.turn <- struct{}{}
	return i
}

// Attach writes one line to a run's standard input. It doesn't wait for a bot that doesn't read: a
// full FIFO is fault.Unavailable. When ctx ends within a long line, the rest goes before the next.
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
	return r.input.send(ctx, filepath.Join(r.dir, stdinName), append([]byte(line), '\n'))
}

func (i *input) send(ctx context.Context, fifo string, line []byte) error {
	// Not created, never waiting for a reader: the FIFO has one for as long as the bot keeps its input.
	f, err := os.OpenFile(fifo, os.O_WRONLY|unix.O_NONBLOCK, 0)
	if errors.Is(err, unix.ENXIO) || errors.Is(err, os.ErrNotExist) {
		return fault.Wrap(err, fault.Unavailable, "The bot has closed its input.")
	}
	if err != nil {
		return fmt.Errorf("open a bot's input: %w", err)
	}
	defer f.Close()
	f.SetWriteDeadline(time.Now().Add(slowReader))
	defer context.AfterFunc(ctx, func() { f.SetWriteDeadline(time.Unix(1, 0)) })()

	if len(i.rest) > 0 {
		if n, err := i.write(f, i.rest); err != nil {
			i.rest = i.rest[n:]
			return notRead(ctx, err)
		}
		i.rest = nil
	}
	n, err := i.write(f, line)
	if n > 0 && n < len(line) {
		i.rest = line[n:]
	}
	if err != nil {
		return notRead(ctx, err)
	}
	return nil
}

// write writes a piece whole, or nothing when there is no room at all.
func (i *input) write(f *os.File, piece []byte) (int, error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return 0, err
	}
	written := 0
	var failed error
	err = raw.Write(func(fd uintptr) bool {
		for written < len(piece) {
			n, err := unix.Write(int(fd), piece[written:])
			switch {
			case err == nil:
				written += n
			case errors.Is(err, unix.EINTR):
			case errors.Is(err, unix.EAGAIN) && written > 0:
				return false // wait until there is room
			default:
				failed = err
				return true
			}
		}
		return true
	})
	return written, errors.Join(err, failed)
}

func notRead(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, unix.EAGAIN), errors.Is(err, os.ErrDeadlineExceeded):
		return fault.Wrap(err, fault.Unavailable, "The bot does not read its input.")
	case errors.Is(err, unix.EPIPE):
		return fault.Wrap(err, fault.Unavailable, "The bot has closed its input.")
	}
	return fmt.Errorf("write to a bot's input: %w", err)
}
