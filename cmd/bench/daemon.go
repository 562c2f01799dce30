package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// daemon is a supervisor that runs as a child of bench. What it prints goes to a file.
type daemon struct {
	cmd  *exec.Cmd
	done chan struct{}
	log  string
}

// launch starts it in a process group of its own, so that Ctrl-C at the terminal is bench's alone.
func launch(dir, log string, env []string, argv ...string) (*daemon, error) {
	f, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, env, f, f
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	d := &daemon{cmd: cmd, done: make(chan struct{}), log: log}
	go func() {
		cmd.Wait()
		close(d.done)
	}()
	return d, nil
}

func (d *daemon) pid() int { return d.cmd.Process.Pid }

// kill is kill -9; it returns when the process is gone.
func (d *daemon) kill() {
	d.cmd.Process.Kill()
	<-d.done
}

// end asks with SIGTERM, and kills what doesn't listen.
func (d *daemon) end(grace time.Duration) {
	d.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-d.done:
	case <-time.After(grace):
		d.kill()
	}
}

// printed is the end of what it printed, for errors.
func (d *daemon) printed() string {
	b, _ := os.ReadFile(d.log)
	return string(b[max(0, len(b)-2000):])
}

// ready waits until ok answers true, and fails at once when the daemon ends.
func (d *daemon) ready(ctx context.Context, ok func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	ended := false
	err := until(ctx, 10*time.Millisecond, func() bool {
		select {
		case <-d.done:
			ended = true
			return true
		default:
			return ok()
		}
	})
	if ended {
		err = errors.New("it ended")
	}
	if err != nil {
		return fmt.Errorf("%s does not come up: %w\n%s", filepath.Base(d.cmd.Path), err, d.printed())
	}
	return nil
}

// call runs a command to its end and gives what it printed on stdout.
func call(ctx context.Context, dir string, env []string, argv ...string) (string, error) {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir, cmd.Env = dir, env
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	// A daemon that the command leaves behind may hold its output open.
	cmd.WaitDelay = 2 * time.Second
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		text := strings.TrimSpace(errs.String() + out.String())
		return "", fmt.Errorf("%s: %w: %s", strings.Join(argv, " "), err, text[max(0, len(text)-500):])
	}
	return strings.TrimSpace(out.String()), nil
}

// pidFile reads a process id; 0 when there is none.
func pidFile(path string) int {
	b, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(b), "\n")
	pid, _ := strconv.Atoi(strings.TrimSpace(first))
	return pid
}
