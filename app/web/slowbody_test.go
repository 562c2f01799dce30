package web

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// talk sends the beginning of a request to a server and gives the connection.
func talk(t *testing.T, h http.Handler, request string) net.Conn {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	c, err := new(net.Dialer).DialContext(t.Context(), "tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	return c
}

// A body that never comes ends the connection, whether the handler reads it or not.
func TestSlowBodyIsCutOff(t *testing.T) {
	for name, reads := range map[string]bool{"read": true, "left unread": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := talk(t, boundBodies(50*time.Millisecond, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if reads {
					if _, err := io.ReadAll(r.Body); err == nil {
						t.Error("the body is whole")
					}
				}
				w.WriteHeader(http.StatusBadRequest)
			})), "POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nusername=")
			if _, err := io.Copy(io.Discard, c); err != nil { // until it is closed
				t.Error(err)
			}
		})
	}
}

// What was sent in time may be answered whenever: neither is the request given up, nor the connection.
func TestSlowAnswerToABody(t *testing.T) {
	const limit = time.Second
	for name, request := range map[string]string{
		"of a known length": "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi",
		"in chunks":         "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := talk(t, boundBodies(limit, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				wait, cancel := context.WithTimeout(r.Context(), 4*limit)
				defer cancel()
				<-wait.Done()
				if r.Context().Err() != nil {
					t.Error("the request was given up")
				}
				_, _ = w.Write(body)
			})), request)
			res, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			if b, _ := io.ReadAll(res.Body); string(b) != "hi" {
				t.Errorf("%d %q", res.StatusCode, b)
			}
		})
	}
}
