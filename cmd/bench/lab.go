package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// lab is the place of one call of bench: a temporary directory with the test bot in it.
type lab struct {
	options
	dir     string
	testbot string
	log     io.Writer
	absent  []string // what was left out, and why
	rooms   int
}

func newLab(ctx context.Context, o options, log io.Writer) (*lab, error) {
	binary, err := filepath.Abs(o.botswain)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(binary); err != nil {
		return nil, fmt.Errorf("build Botswain first (make build): %w", err)
	}
	o.botswain = binary
	if o.peerDir, err = filepath.Abs(o.peerDir); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "bwb") // short: sockets are inside
	if err != nil {
		return nil, err
	}
	l := &lab{options: o, dir: dir, testbot: filepath.Join(dir, "testbot"), log: log}
	build := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", l.testbot, "github.com/botswain/botswain/cmd/bench/testbot")
	if out, err := build.CombinedOutput(); err != nil {
		l.close()
		return nil, fmt.Errorf("build the test bot: %w\n%s", err, out)
	}
	return l, nil
}

// close kills bots that are left and removes the directory.
func (l *lab) close() {
	for _, pid := range l.living() {
		unix.Kill(pid, unix.SIGKILL)
	}
	os.RemoveAll(l.dir)
}

// fresh makes a directory for one run of one system.
func (l *lab) fresh() (string, error) {
	l.rooms++
	dir := filepath.Join(l.dir, strconv.Itoa(l.rooms))
	return dir, os.MkdirAll(filepath.Join(dir, "reports"), 0o755)
}

// sweep ends what a run left: first the bots, then its files.
func (l *lab) sweep(dir string) {
	for _, pid := range l.living() {
		unix.Kill(pid, unix.SIGKILL)
	}
	os.RemoveAll(dir)
}

// living lists the test bots of this lab: its copy of the program is run by nobody else.
func (l *lab) living() []int {
	var pids []int
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if exe, err := os.Readlink("/proc/" + e.Name() + "/exe"); err == nil && exe == l.testbot {
			pids = append(pids, pid)
		}
	}
	return pids
}

func (l *lab) say(format string, args ...any) {
	fmt.Fprintf(l.log, time.Now().Format("15:04:05 ")+format+"\n", args...)
}

// machine describes where the figures come from.
func (l *lab) machine() string {
	var u unix.Utsname
	unix.Uname(&u)
	model := "unknown CPU"
	cpu, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(cpu)) {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(k) == "model name" {
			model = strings.TrimSpace(v)
			break
		}
	}
	return fmt.Sprintf("%s, %d × %s, Linux %s, load %s", time.Now().Format("2006-01-02 15:04"),
		runtime.NumCPU(), model, bytes.TrimRight(u.Release[:], "\x00"), load())
}

// load is the machine's load over one minute.
func load() string {
	b, _ := os.ReadFile("/proc/loadavg")
	one, _, _ := strings.Cut(string(b), " ")
	return one
}
