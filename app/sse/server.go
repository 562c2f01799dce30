// Package sse serves server-sent events to browsers and API clients.
//
// Each connection has a stream of its own in r3labs/sse and a pump: one goroutine that pulls the
// newest values and sends them. Producers never touch a connection, so a client that doesn't read
// delays only its own pump, and is cut when a write takes longer than the write timeout.
package sse

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	r3 "github.com/r3labs/sse/v2"

	"github.com/botswain/botswain/app/fault"
)

// Options bound what connections may cost. Zero values take the defaults.
type Options struct {
	MaxTotal     int           // open connections; default 5,000
	MaxPerUser   int           // open connections of one user; default 64
	Heartbeat    time.Duration // default 15 s
	WriteTimeout time.Duration // how long one event may take to be written; default 10 s
	Log          *slog.Logger
}

// Server keeps count of the open connections and can close them.
type Server struct {
	opt Options
	lib *r3.Server

	mu      sync.Mutex
	closed  bool
	cancels map[string]context.CancelFunc // by stream id
	users   map[string]int
}

// New makes a server without connections.
func New(opt Options) *Server {
	if opt.MaxTotal == 0 {
		opt.MaxTotal = 5000
	}
	if opt.MaxPerUser == 0 {
		opt.MaxPerUser = 64
	}
	if opt.Heartbeat == 0 {
		opt.Heartbeat = 15 * time.Second
	}
	if opt.WriteTimeout == 0 {
		opt.WriteTimeout = 10 * time.Second
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	lib := r3.New()
	lib.AutoReplay = false // it would keep every event for ever
	lib.AutoStream = false // clients must not create streams
	lib.SplitData = true   // the only safe encoding of data with line ends
	lib.BufferSize = 1
	lib.Headers["Cache-Control"] = "no-store"
	lib.Headers["Connection"] = "close"     // see writer.release
	lib.Headers["X-Accel-Buffering"] = "no" // reverse proxies must pass events on at once
	return &Server{opt: opt, lib: lib, cancels: map[string]context.CancelFunc{}, users: map[string]int{}}
}

// Stream says what one connection carries.
type Stream struct {
	// User is who the connection counts against.
	User string
	// Alive is asked at each heartbeat; false closes the connection (the session has ended, say).
	// It must answer true when it can't find out. Nil: always alive.
	Alive func(context.Context) bool
	// Beat names the event that a heartbeat is; "" makes it a comment, which clients don't see.
	Beat string
	// Cursor is the id that events carry until one is sent with its own.
	Cursor int64
	// Pump sends until ctx ends; the connection closes when it returns. It runs on one goroutine
	// and is always waited for. Its error is only logged.
	Pump func(ctx context.Context, c *Conn) error
}

// Serve answers r with events until the client goes, the pump returns or the server closes. An
// error means that nothing was written yet and the caller must answer: *fault.Error Unavailable
// when there are too many connections or the server is closing.
func (s *Server) Serve(w http.ResponseWriter, r *http.Request, st Stream) error {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	id := rand.Text()
	if err := s.admit(id, st.User, cancel); err != nil {
		return err
	}
	defer s.leave(id, st.User)

	out := newWriter(ctx, cancel, w, s.opt.WriteTimeout)
	defer out.release()
	conn := &Conn{ctx: ctx, lib: s.lib, id: id, out: out, cursor: st.Cursor}
	pumped := make(chan struct{})
	stream := s.lib.CreateStream(id)
	// Set before ServeHTTP subscribes: what is published earlier would be lost.
	stream.OnSubscribe = func(string, *r3.Subscriber) {
		defer close(pumped)
		defer cancel()
		s.run(ctx, cancel, conn, st)
	}
	s.lib.ServeHTTP(out, s.request(ctx, r, id))
	cancel()
	<-pumped
	// Only now: with a subscriber attached the library would leak a goroutine.
	s.lib.RemoveStream(id)
	return nil
}

// request is r as the library must see it: our stream id instead of the client's query, and no
// Last-Event-ID, which it would answer with 400 when it isn't an integer.
func (s *Server) request(ctx context.Context, r *http.Request, id string) *http.Request {
	clone := r.Clone(ctx)
	clone.URL = &url.URL{Path: r.URL.Path, RawQuery: url.Values{"stream": {id}}.Encode()}
	clone.Header.Del("Last-Event-ID")
	return clone
}

func (s *Server) admit(id, user string, cancel context.CancelFunc) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	full := &fault.Error{Code: fault.Unavailable, RetryAfter: 10 * time.Second}
	switch {
	case s.closed:
		full.Message = "Botswain is shutting down."
	case len(s.cancels) >= s.opt.MaxTotal:
		full.Message = "Too many live connections are open. Close some pages, or wait a little."
	case s.users[user] >= s.opt.MaxPerUser:
		full.Message = "You have too many live pages open. Close some, then this one updates again."
	default:
		s.cancels[id] = cancel
		s.users[user]++
		return nil
	}
	return full
}

func (s *Server) leave(id, user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.cancels, id)
	if s.users[user]--; s.users[user] <= 0 {
		delete(s.users, user)
	}
}

// Open tells how many connections are open.
func (s *Server) Open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.cancels)
}

// Drop ends the connections that are open now; clients may come back at once.
func (s *Server) Drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, cancel := range s.cancels {
		cancel()
	}
}

// Close ends all connections and refuses new ones. It doesn't wait: http.Server.Shutdown does.
// It may be called twice.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.Drop()
}

// LastEventID is the cursor that a client resumes from: the header that browsers send after a lost
// connection, else the query parameter after_seq or after. Anything but a whole number of at least
// 0 counts as absent.
func LastEventID(r *http.Request) (seq int64, ok bool) {
	query := r.URL.Query()
	for _, raw := range []string{r.Header.Get("Last-Event-ID"), query.Get("after_seq"), query.Get("after")} {
		if n, err := strconv.ParseInt(raw, 10, 64); err == nil && n >= 0 {
			return n, true
		}
	}
	return 0, false
}
