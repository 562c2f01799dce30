package e2e

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// proxy stands between Botswain and Postgres (or between a browser and Botswain) and can be cut.
type proxy struct {
	ln            net.Listener
	network, addr string // where it leads

	mu    sync.Mutex
	isCut bool
	conns map[net.Conn]struct{}
}

// newProxy listens on a loopback port and leads to network and addr until the test ends.
func newProxy(t *testing.T, network, addr string) *proxy {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{ln: ln, network: network, addr: addr, conns: map[net.Conn]struct{}{}}
	go p.accept()
	t.Cleanup(func() {
		ln.Close()
		p.cut()
	})
	return p
}

// databaseProxy puts a proxy before the database of rawURL and gives the URL through it.
func databaseProxy(t *testing.T, rawURL string) (*proxy, string) {
	t.Helper()
	cfg, err := pgconn.ParseConfig(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	network, addr := pgconn.NetworkAddress(cfg.Host, cfg.Port)
	p := newProxy(t, network, addr)
	through := url.URL{Scheme: "postgres", Host: p.ln.Addr().String(), Path: "/" + cfg.Database, RawQuery: "sslmode=disable"}
	if cfg.Password != "" {
		through.User = url.UserPassword(cfg.User, cfg.Password)
	} else {
		through.User = url.User(cfg.User)
	}
	return p, through.String()
}

func (p *proxy) accept() {
	for {
		in, err := p.ln.Accept()
		if err != nil {
			return
		}
		go p.serve(in)
	}
}

func (p *proxy) serve(in net.Conn) {
	defer in.Close()
	out, err := net.Dial(p.network, p.addr)
	if err != nil {
		return
	}
	defer out.Close()
	if !p.hold(in, out) {
		return
	}
	defer p.release(in, out)
	both := make(chan struct{}, 2)
	pipe := func(a, b net.Conn) {
		io.Copy(a, b)
		both <- struct{}{}
	}
	go pipe(in, out)
	go pipe(out, in)
	<-both
}

func (p *proxy) hold(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.isCut {
		return false
	}
	for _, c := range conns {
		p.conns[c] = struct{}{}
	}
	return true
}

func (p *proxy) release(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		delete(p.conns, c)
	}
}

// cut ends all connections and refuses new ones until mend.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.isCut = true
	for c := range p.conns {
		c.Close()
	}
}

// mend lets connections through again.
func (p *proxy) mend() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.isCut = false
}
