package sse

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// closeGrace is how long a write may still take when the connection is being closed.
const closeGrace = 500 * time.Millisecond

// keepBuffer is the size above which an event's buffer isn't kept for the next one, in bytes.
const keepBuffer = 32 << 10

// writer gathers an event and writes it in one go under a deadline. A failed write cancels the
// connection; what comes after it is thrown away.
type writer struct {
	http.ResponseWriter
	rc      *http.ResponseController
	ctx     context.Context
	cancel  context.CancelFunc
	timeout time.Duration
	buf     []byte
	begun   bool // the header is out
	flushed chan struct{}
	held    atomic.Int64 // how many events still come right after the one being written
	stop    func() bool

	mu       sync.Mutex
	failed   bool
	released bool
}

func newWriter(ctx context.Context, cancel context.CancelFunc, w http.ResponseWriter, timeout time.Duration) *writer {
	out := &writer{
		ResponseWriter: w, rc: http.NewResponseController(w), ctx: ctx, cancel: cancel,
		timeout: timeout, flushed: make(chan struct{}, 1),
	}
	// A write that hangs in the network when the connection is cancelled must end soon too.
	out.stop = context.AfterFunc(ctx, func() {
		out.mu.Lock()
		defer out.mu.Unlock()
		if !out.released {
			_ = out.rc.SetWriteDeadline(time.Now().Add(closeGrace))
		}
	})
	return out
}

// Write implements http.ResponseWriter. It never fails: the library doesn't look.
func (w *writer) Write(p []byte) (int, error) {
	w.buf = append(w.buf, p...)
	return len(p), nil
}

// hold says that the next n events are followed by another at once and needn't be flushed each.
func (w *writer) hold(n int) { w.held.Store(int64(n)) }

// Flush implements http.Flusher: the library calls it after the header and after each event.
func (w *writer) Flush() {
	last := true
	if w.begun && w.held.Load() > 0 {
		w.held.Add(-1)
		if last = false; len(w.buf) < keepBuffer {
			return
		}
	}
	if err := w.flush(); err != nil {
		w.mu.Lock()
		w.failed = true
		w.mu.Unlock()
		w.cancel()
	}
	if w.buf = w.buf[:0]; cap(w.buf) > keepBuffer {
		w.buf = nil
	}
	if !w.begun {
		w.begun = true
		return
	}
	if !last {
		return
	}
	select {
	case w.flushed <- struct{}{}:
	default: // nobody waits any more
	}
}

func (w *writer) flush() error {
	w.mu.Lock()
	failed := w.failed
	if !failed {
		// Writers that know no deadlines (in tests) are fine: they don't block.
		_ = w.rc.SetWriteDeadline(time.Now().Add(w.timeout))
	}
	w.mu.Unlock()
	if failed {
		return http.ErrHandlerTimeout
	}
	// After setting the deadline: a cancel that comes later sets its own, shorter one.
	if err := w.ctx.Err(); err != nil {
		return err
	}
	if len(w.buf) > 0 {
		if _, err := w.ResponseWriter.Write(w.buf); err != nil {
			return err
		}
	}
	return w.rc.Flush()
}

// release leaves a last deadline for the end of the response, which would otherwise wait for ever
// for a client that doesn't read. The connection isn't used again (Connection: close).
func (w *writer) release() {
	w.stop()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.released = true
	_ = w.rc.SetWriteDeadline(time.Now().Add(closeGrace))
}

// Unwrap lets http.ResponseController reach the connection.
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }
