package e2e

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// streamCutter is a reverse proxy that can cut the event streams and refuse new ones, while
// everything else passes: what a bad proxy or a lost network does to an open page.
type streamCutter struct {
	url string

	mu    sync.Mutex
	isCut bool
	open  map[int]context.CancelFunc
	next  int
}

func newStreamCutter(t *testing.T, to string) *streamCutter {
	t.Helper()
	target, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	c := &streamCutter{open: map[int]context.CancelFunc{}}
	rp := &httputil.ReverseProxy{FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host
	}}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Polling asks for HTML at an address of its own; only streams are cut.
		if r.URL.Path != "/live" || !strings.Contains(r.Header.Get("Accept"), "text/event-stream") {
			rp.ServeHTTP(w, r)
			return
		}
		ctx, done, ok := c.admit(r.Context())
		if !ok {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer done()
		defer func() { _ = recover() }() // a cut stream aborts the handler
		rp.ServeHTTP(w, r.WithContext(ctx))
	}))
	t.Cleanup(func() { c.cut(); srv.Close() })
	c.url = srv.URL
	return c
}

func (c *streamCutter) admit(parent context.Context) (context.Context, func(), bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.isCut {
		return nil, nil, false
	}
	ctx, cancel := context.WithCancel(parent)
	n := c.next
	c.next++
	c.open[n] = cancel
	return ctx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.open, n)
		cancel()
	}, true
}

func (c *streamCutter) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.isCut = true
	for _, cancel := range c.open {
		cancel()
	}
}

func (c *streamCutter) mend() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.isCut = false
}
