package discordtest

import (
	"context"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/botswain/botswain/app/platform/platformtest"
)

// Options change what a server does; the zero value is the real behaviour on a free port.
type Options struct {
	Addr      string        // a loopback address; "" is a free port
	Heartbeat time.Duration // heartbeat_interval; 0 is Discord's usual 41.25 s
}

const heartbeat = 41250 * time.Millisecond

// Server is Discord. Its methods may be called at any time from any goroutine.
type Server struct {
	// Faults by call: "GET /users/@me", "POST /channels/{channel}/messages" and so on, "cdn", and
	// "gateway" for opening a WebSocket. What goes wrong later on a gateway is played with a Bot.
	Faults platformtest.Faults

	opt    Options
	http   *platformtest.Server
	mux    *http.ServeMux
	ctx    context.Context // of copies
	cancel context.CancelFunc
	copies sync.WaitGroup

	board    platformtest.Board // over all that follows, all bots, guilds, sessions and connections
	tokens   map[string]*Bot    // those that work
	bots     map[string]*Bot    // by id, which is the application's as well
	sessions map[string]*session
	asks     map[string]*interaction // by token
	asked    map[string]int          // requests by call
	unknown  map[string]bool
	lastID   int64
}

// Start serves until Close.
func Start(opt Options) (*Server, error) {
	if opt.Heartbeat == 0 {
		opt.Heartbeat = heartbeat
	}
	s := &Server{
		opt: opt, tokens: map[string]*Bot{}, bots: map[string]*Bot{}, sessions: map[string]*session{},
		asks: map[string]*interaction{}, asked: map[string]int{}, unknown: map[string]bool{},
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.mux = s.routes()
	var err error
	s.http, err = platformtest.Listen(opt.Addr, s)
	return s, err
}

// New serves until the test ends.
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

// URL is the base URL of the REST API without a version, in place of https://discord.com/api.
func (s *Server) URL() string { return s.http.URL + "/api" }

// CDN is the base URL of pictures, in place of https://cdn.discordapp.com.
func (s *Server) CDN() string { return s.http.URL + "/cdn" }

// gatewayURL is the WebSocket's, in place of wss://gateway.discord.gg.
func (s *Server) gatewayURL() string { return "ws" + strings.TrimPrefix(s.http.URL, "http") + "/" }

// Requests says how often a call was made, in the form "GET /gateway/bot"; "" is all of REST.
func (s *Server) Requests(call string) (n int) {
	s.board.Look(func() {
		for c, k := range s.asked {
			if c == call || call == "" && c != "gateway" && c != "cdn" {
				n += k
			}
		}
	})
	return n
}

// Unknown lists the calls that were made and don't exist here.
func (s *Server) Unknown() (calls []string) {
	s.board.Look(func() { calls = slices.Sorted(maps.Keys(s.unknown)) })
	return calls
}

// Wait waits until done is true. It is asked again after each request and each change; it may call
// the methods of the server and its bots.
func (s *Server) Wait(ctx context.Context, what string, done func() bool) error {
	return s.board.Wait(ctx, what, done)
}

var versioned = regexp.MustCompile(`^/api(?:/v(\d+))?(/.*)$`)

// ServeHTTP tells the gateway, the CDN and the versions of the REST API apart.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		s.serveGateway(w, r)
		return
	}
	if path, ok := strings.CutPrefix(r.URL.Path, "/cdn/"); ok {
		s.serveCDN(w, r, path)
		return
	}
	m := versioned.FindStringSubmatch(r.URL.Path)
	if m == nil {
		s.miss(w, r)
		return
	}
	if !knownVersion(m[1]) {
		write(w, http.StatusBadRequest, wrong(50041, "Invalid API version"))
		return
	}
	inner := r.Clone(r.Context())
	inner.URL.Path, inner.URL.RawPath = m[2], ""
	s.mux.ServeHTTP(w, inner)
}

// knownVersion says whether a version of API or gateway exists; none is the default one.
func knownVersion(v string) bool {
	n, err := strconv.Atoi(v)
	return v == "" || err == nil && n >= 6 && n <= 10
}

func (s *Server) miss(w http.ResponseWriter, r *http.Request) {
	s.board.Do(func() { s.unknown[r.Method+" "+r.URL.Path] = true })
	refuse(w, http.StatusNotFound, 0)
}

// snowflake is a new id: its upper bits are milliseconds since 2015, as Discord's. It is called with the lock held.
func (s *Server) snowflake() string {
	const epoch = 1420070400000
	s.lastID = max(s.lastID+1, (time.Now().UnixMilli()-epoch)<<22)
	return strconv.FormatInt(s.lastID, 10)
}
