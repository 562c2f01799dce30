package main

import "context"

// command is something that runs besides, and that somebody waits for.
type command struct {
	done chan struct{}
	err  error
}

func inBackground(ctx context.Context, do func(context.Context) error) *command {
	c := &command{done: make(chan struct{})}
	go func() {
		defer close(c.done)
		c.err = do(ctx)
	}()
	return c
}

func (c *command) wait() error {
	<-c.done
	return c.err
}

// failed gives the error of a command that is over already.
func (c *command) failed() error {
	select {
	case <-c.done:
		return c.err
	default:
		return nil
	}
}
