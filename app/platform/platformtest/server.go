package platformtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
)

// Server serves a handler over HTTP on loopback until it is closed.
type Server struct {
	URL string // http://127.0.0.1:PORT

	http   *http.Server
	cancel context.CancelFunc
	served sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	handled sync.WaitGroup // requests, those that became WebSockets too
}

// Listen serves h on addr, a loopback address such as 127.0.0.1:0. "" is that one.
func Listen(addr string, h http.Handler) (*Server, error) {
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("%s isn't a loopback address: this server is for tests", addr)
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{URL: "http://" + l.Addr().String(), cancel: cancel}
	s.http = &http.Server{
		BaseContext: func(net.Listener) context.Context { return ctx },
		ErrorLog:    log.New(io.Discard, "", 0), // clients that go away are part of the play
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !s.begin() {
				panic(http.ErrAbortHandler)
			}
			defer s.handled.Done()
			h.ServeHTTP(w, r)
		}),
	}
	s.served.Go(func() {
		if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			cancel()
		}
	})
	return s, nil
}

func (s *Server) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.handled.Add(1)
	}
	return !s.closed
}

// Close cuts all connections and returns when nothing of the server runs. It may be called again.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	_ = s.http.Close()
	s.served.Wait()
	s.handled.Wait()
}
