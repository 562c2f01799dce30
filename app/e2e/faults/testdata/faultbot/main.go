// Command faultbot is a bot of the fault suite. Its first argument is its character (see bots.go),
// the others are name=value. It prints numbered lines and keeps a ledger of them.
package main

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/botswain/botswain/app/e2e/faults/wreck"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: faultbot CHARACTER [name=value …]")
		os.Exit(2)
	}
	args := options{}
	for _, a := range os.Args[2:] {
		name, value, _ := strings.Cut(a, "=")
		args[name] = value
	}
	characters := map[string]func(options){
		"talker": talker, "stubborn": stubborn, "forker": forker, "orphaner": orphaner,
		"crasher": crasher, "brief": brief, "polite": polite, "prompter": prompter,
		"child": child, "crowd": crowd, "bomb": bomb, "janitor": janitor,
	}
	do, ok := characters[os.Args[1]]
	if !ok {
		fmt.Fprintln(os.Stderr, "no such character:", os.Args[1])
		os.Exit(2)
	}
	dieQuietly()
	do(args)
}

// dieQuietly keeps the Go runtime from printing a trace, which is no numbered line.
func dieQuietly() {
	loud := make(chan os.Signal, 1)
	signal.Notify(loud, syscall.SIGABRT, syscall.SIGSEGV, syscall.SIGQUIT, syscall.SIGBUS)
	go func() {
		<-loud
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}()
}

// options are the arguments of a character.
type options map[string]string

func (o options) number(name string, otherwise int) int {
	if n, err := strconv.Atoi(o[name]); err == nil {
		return n
	}
	return otherwise
}

func (o options) duration(name string, otherwise time.Duration) time.Duration {
	if d, err := time.ParseDuration(o[name]); err == nil {
		return d
	}
	return otherwise
}

// janitor clears up when the test that started it is gone, however it went: the end of its input
// tells. A test that has cleared up itself writes a byte first.
func janitor(o options) {
	if n, _ := io.ReadFull(os.Stdin, make([]byte, 1)); n == 0 {
		if clock := o.duration("clock", 0); clock != 0 {
			wreck.Clock(clock).Skew(0)
		}
		wreck.Clear(o["mark"], o["dir"], os.Getpid())
		os.RemoveAll(o["programs"])
	}
}
