package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
)

// sent is one event as a client gets it.
type sent struct{ id, name, data string }

// follower reads a stream.
type follower struct {
	t      *testing.T
	in     *bufio.Scanner
	cancel context.CancelFunc
	beats  int
}

func (w *world) server(t *testing.T) *httptest.Server {
	s := httptest.NewServer(w)
	t.Cleanup(func() { w.streams.Close(); s.Close() })
	return s
}

func follow(t *testing.T, s *httptest.Server, path string, header ...string) *follower {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, "GET", s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+goodToken)
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%s: %s %v", path, res.Status, res.Header)
	}
	return &follower{t: t, in: bufio.NewScanner(res.Body), cancel: cancel}
}

// next waits for an event; false when the stream has ended.
func (f *follower) next() (e sent, ok bool) {
	for f.in.Scan() {
		k, v, _ := strings.Cut(f.in.Text(), ": ")
		switch k {
		case "id":
			e.id = v
		case "event":
			e.name = v
		case "data":
			e.data = v
		case "":
			if v == "beat" { // ": beat"
				f.beats++
			} else if e.data != "" {
				return e, true
			}
		}
	}
	return sent{}, false
}

// lines reads from..to and fails on a gap, a repeat or a wrong id.
func (f *follower) lines(from, to int64) {
	f.t.Helper()
	for want := from; want <= to; want++ {
		e, ok := f.next()
		var l struct {
			Seq     int64
			Message string
		}
		if err := json.Unmarshal([]byte(e.data), &l); !ok || err != nil || l.Seq != want || e.id != strconv.FormatInt(want, 10) || e.name != "" {
			f.t.Fatalf("want line %d, got %+v (%v, %v)", want, e, err, f.in.Err())
		}
	}
}

func TestLogStreamHasEveryLineOnce(t *testing.T) {
	w := newWorld(t)
	s := w.server(t)
	id := w.add("x", bot.Running)
	path := "/api/v1/bots/" + id.String() + "/logs/stream"
	w.logs.print(id, 2500)

	all := follow(t, s, path+"?after_seq=0")
	all.lines(1, 2500) // more than the ring has, more than one page
	fresh := follow(t, s, path)
	resumed := follow(t, s, path+"?after_seq=7", "Last-Event-ID", "2400") // the header wins
	strange := follow(t, s, path+"?after_seq=2499", "Last-Event-ID", "what")
	for _, n := range []int{1, 3, 200} {
		w.logs.print(id, n)
	}
	all.lines(2501, 2704)
	fresh.lines(2501, 2704)
	resumed.lines(2401, 2704)
	strange.lines(2500, 2704)
	all.cancel()

	// Cut and resumed again and again while the bot prints.
	last := int64(2704)
	for range 10 {
		w.logs.print(id, 20)
		f := follow(t, s, path, "Last-Event-ID", strconv.FormatInt(last, 10))
		f.lines(last+1, last+13)
		f.cancel()
		last += 13
	}
	if a := w.call(t, "GET", path+"?after_seq=x", ""); a.code != 422 || a.at("query.after_seq") == "" {
		t.Errorf("after_seq=x: %d %s", a.code, a.raw)
	}
}

func TestLogStreamWaitsForStorageThatIsAway(t *testing.T) {
	w := newWorld(t)
	s := w.server(t)
	id := w.add("x", bot.Running)
	w.logs.print(id, 200)
	w.logs.fail = errors.New("away")
	follow(t, s, "/api/v1/bots/"+id.String()+"/logs/stream?after_seq=0").lines(1, 200)
}

func TestStreamEndsWithTokenAndBot(t *testing.T) {
	w := newWorld(t)
	s := w.server(t)
	id := w.add("x", bot.Running)
	w.logs.print(id, 1)
	path := "/api/v1/bots/" + id.String() + "/logs/stream?after_seq=0"
	f := follow(t, s, path)
	f.lines(1, 1)
	w.tokens.set(nil, errors.New("the database is away")) // no reason to end
	w.logs.print(id, 1)
	f.lines(2, 2)
	w.tokens.set(map[string]string{}, nil)
	if e, ok := f.next(); ok {
		t.Errorf("a stream goes on without its token: %+v", e)
	}
	w.tokens.set(map[string]string{goodToken: "anna"}, nil)
	f = follow(t, s, path)
	f.lines(1, 2)
	if err := w.crew.Delete(t.Context(), "", id); err != nil {
		t.Fatal(err)
	}
	if e, ok := f.next(); ok {
		t.Errorf("a stream goes on without its bot: %+v", e)
	}
}

// A client that doesn't read must cost nobody else anything, and is cut.
func TestSlowClient(t *testing.T) {
	w := newWorld(t)
	s := w.server(t)
	id := w.add("x", bot.Running)
	w.logs.print(id, 60_000)
	path := "/api/v1/bots/" + id.String() + "/logs/stream?after_seq=0"
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.(*net.TCPConn).SetReadBuffer(4096); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", path, goodToken)
	other := follow(t, s, path)
	other.lines(1, 5000)
	other.cancel()
	for deadline := time.Now().Add(20 * time.Second); w.streams.Open() > 0; {
		if time.Now().After(deadline) {
			t.Fatal("the stuck client is still connected")
		}
		select {
		case <-t.Context().Done():
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func TestEventStream(t *testing.T) {
	w := newWorld(t)
	s := w.server(t)
	a, b := w.add("a", bot.Stopped), w.add("b", bot.Running)
	f := follow(t, s, "/api/v1/events/stream")
	want := func(name, id, status string) {
		t.Helper()
		e, ok := f.next()
		var got struct {
			BotID  string `json:"bot_id"`
			Name   string
			Status string
			At     string
		}
		if err := json.Unmarshal([]byte(e.data), &got); !ok || err != nil || e.name != name || got.BotID != id || got.Status != status || name == "status" && got.At == "" {
			t.Fatalf("want %s %s %s, got %+v", name, id, status, e)
		}
	}
	want("status", a.String(), "stopped")
	want("status", b.String(), "running")
	if _, err := w.crew.Act(t.Context(), "", a, bot.Start); err != nil {
		t.Fatal(err)
	}
	want("status", a.String(), "starting")
	w.hub.Publish(event.Topic{Kind: event.TopicBot, Bot: b}) // nothing changed, nothing comes
	c := w.add("c", bot.Stopped)
	want("status", c.String(), "stopped")
	if err := w.crew.Delete(t.Context(), "", a); err != nil {
		t.Fatal(err)
	}
	want("removed", a.String(), "")
}
