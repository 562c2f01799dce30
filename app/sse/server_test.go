package sse_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/sse"
)

// serve starts an HTTP server that answers every request with the stream that make gives.
func serve(t *testing.T, s *sse.Server, make func(*http.Request) sse.Stream) *httptest.Server {
	t.Helper()
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := s.Serve(w, r, make(r)); err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, err.Error())
		}
	}))
	t.Cleanup(func() { s.Close(); h.Close() })
	return h
}

func wait(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); runtime.Gosched() {
		if done() {
			return
		}
		select {
		case <-t.Context().Done():
			return
		case <-time.After(2 * time.Millisecond):
		}
	}
	t.Fatal("waited too long for: " + what)
}

func get(t *testing.T, url string, header ...string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	return res
}

// counter sends 1, 2, 3 … as fast as the client takes them.
func counter(from, to int64) func(context.Context, *sse.Conn) error {
	return func(ctx context.Context, c *sse.Conn) error {
		for n := from; n <= to; n++ {
			if err := c.Send(sse.Event{ID: n, Data: fmt.Sprintf("line %d", n)}); err != nil {
				return err
			}
		}
		<-ctx.Done()
		return nil
	}
}

func TestEventsAsTheyAreWritten(t *testing.T) {
	s := sse.New(sse.Options{})
	h := serve(t, s, func(*http.Request) sse.Stream {
		return sse.Stream{Cursor: 7, Pump: func(ctx context.Context, c *sse.Conn) error {
			return errors.Join(
				c.Send(sse.Event{Data: "one\r\ntwo\rthree\n"}),
				c.Send(sse.Event{Data: ""}), // must not end the stream
				c.Send(sse.Event{ID: 9, Name: "hello", Data: "x"}))
		}}
	})
	res := get(t, h.URL+"/?stream=evil", "Last-Event-ID", "not-a-number")
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	want := "id: 7\ndata: one\ndata: two\ndata: three\ndata: \n\nid: 9\ndata: x\nevent: hello\n\n"
	if string(body) != want {
		t.Errorf("got %q\nwant %q", body, want)
	}
	if got := res.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("Content-Type is %q", got)
	}
	if got := res.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control is %q", got)
	}
}

// A client that stops reading is cut, and nobody else waits for it.
func TestStuckClientIsCutAlone(t *testing.T) {
	s := sse.New(sse.Options{WriteTimeout: 2 * time.Second})
	var began, ended atomic.Bool
	big := strings.Repeat("x", 1<<20)
	h := serve(t, s, func(r *http.Request) sse.Stream {
		if r.URL.Path != "/stuck" {
			return sse.Stream{Pump: counter(1, 1000)}
		}
		return sse.Stream{Pump: func(ctx context.Context, c *sse.Conn) error {
			began.Store(true)
			defer ended.Store(true)
			for {
				if err := c.Send(sse.Event{Data: big}); err != nil {
					return err
				}
			}
		}}
	})
	stuck, err := net.Dial("tcp", h.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer stuck.Close()
	fmt.Fprintf(stuck, "GET /stuck HTTP/1.1\r\nHost: x\r\n\r\n")
	wait(t, "the stuck client's connection", began.Load)

	readLines(t, get(t, h.URL+"/ok").Body, 1, 1000)
	wait(t, "the stuck client to be cut", func() bool { return ended.Load() && s.Open() <= 1 })
}

// readLines reads the counter's events and fails on a gap or a repeat.
func readLines(t *testing.T, body io.Reader, from, to int) {
	t.Helper()
	in := bufio.NewScanner(body)
	for next := from; next <= to; {
		if !in.Scan() {
			t.Errorf("stream ended before %d: %v", next, in.Err())
			return
		}
		data, isData := strings.CutPrefix(in.Text(), "data: ")
		if !isData {
			continue
		}
		if want := fmt.Sprintf("line %d", next); data != want {
			t.Errorf("got %q, want %q", data, want)
			return
		}
		next++
	}
}

func TestManyConnectionsAndCloseAtOnce(t *testing.T) {
	before := runtime.NumGoroutine()
	const clients = 250
	s := sse.New(sse.Options{MaxPerUser: clients})
	h := serve(t, s, func(*http.Request) sse.Stream { return sse.Stream{User: "u", Pump: counter(1, 40)} })
	var reading, all sync.WaitGroup
	reading.Add(clients)
	for range clients {
		res := get(t, h.URL)
		all.Go(func() {
			readLines(t, res.Body, 1, 40)
			reading.Done()
			_, err := io.Copy(io.Discard, res.Body)
			if err != nil {
				t.Errorf("the stream must end in order: %v", err)
			}
		})
	}
	reading.Wait()
	if got := s.Open(); got != clients {
		t.Errorf("%d connections are open, want %d", got, clients)
	}
	s.Close()
	all.Wait()
	wait(t, "no connection", func() bool { return s.Open() == 0 })
	if res := get(t, h.URL); res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("after Close: status %d", res.StatusCode)
	}
	h.Close()
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	wait(t, "all goroutines to end", func() bool { return runtime.NumGoroutine() <= before+2 })
}

