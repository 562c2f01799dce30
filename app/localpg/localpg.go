// Package localpg runs Botswain's private Postgres in <data>/postgres and keeps it running.
//
// The server has a session of its own: it outlives a killed Botswain, and the next start finds it.
// While Botswain runs, a server that dies is started again; a normal stop shuts it down cleanly.
package localpg

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/db/pgserver"
)

const (
	database = "botswain"
	// startTimeout leaves room for the recovery after a power cut.
	startTimeout = 3 * time.Minute
	firstDelay   = 500 * time.Millisecond
	maxDelay     = 30 * time.Second
	// A server that lived this long counts as healthy, so its next death starts at firstDelay.
	healthyAfter = time.Minute
)

// Options says where the cluster is.
type Options struct {
	DataDir string // must exist; the cluster is its folder "postgres"
	Log     *slog.Logger
}

// Cluster is the running private Postgres.
type Cluster struct {
	options pgserver.Options
	log     *slog.Logger
	first   *pgserver.Server // its URL stays good across restarts
	found   bool
	cancel  context.CancelFunc
	done    chan struct{} // the supervisor has ended

	mu     sync.Mutex
	server *pgserver.Server // the one that runs now
}

// Start finds the cluster running or starts it, making it first when there is none; it returns
// when the database answers. It installs nothing. Errors are *fault.Error whose message is one
// clear line. The caller must call Stop or Release.
func Start(ctx context.Context, o Options) (*Cluster, error) {
	c := &Cluster{
		options: pgserver.Options{Dir: filepath.Join(o.DataDir, "postgres"), Database: database, Settings: settings()},
		log:     o.Log,
		done:    make(chan struct{}),
	}
	began := time.Now()
	server, err := c.start(ctx)
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "The private Postgres: %v", err)
	}
	c.first, c.server, c.found = server, server, server.Found()
	c.log.Info("private Postgres answers", "pid", server.PID(), "found_running", c.found, "took", time.Since(began).Round(time.Millisecond))

	var supervise context.Context
	supervise, c.cancel = context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		defer close(c.done)
		c.supervise(supervise)
	}()
	return c, nil
}

func (c *Cluster) start(ctx context.Context) (*pgserver.Server, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	return pgserver.Start(ctx, c.options)
}

// URL is the connection string; it stays the same as long as the cluster is not stopped.
func (c *Cluster) URL() string { return c.first.URL() }

// PID is the main process of the server that runs now, or ran last.
func (c *Cluster) PID() int { return c.current().PID() }

// Found says that the server was already running: another process may use it too.
func (c *Cluster) Found() bool { return c.found }

// Stop shuts the server down (fast mode: clean, without waiting for clients) and waits for its
// end. It may be called twice.
func (c *Cluster) Stop(ctx context.Context) error {
	c.cancel()
	<-c.done
	defer c.first.Close()
	if err := c.current().Stop(ctx); err != nil {
		return err
	}
	c.log.Info("private Postgres stopped")
	return nil
}

// Release lets go of the server and leaves it running, for commands that only came to visit.
func (c *Cluster) Release() {
	c.cancel()
	<-c.done
	c.current().Close()
	c.first.Close()
}

func (c *Cluster) current() *pgserver.Server {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.server
}

func (c *Cluster) replace(s *pgserver.Server) {
	c.mu.Lock()
	old := c.server
	c.server = s
	c.mu.Unlock()
	if old != c.first {
		old.Close()
	}
}
