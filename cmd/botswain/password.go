package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// maxPasswordInput bounds what is read for a password, in bytes.
const maxPasswordInput = 8 << 10

// password reads a new password: the first line of the file, or of standard input when that is no
// terminal; else it is asked for twice without echo. It is never an argument, since everybody on
// the machine can read those.
func (c *cli) password(ctx context.Context, file string) (string, error) {
	if file != "" {
		f, err := os.Open(file)
		if err != nil {
			return "", &usageError{message: fmt.Sprintf("the password file can't be read: %v", errors.Unwrap(err))}
		}
		defer f.Close()
		return firstLine(f)
	}
	tty, ok := c.stdin.(*os.File)
	if !ok || !term.IsTerminal(int(tty.Fd())) {
		return firstLine(c.stdin)
	}
	first, err := c.ask(ctx, tty, "Password: ")
	if err != nil {
		return "", err
	}
	again, err := c.ask(ctx, tty, "Once more: ")
	if err != nil {
		return "", err
	}
	if first != again {
		return "", errors.New("the two passwords differ")
	}
	return first, nil
}

// ask reads a line without echo. On Ctrl-C the terminal gets its echo back.
func (c *cli) ask(ctx context.Context, tty *os.File, prompt string) (string, error) {
	fd := int(tty.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", fmt.Errorf("read the terminal: %w", err)
	}
	type typed struct {
		text []byte
		err  error
	}
	// Reading a terminal can't be cancelled: after Ctrl-C this goroutine ends with the program.
	read := make(chan typed, 1)
	fmt.Fprint(c.stderr, prompt)
	go func() {
		text, err := term.ReadPassword(fd)
		read <- typed{text, err}
	}()
	defer fmt.Fprintln(c.stderr)
	select {
	case in := <-read:
		if in.err != nil {
			return "", fmt.Errorf("read the password: %w", in.err)
		}
		return string(in.text), nil
	case <-ctx.Done():
		return "", errors.Join(errors.New("interrupted"), term.Restore(fd, before))
	}
}

func firstLine(r io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(r, maxPasswordInput)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}