// A closing server must not wait for a client that doesn't read.
func TestCloseCutsStuckWrites(t *testing.T) {
	s := sse.New(sse.Options{WriteTimeout: time.Hour})
	big := strings.Repeat("x", 1<<20)
	var sent atomic.Int64
	h := serve(t, s, func(*http.Request) sse.Stream {
		return sse.Stream{Pump: func(ctx context.Context, c *sse.Conn) error {
			for {
				if err := c.Send(sse.Event{Data: big}); err != nil {
					return err
				}
				sent.Add(1)
			}
		}}
	})
	conn, err := net.Dial("tcp", h.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	wait(t, "the first event", func() bool { return sent.Load() > 0 })
	s.Close()
	wait(t, "the connection to end", func() bool { return s.Open() == 0 })
}

func TestLimits(t *testing.T) {
	s := sse.New(sse.Options{MaxTotal: 3, MaxPerUser: 2})
	h := serve(t, s, func(r *http.Request) sse.Stream {
		return sse.Stream{User: r.URL.Query().Get("u"), Pump: counter(1, 1)}
	})
	for _, c := range []struct {
		user string
		want int
	}{{"a", 200}, {"a", 200}, {"a", 503}, {"b", 200}, {"b", 503}} {
		if res := get(t, h.URL+"?u="+c.user); res.StatusCode != c.want {
			t.Errorf("user %s: status %d, want %d", c.user, res.StatusCode, c.want)
		}
	}
	s.Close()
	err := s.Serve(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil), sse.Stream{})
	f, ok := fault.As(err)
	if !ok || f.Code != fault.Unavailable || f.RetryAfter == 0 {
		t.Errorf("got %v, want Unavailable with RetryAfter", err)
	}
}

func TestHeartbeat(t *testing.T) {
	s := sse.New(sse.Options{Heartbeat: time.Millisecond})
	var asked atomic.Int64
	h := serve(t, s, func(r *http.Request) sse.Stream {
		return sse.Stream{
			Beat: r.URL.Query().Get("beat"), Cursor: 3,
			Alive: func(context.Context) bool { return asked.Add(1)%3 != 0 }, // two beats, then gone
			Pump:  func(ctx context.Context, c *sse.Conn) error { <-ctx.Done(); return nil },
		}
	})
	body, err := io.ReadAll(get(t, h.URL).Body)
	if err != nil || string(body) != ": beat\n\n: beat\n\n" {
		t.Errorf("got %q, %v", body, err)
	}
	body, err = io.ReadAll(get(t, h.URL+"?beat=tick").Body)
	if err != nil || strings.Count(string(body), "id: 3\n") != 2 || strings.Count(string(body), "event: tick\n") != 2 {
		t.Errorf("got %q, %v", body, err)
	}
}

func TestPanicInPumpEndsTheConnectionOnly(t *testing.T) {
	s := sse.New(sse.Options{})
	h := serve(t, s, func(*http.Request) sse.Stream {
		return sse.Stream{Pump: func(context.Context, *sse.Conn) error { panic("on purpose") }}
	})
	if _, err := io.ReadAll(get(t, h.URL).Body); err != nil {
		t.Error(err)
	}
	wait(t, "no connection", func() bool { return s.Open() == 0 })
}

func TestLastEventID(t *testing.T) {
	for _, c := range []struct {
		header, query string
		want          int64
		ok            bool
	}{
		{"", "", 0, false}, {"12", "after_seq=3", 12, true}, {"", "after_seq=3", 3, true}, {"", "after=0", 0, true},
		{"x", "after=4", 4, true}, {"-1", "", 0, false},
	} {
		r := httptest.NewRequest(http.MethodGet, "/?"+c.query, nil)
		if c.header != "" {
			r.Header.Set("Last-Event-ID", c.header)
		}
		if got, ok := sse.LastEventID(r); got != c.want || ok != c.ok {
			t.Errorf("%+v: got %d, %v", c, got, ok)
		}
	}
}

// Events that are sent together arrive whole and in order, with the ids they have.
func TestSendAllKeepsOrder(t *testing.T) {
	const rounds, each = 20, 300
	s := sse.New(sse.Options{})
	h := serve(t, s, func(*http.Request) sse.Stream {
		return sse.Stream{Pump: func(ctx context.Context, c *sse.Conn) error {
			for round := range rounds {
				events := []sse.Event{{}} // one without data isn't sent
				for i := range each {
					n := round*each + i + 1
					events = append(events, sse.Event{ID: int64(n), Data: fmt.Sprintf("line %d", n)})
				}
				if err := c.SendAll(events); err != nil {
					return err
				}
			}
			<-ctx.Done()
			return nil
		}}
	})
	readLines(t, get(t, h.URL).Body, 1, rounds*each)
}

// A client that goes in the middle of many events ends its connection and nothing else.
func TestSendAllEndsWithItsClient(t *testing.T) {
	before := runtime.NumGoroutine()
	s := sse.New(sse.Options{WriteTimeout: time.Hour})
	events := make([]sse.Event, 1000)
	for i := range events {
		events[i] = sse.Event{ID: int64(i + 1), Data: strings.Repeat("x", 4096)}
	}
	h := serve(t, s, func(*http.Request) sse.Stream {
		return sse.Stream{Pump: func(ctx context.Context, c *sse.Conn) error {
			for {
				if err := c.SendAll(events); err != nil {
					return err
				}
			}
		}}
	})
	for range 20 {
		res := get(t, h.URL)
		if _, err := io.ReadFull(res.Body, make([]byte, 100_000)); err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
	}
	wait(t, "no connection", func() bool { return s.Open() == 0 })
	h.Close()
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	wait(t, "all goroutines to end", func() bool { return runtime.NumGoroutine() <= before+2 })
}
