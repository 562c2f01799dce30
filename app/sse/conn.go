package sse

import (
	"context"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	r3 "github.com/r3labs/sse/v2"
)

// Event is one message. Data must not be empty: such an event isn't sent.
type Event struct {
	// ID is the cursor that the client sends back when it reconnects; 0 repeats the last one,
	// because an event without id would make the client forget its own.
	ID   int64
	Name string // "" is a plain message
	Data string
}

// Conn is one open connection, as its pump sees it.
type Conn struct {
	ctx context.Context
	lib *r3.Server
	id  string
	out *writer

	mu     sync.Mutex
	cursor int64
}

// Send writes one event and waits until it is handed to the network, so that a pump never runs
// ahead of its client. The error is the connection's end.
func (c *Conn) Send(e Event) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e.ID != 0 {
		c.cursor = e.ID
	}
	return c.publish(c.message(e))
}

func (c *Conn) message(e Event) *r3.Event {
	return &r3.Event{
		ID:    []byte(strconv.FormatInt(c.cursor, 10)),
		Event: []byte(e.Name),
		Data:  []byte(oneEnd(e.Data)),
	}
}

// oneEnd makes all line ends \n: the library splits data there only, but \r ends a line for clients too.
func oneEnd(data string) string {
	if !strings.Contains(data, "\r") {
		return data
	}
	return lineEnds.Replace(data)
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// SendAll is Send for several events that are there already. They go to the network together, in
// packets of a few dozen KiB, so a long catch-up doesn't cost a system call for each.
func (c *Conn) SendAll(events []Event) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	events = slices.DeleteFunc(slices.Clone(events), func(e Event) bool { return e.Data == "" })
	if len(events) == 0 {
		return c.ctx.Err()
	}
	c.out.hold(len(events) - 1)
	for _, e := range events {
		if e.ID != 0 {
			c.cursor = e.ID
		}
		if err := c.hand(c.message(e)); err != nil {
			return err
		}
	}
	return c.awaitFlush()
}

func (c *Conn) comment(text string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.publish(&r3.Event{Comment: []byte(text)})
}

func (c *Conn) publish(e *r3.Event) error {
	if len(e.Data) == 0 && len(e.Comment) == 0 {
		return nil // the library would take it for the end of the stream
	}
	if err := c.hand(e); err != nil {
		return err
	}
	return c.awaitFlush()
}

// hand gives an event to the library, which takes all until the connection's end.
func (c *Conn) hand(e *r3.Event) error {
	if err := c.ctx.Err(); err != nil {
		return err
	}
	c.lib.Publish(c.id, e)
	return nil
}

func (c *Conn) awaitFlush() error {
	select {
	case <-c.out.flushed:
		return c.ctx.Err()
	case <-c.ctx.Done():
		return c.ctx.Err()
	}
}

// run is the pump's goroutine: it also owns the heartbeat.
func (s *Server) run(ctx context.Context, cancel context.CancelFunc, c *Conn, st Stream) {
	beating := make(chan struct{})
	go func() {
		defer close(beating)
		s.heartbeat(ctx, cancel, c, st)
	}()
	defer func() { <-beating }()
	defer cancel()
	// The library started this goroutine: no middleware would catch a panic here.
	defer func() {
		if p := recover(); p != nil {
			s.opt.Log.Error("live stream: pump panicked", "panic", p, "stack", string(debug.Stack()))
		}
	}()
	if err := st.Pump(ctx, c); err != nil && ctx.Err() == nil {
		s.opt.Log.Warn("live stream: pump ended", "error", err)
	}
}

func (s *Server) heartbeat(ctx context.Context, cancel context.CancelFunc, c *Conn, st Stream) {
	tick := time.NewTicker(s.opt.Heartbeat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if st.Alive != nil && !st.Alive(ctx) {
			cancel()
			return
		}
		var err error
		if st.Beat == "" {
			err = c.comment("beat")
		} else {
			err = c.Send(Event{Name: st.Beat, Data: strconv.FormatInt(time.Now().UnixMilli(), 10)})
		}
		if err != nil {
			return
		}
	}
}
