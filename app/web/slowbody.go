package web

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// bodyTime is how long a client may take to send a body. They are small (maxBody), so this is for those who keep a connection busy on purpose: signing in needs no rights.
const bodyTime = time.Minute

// boundBodies ends the connection of a client that sends a body for longer than limit. The time for the answer isn't
// bounded: some actions take long, and streams last.
func boundBodies(limit time.Duration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength == 0 { // chunked ones have -1
			next.ServeHTTP(w, r)
			return
		}
		// It stays when nobody reads the body: the server does so itself after the answer.
		control := http.NewResponseController(w)
		if err := control.SetReadDeadline(time.Now().Add(limit)); err == nil {
			r.Body = &boundBody{ReadCloser: r.Body, control: control}
		}
		next.ServeHTTP(w, r)
	})
}

// boundBody takes the deadline away where the body ends: from there on the server reads to notice that the client
// leaves, and a deadline would look like that.
type boundBody struct {
	io.ReadCloser
	control *http.ResponseController
}

func (b *boundBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		_ = b.control.SetReadDeadline(time.Time{})
	}
	return n, err
}
