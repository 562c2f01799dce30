package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// linesIn counts a log file's lines by its size; each is perLine bytes long.
func linesIn(path string, perLine int) (int, error) {
	fi, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return int(fi.Size() / int64(perLine)), nil
}

// readLines calls line with each line of a file; a file that isn't there has none.
func readLines(path string, line func(string)) error {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 1<<20)
	for {
		text, err := in.ReadString('\n')
		if text != "" {
			line(strings.TrimSuffix(text, "\n"))
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// tailCommand runs a command that prints a bot's new lines, until ctx ends.
func tailCommand(ctx context.Context, dir string, env []string, line func([]byte), argv ...string) error {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir, cmd.Env = dir, env
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	in := bufio.NewReaderSize(out, 1<<20)
	for {
		text, err := in.ReadSlice('\n')
		if err != nil {
			break // the command ended, because ctx did or by itself
		}
		line(text)
	}
	err = cmd.Wait()
	if ctx.Err() != nil {
		return nil
	}
	return errors.Join(errors.New("the command that shows new lines ended"), err)
}
