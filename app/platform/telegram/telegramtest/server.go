package telegramtest

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/botswain/botswain/app/platform/platformtest"
)

// The real server's pauses. Tests may have shorter ones by Options.
const (
	conflictPause = 3 * time.Second // before every conflict that follows another one within that time
	repeatPause   = 3 * time.Second // the least time-out of a poll that repeats the offset of the one before
)

// Options change what a server does; the zero value is the real behaviour on a free port.
type Options struct {
	Addr          string        // a loopback address; "" is a free port
	ConflictPause time.Duration // 0 is the real 3 s
	RepeatPause   time.Duration // 0 is the real 3 s
}

// Server is a Bot API. Its methods may be called at any time from any goroutine.
type Server struct {
	Faults platformtest.Faults // calls are methods ("getMe", "getUpdates"), and "file" for downloads

	opt    Options
	http   *platformtest.Server
	ctx    context.Context // of copies that poll
	cancel context.CancelFunc
	copies sync.WaitGroup

	board   platformtest.Board // over all that follows and all bots
	tokens  map[string]*Bot    // those that work
	files   map[string]file    // by file_id
	asked   map[string]int     // requests by method, lower case
	unknown map[string]bool    // methods that were asked for and don't exist here
	nextID  int64              // of users and chats that nobody named
}

// Start serves a Bot API until Close.
func Start(opt Options) (*Server, error) {
	if opt.ConflictPause == 0 {
		opt.ConflictPause = conflictPause
	}
	if opt.RepeatPause == 0 {
		opt.RepeatPause = repeatPause
	}
	s := &Server{
		opt: opt, tokens: map[string]*Bot{}, files: map[string]file{},
		asked: map[string]int{}, unknown: map[string]bool{}, nextID: 1000,
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	var err error
	s.http, err = platformtest.Listen(opt.Addr, s)
	return s, err
}

// New serves a Bot API until the test ends.
func New(t testing.TB, opt Options) *Server {
	t.Helper()
	s, err := Start(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// Close ends the server and all that it does. Connections are cut.
func (s *Server) Close() {
	s.cancel()
	s.http.Close()
	s.copies.Wait()
}

// URL is the base URL, in place of https://api.telegram.org.
func (s *Server) URL() string { return s.http.URL }

// Requests says how often a method was asked for with whatever token, "" for all methods.
// Case doesn't matter.
func (s *Server) Requests(method string) (n int) {
	s.board.Look(func() {
		for m, k := range s.asked {
			if method == "" || m == strings.ToLower(method) {
				n += k
			}
		}
	})
	return n
}

// Unknown lists the methods, in lower case, that were asked for and don't exist here.
func (s *Server) Unknown() (methods []string) {
	s.board.Look(func() { methods = slices.Sorted(maps.Keys(s.unknown)) })
	return methods
}

// Wait waits until done is true. It is asked again after each request and each change; it may call
// the methods of the server and its bots, which is why it isn't called with a lock held.
func (s *Server) Wait(ctx context.Context, what string, done func() bool) error {
	return s.board.Wait(ctx, what, done)
}

// ServeHTTP answers /bot<token>/<method> and /file/bot<token>/<path>.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if rest, ok := strings.CutPrefix(r.URL.Path, "/file/bot"); ok {
		s.serveFile(w, r, rest)
		return
	}
	rest, ok := strings.CutPrefix(r.URL.Path, "/bot")
	token, method, found := strings.Cut(rest, "/")
	if !ok || !found {
		refuse(w, http.StatusNotFound, 0)
		return
	}
	method = strings.ToLower(method)
	s.board.Do(func() { s.asked[method]++ })
	if s.Faults.Play(w, r, method, refuse) {
		return
	}
	if !wellFormed(token) {
		refuse(w, http.StatusNotFound, 0) // as api.telegram.org does; a local server says 401
		return
	}
	var b *Bot
	s.board.Look(func() { b = s.tokens[token] })
	if b == nil {
		refuse(w, http.StatusUnauthorized, 0)
		return
	}
	args, err := readArgs(r)
	if err != nil {
		write(w, failure{code: 400, words: "Bad Request: " + err.Error()})
		return
	}
	write(w, s.call(r.Context(), b, method, args))
}

// call answers one method of a bot whose token is right.
func (s *Server) call(ctx context.Context, b *Bot, method string, a args) any {
	out := false
	s.board.Look(func() { out = b.loggedOut })
	if out {
		return failure{code: 400, words: "Logged out"}
	}
	f := methods()[method]
	if f == nil {
		s.board.Do(func() { s.unknown[method] = true })
		return failure{code: 404, words: "Not Found: method not found"}
	}
	return f(b, ctx, a)
}

// wellFormed says whether a token has the shape NUMBER:REST at all.
func wellFormed(token string) bool {
	id, rest, found := strings.Cut(token, ":")
	n, err := strconv.ParseInt(id, 10, 64)
	return found && rest != "" && err == nil && n > 0
}
