// Gallery serves a page with all components of the interface in all their states, for developers: it
// needs no database and no bots. Botswain itself doesn't have that page.
package main

import (
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/botswain/botswain/static"
	"github.com/botswain/botswain/views/gallery"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8090", "listen address")
	flag.Parse()
	l, err := net.Listen("tcp", *addr)
	if err == nil {
		fmt.Printf("gallery on http://%s\n", l.Addr())
		err = (&http.Server{Handler: handler(), ReadHeaderTimeout: 10 * time.Second}).Serve(l)
	}
	fmt.Fprintln(os.Stderr, "gallery:", err)
	os.Exit(1)
}

// policy is Botswain's own.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

func handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /static/", static.Handler())
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = gallery.Page(time.Now()).Render(r.Context(), w) // an error means that the browser has gone
	})
	return mux
}
