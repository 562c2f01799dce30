// Command botswain runs and commands a crew of bots. This package is thin: it reads arguments and
// settings, calls the services or the REST API, and turns errors into exit codes.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/botswain/botswain/app"
)

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// After the first signal the next one has its own way again: it kills at once.
	context.AfterFunc(ctx, stop)
	c := &cli{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv}
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		c.prepareUpgrade()
	}
	return c.run(ctx, os.Args[1:])
}

// prepareUpgrade has SIGUSR2 replace the program in place, and takes what the one before left. What
// goes wrong here is no reason not to serve.
func (c *cli) prepareUpgrade() {
	upgrade := make(chan os.Signal, 1)
	signal.Notify(upgrade, syscall.SIGUSR2)
	c.upgrade = upgrade
	var err error
	if c.program, err = app.ThisProgram(); err != nil {
		fmt.Fprintf(c.stderr, "botswain: %v; SIGUSR2 can't upgrade it\n", err)
	}
	if c.handover, err = app.Inherit(); err != nil {
		fmt.Fprintf(c.stderr, "botswain: %v; starting without it\n", err)
	}
}
