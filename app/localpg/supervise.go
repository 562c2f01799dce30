package localpg

import (
	"context"
	"time"
)

// supervise starts the server again whenever it ends, until ctx does.
func (c *Cluster) supervise(ctx context.Context) {
	delay := firstDelay
	for {
		began := time.Now()
		select {
		case <-ctx.Done():
			return
		case <-c.current().Exited():
		}
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > healthyAfter {
			delay = firstDelay
		}
		c.log.Warn("private Postgres ended by itself, starting it again", "pid", c.PID(), "in", delay)
		if !c.restart(ctx, &delay) {
			return
		}
	}
}

// restart tries with growing delays until the server answers; false when ctx ended first.
func (c *Cluster) restart(ctx context.Context, delay *time.Duration) bool {
	for {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(*delay):
		}
		*delay = min(*delay*2, maxDelay)
		server, err := c.start(ctx)
		if err == nil {
			c.replace(server)
			c.log.Info("private Postgres answers again", "pid", server.PID())
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		c.log.Error("private Postgres does not start", "error", err, "again_in", *delay)
	}
}
