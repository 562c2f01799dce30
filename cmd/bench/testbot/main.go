// Testbot is the bot that all supervisors are measured with. What it knows of itself (when it
// started, what it has written) it appends to a report file beside the supervisor's own log, so
// that no figure depends on the path that is measured.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const usage = "usage: testbot idle|lines|crash|tick|number|tree|binary REPORTS NAME …"

func main() {
	began := now()
	if len(os.Args) == 2 { // a process of a tree
		switch os.Args[1] {
		case "branch":
			branch()
			return
		case "leaf":
			wait()
			return
		}
	}
	if len(os.Args) < 4 {
		fmt.Fprintln(os.Stderr, usage)
		os.Exit(2)
	}
	r := openReport(os.Args[2], os.Args[3])
	r.say("start", began, int64(os.Getpid()))
	switch os.Args[1] {
	case "idle":
		wait()
	case "tree":
		tree()
	case "lines": // lines COUNT BYTES-PER-WRITE [exit]
		lines(r, number(4), number(5))
		if len(os.Args) > 6 {
			return
		}
		wait()
	case "binary": // binary COUNT
		randomBytes(r, number(4))
		wait()
	case "crash": // crash AFTER-MS
		time.Sleep(time.Duration(number(4)) * time.Millisecond)
		r.say("die", now(), int64(os.Getpid()))
		unix.Kill(os.Getpid(), unix.SIGKILL)
		select {}
	case "tick": // tick LINES-PER-SECOND
		tick(number(4))
	case "number": // number default|ignore: what SIGPIPE does
		if os.Args[4] == "ignore" {
			signal.Ignore(syscall.SIGPIPE)
		}
		numbered(filepath.Join(os.Args[2], fmt.Sprintf("%s.%d.count", os.Args[3], os.Getpid())))
	default:
		fmt.Fprintln(os.Stderr, usage)
		os.Exit(2)
	}
}

// now is the monotonic clock that all processes of the machine share, in nanoseconds.
func now() int64 {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		panic(err)
	}
	return ts.Nano()
}

// stopped gives a channel that is told of SIGTERM and SIGINT.
func stopped() chan os.Signal {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGTERM, syscall.SIGINT)
	return c
}

func wait() { <-stopped() }

func number(i int) int {
	if i >= len(os.Args) {
		fmt.Fprintln(os.Stderr, usage)
		os.Exit(2)
	}
	n, err := strconv.Atoi(os.Args[i])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	return n
}
