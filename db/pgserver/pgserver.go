// Package pgserver runs a Postgres cluster of our own: it makes one with initdb, starts it on a
// Unix socket only, finds one that still runs, and stops it. It installs nothing and keeps no
// policy: app/localpg and db/dbtest say which settings and when.
//
// Three things make it work for root and ordinary users, wherever the directory is:
//
//   - Postgres refuses to run as root, so root runs it as the cluster's owner (see owner.go).
//   - That owner often can't walk to the directory (/root is 0700). So Postgres gets the
//     directory as an open descriptor and knows it as /proc/self/fd/3; no parent needs opening.
//   - The socket lives inside the directory, which only its owner and root can enter, and paths
//     too long for a socket address are reached through a descriptor as well (see Server.URL).
package pgserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// Superuser is the role that owns everything in the cluster.
const Superuser = "botswain"

// Options says which cluster to run.
type Options struct {
	// Dir is the cluster's directory, made when it is missing; its parent must exist. Files next
	// to it carry its name: Dir+".lock" is held while a start is under way, Dir+".new" is a
	// cluster that is being made.
	Dir string
	// Database is made when it is missing.
	Database string
	// Settings go to botswain.conf on each start; what a person adds to postgresql.conf wins.
	Settings map[string]string
	// Throwaway clusters are made anew whenever they don't run, and never wait for the disk.
	Throwaway bool
}

// Server is a running cluster. Its methods may be called from any goroutine.
type Server struct {
	dir      string
	database string
	handle   *os.File // the open directory
	proc     process
	found    bool
	exited   chan struct{}
	closing  context.CancelFunc
	watcher  sync.WaitGroup
	close    sync.Once
}

// Start finds the cluster running, or starts it, making it first when there is none. It returns
// when the database answers. Two callers, also in two processes, don't get in each other's way.
// Stale pid and lock files don't stop it. The server outlives this process.
func Start(ctx context.Context, o Options) (*Server, error) {
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("pgserver: %w", err)
	}
	o.Dir = dir
	unlock, err := lockFile(ctx, dir+".lock")
	if err != nil {
		return nil, fmt.Errorf("pgserver: lock: %w", err)
	}
	defer unlock()

	if o.Throwaway {
		if err := discardDead(ctx, dir); err != nil {
			return nil, err
		}
	}
	version, err := clusterVersion(dir)
	if err != nil {
		return nil, err
	}
	bin, err := findBinaries(version, dir)
	if err != nil {
		return nil, err
	}
	if version == "" {
		if err := initCluster(ctx, bin, o); err != nil {
			return nil, err
		}
	}
	handle, err := os.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("pgserver: open cluster: %w", err)
	}
	s := &Server{dir: dir, database: o.Database, handle: handle, exited: make(chan struct{})}
	if err := s.run(ctx, bin, o); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Server) run(ctx context.Context, bin binaries, o Options) error {
	id, err := identify(s.handle)
	if err != nil {
		return err
	}
	watch, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s.closing = cancel
	if err := s.find(ctx, id); err != nil {
		return err
	}
	if s.found {
		s.watcher.Go(func() { s.watch(watch) })
	} else if err := s.spawn(ctx, bin, o, id); err != nil {
		return err
	}
	return s.ensureDatabase(ctx)
}

// find sets s.found and s.proc when the cluster runs and answers. It waits for one that is
// starting up or shutting down, and clears away what a dead one has left.
func (s *Server) find(ctx context.Context, id identity) error {
	for {
		proc, running := id.postmaster(s.dir)
		err := s.ping(ctx)
		switch {
		case err == nil && running:
			s.proc, s.found = proc, true
			return nil
		case err == nil:
			return fmt.Errorf("the Postgres cluster in %s is run by somebody else (another container?); stop that first", s.dir)
		case !running:
			return id.clear(ctx, s.dir)
		}
		if err := pause(ctx); err != nil {
			return fmt.Errorf("pgserver: the Postgres that runs in %s (pid %d) doesn't answer: %w", s.dir, proc.pid, errors.Join(err, s.ping(ctx)))
		}
	}
}

// discardDead removes a cluster that doesn't run.
func discardDead(ctx context.Context, dir string) error {
	handle, err := os.Open(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("pgserver: %w", err)
	}
	defer handle.Close()
	id, err := identify(handle)
	if err != nil {
		return err
	}
	if _, running := id.postmaster(dir); running {
		return nil
	}
	if err := id.clear(ctx, dir); err != nil {
		return err
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("pgserver: %w", err)
	}
	return nil
}

// Found says that Start met a running server instead of starting one.
func (s *Server) Found() bool { return s.found }

// PID is the postmaster's process id.
func (s *Server) PID() int { return s.proc.pid }

// Dir is the cluster's absolute directory.
func (s *Server) Dir() string { return s.dir }

// Exited closes when the server process has ended, for whatever reason, or after Close.
func (s *Server) Exited() <-chan struct{} { return s.exited }

// Close lets go of the server without stopping it. It may be called twice.
func (s *Server) Close() {
	s.close.Do(func() {
		if s.closing != nil {
			s.closing()
		}
		s.watcher.Wait()
		_ = s.handle.Close()
	})
}
