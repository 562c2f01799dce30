package discordtest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// Opcodes of the gateway.
const (
	opDispatch       = 0
	opHeartbeat      = 1
	opIdentify       = 2
	opPresence       = 3
	opVoiceState     = 4
	opResume         = 6
	opReconnect      = 7
	opRequestMembers = 8
	opInvalidSession = 9
	opHello          = 10
	opHeartbeatACK   = 11
)

// The gateway's bounds for what a client sends.
const (
	maxPayload   = 4096
	maxPerMinute = 120
)

// reasons are the words that go with close codes.
func reasons() map[int]string {
	return map[int]string{
		4000: "Unknown error.", 4001: "Unknown opcode.", 4002: "Error while decoding payload.", 4003: "Not authenticated.",
		4004: "Authentication failed.", 4005: "Already authenticated.", 4007: "Invalid seq.", 4008: "Rate limited.",
		4009: "Session timed out.", 4010: "Invalid shard.", 4011: "Sharding required.", 4012: "Invalid API version.",
		4013: "Invalid intent(s).", 4014: "Disallowed intent(s).",
	}
}

// conn is one WebSocket. Its fields are under the server's lock, but for those of its own goroutines.
type conn struct {
	s    *Server
	ws   *websocket.Conn
	pack packer // the writer's
	beat chan struct{}

	session *session // nil before IDENTIFY or RESUME
	bot     *Bot     // as session
	out     []payload
	code    int  // to close with; 0: open
	cut     bool // close without a word
	since   time.Time
	sent    int // payloads of the client since then
}

// payload is one message of the gateway to a client.
type payload struct {
	Op  int     `json:"op"`
	D   any     `json:"d"`
	Seq *int    `json:"s"`
	T   *string `json:"t"`

	packed bool // its session takes compressed payloads
}

// serveGateway speaks with one client until either side ends it.
func (s *Server) serveGateway(w http.ResponseWriter, r *http.Request) {
	s.board.Do(func() { s.asked["gateway"]++ })
	if s.Faults.Play(w, r, "gateway", refuse) {
		return
	}
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true, CompressionMode: websocket.CompressionDisabled})
	if err != nil {
		return // Accept has answered
	}
	defer func() { _ = ws.CloseNow() }()
	ws.SetReadLimit(4 * maxPayload)
	q := r.URL.Query()
	c := &conn{s: s, ws: ws, beat: make(chan struct{}, 1)}
	if c.pack.stream = q.Get("compress") == "zlib-stream"; c.pack.stream {
		c.pack.begin()
	}
	if !knownVersion(q.Get("v")) {
		_ = ws.Close(4012, reasons()[4012])
		return
	}
	s.board.Do(func() {
		c.send(opHello, obj{"heartbeat_interval": s.opt.Heartbeat.Milliseconds(), "_trace": []string{`["discordtest"]`}})
	})
	ctx, cancel := context.WithCancel(r.Context())
	var own sync.WaitGroup
	own.Go(func() { c.write(ctx); cancel() })
	own.Go(func() { c.watch(ctx) })
	c.read(ctx)
	cancel()
	own.Wait()
}

// send queues a payload that is no event. It's called with the lock held.
func (c *conn) send(op int, d any) { c.out = append(c.out, payload{Op: op, D: d}) }

// close ends the connection after what is queued. It's called with the lock held.
func (c *conn) close(code int) {
	if c.code == 0 {
		c.code = code
	}
}

// write sends what is queued until the connection ends.
func (c *conn) write(ctx context.Context) {
	for {
		var out []payload
		var code int
		var cut bool
		err := c.s.board.Wait(ctx, "something to send", func() bool {
			c.s.board.Look(func() {
				out, c.out = c.out, nil
				code, cut = c.code, c.cut
			})
			return len(out) > 0 || code != 0 || cut
		})
		if err != nil || cut {
			_ = c.ws.CloseNow()
			return
		}
		for _, p := range out {
			if err := c.pack.write(ctx, c.ws, p); err != nil {
				return
			}
		}
		if code != 0 {
			_ = c.ws.Close(websocket.StatusCode(code), reasons()[code])
			return
		}
	}
}

// watch closes a connection that doesn't send heartbeats.
func (c *conn) watch(ctx context.Context) {
	patience := c.s.opt.Heartbeat + c.s.opt.Heartbeat/2
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.beat:
			timer.Reset(patience)
		case <-timer.C:
			c.s.board.Do(func() { c.close(4009) })
			return
		}
	}
}

// read takes what the client sends until the connection ends; then its session has none any more.
func (c *conn) read(ctx context.Context) {
	var err error
	for err == nil {
		var data []byte
		if _, data, err = c.ws.Read(ctx); err == nil {
			c.take(data)
		}
	}
	var closed websocket.CloseError
	gone := errors.As(err, &closed) && (closed.Code == websocket.StatusNormalClosure || closed.Code == websocket.StatusGoingAway)
	c.s.board.Do(func() {
		if c.session == nil || c.session.conn != c {
			return
		}
		c.session.conn = nil
		if gone { // the client says that it won't come back
			delete(c.s.sessions, c.session.id)
		}
	})
}

// take answers one payload of the client.
func (c *conn) take(data []byte) {
	var in struct {
		Op int             `json:"op"`
		D  json.RawMessage `json:"d"`
	}
	bad := len(data) > maxPayload || json.Unmarshal(data, &in) != nil
	c.s.board.Do(func() {
		if c.code != 0 {
			return // what comes after the end isn't heard
		}
		if now := time.Now(); now.Sub(c.since) > time.Minute {
			c.since, c.sent = now, 0
		}
		if c.sent++; c.sent > maxPerMinute {
			c.close(4008)
			return
		}
		if bad {
			c.close(4002)
			return
		}
		c.obey(in.Op, in.D)
	})
}

// obey does what an opcode asks for. It's called with the lock held.
func (c *conn) obey(op int, d json.RawMessage) {
	switch op {
	case opHeartbeat:
		select {
		case c.beat <- struct{}{}:
		default:
		}
		if c.bot == nil || !c.bot.mute {
			c.send(opHeartbeatACK, nil)
		}
	case opIdentify:
		c.identify(d)
	case opResume:
		c.resume(d)
	case opPresence, opVoiceState:
		if c.session == nil {
			c.close(4003)
		}
	case opRequestMembers:
		if c.session == nil {
			c.close(4003)
			return
		}
		c.members(d)
	default:
		c.close(4001)
	}
}
