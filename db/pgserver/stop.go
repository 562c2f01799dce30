package pgserver

import (
	"context"
	"fmt"
	"syscall"
	"time"
)

// Stop ends the server with a fast shutdown (open transactions are rolled back, everything is
// written) and waits. When ctx ends first it is told to drop everything at once, which costs a
// recovery at the next start but no data.
func (s *Server) Stop(ctx context.Context) error {
	defer s.Close()
	s.proc.signal(syscall.SIGINT)
	if s.await(ctx) {
		s.reap()
		return nil
	}
	s.proc.signal(syscall.SIGQUIT)
	hard, cancel := stopContext(ctx)
	defer cancel()
	if !s.await(hard) {
		return fmt.Errorf("pgserver: Postgres (pid %d) does not end", s.proc.pid)
	}
	s.reap()
	return nil
}

// reap waits until our dead child has left the process table too.
func (s *Server) reap() {
	if s.found {
		s.proc.bury()
		return
	}
	<-s.exited
}

func (s *Server) await(ctx context.Context) bool {
	for s.proc.alive() {
		if pause(ctx) != nil {
			return !s.proc.alive()
		}
	}
	return true
}

// watch closes s.exited when a server that isn't our child ends.
func (s *Server) watch(ctx context.Context) {
	defer close(s.exited)
	for s.proc.alive() {
		select {
		case <-ctx.Done():
			return
		case <-time.After(250 * time.Millisecond):
		}
	}
	s.proc.bury()
}

func stopContext(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
}

// pause waits a moment between two looks at something that doesn't announce itself.
func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(20 * time.Millisecond):
		return nil
	}
}
