package probe

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/botswain/botswain/app/bot"
)

func TestHTTP(t *testing.T) {
	t.Parallel()
	var followed atomic.Int32
	var auth atomic.Value
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		auth.Store(user + "/" + password)
		switch r.URL.Path {
		case "/ok":
		case "/moved":
			http.Redirect(w, r, "/followed", http.StatusFound)
		case "/followed":
			followed.Add(1)
		case "/endless": // only its beginning is read
			for r.Context().Err() == nil {
				w.Write(bytes.Repeat([]byte("x"), 64<<10))
			}
		case "/slow":
			<-r.Context().Done()
		case "/cut":
			panic(http.ErrAbortHandler)
		default:
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer srv.Close()
	p := New()
	check := func(target string, limit time.Duration) string {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		if err := p.Check(ctx, bot.ProbeHTTP, target); err != nil {
			return err.Error()
		}
		return ""
	}
	for path, want := range map[string]string{
		"/ok": "", "/moved": "", "/endless": "", "/cut": srv.URL + "/cut: the connection was closed without an answer",
		"/down": srv.URL + "/down: answered 503",
	} {
		if got := check(srv.URL+path, time.Minute); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	if followed.Load() != 0 {
		t.Error("a redirect was followed")
	}
	if got := check(srv.URL+"/slow", 20*time.Millisecond); got != srv.URL+"/slow: no answer in time" {
		t.Errorf("%q", got)
	}
	withSecrets := strings.Replace(srv.URL, "://", "://user:hunter2@", 1) + "/down?token=s3cret#part"
	if got := check(withSecrets, time.Minute); got != srv.URL+"/down: answered 503" {
		t.Errorf("%q", got)
	}
	if auth.Load() != "user/hunter2" {
		t.Errorf("credentials that arrived: %v", auth.Load())
	}
	for _, bad := range []string{"http://127.0.0.1:1/?q=s3cret", "http://user:hunter2@no-such-host.invalid/", "http://[::1", "http://user:hunter2@127.0.0.1:x/"} {
		if got := check(bad, 10*time.Second); got == "" || strings.Contains(got, "hunter2") || strings.Contains(got, "s3cret") {
			t.Errorf("%s: %q", bad, got)
		}
	}
	tls := httptest.NewTLSServer(http.NotFoundHandler())
	tls.Config.ErrorLog = nil
	defer tls.Close()
	if got := check(tls.URL, time.Minute); got != tls.URL+": its certificate isn't valid" {
		t.Errorf("%q", got)
	}
}

func TestTCP(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p, addr := New(), l.Addr().String()
	if err := p.Check(t.Context(), bot.ProbeTCP, addr); err != nil {
		t.Error(err)
	}
	l.Close()
	if err := p.Check(t.Context(), bot.ProbeTCP, addr); err == nil || err.Error() != addr+": connection refused" {
		t.Errorf("%v", err)
	}
	if err := p.Check(t.Context(), bot.ProbeReport, ""); err == nil {
		t.Error("a report can't be asked for")
	}
}

// spool is a folder that a bot writes to.
type spool struct {
	t   *testing.T
	dir string
}

func (s spool) write(name, text string) {
	s.t.Helper()
	f, err := os.OpenFile(filepath.Join(s.dir, name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = f.WriteString(text)
		f.Close()
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// await looks for a line while the test writes; seen gets every line that was looked at.
func (s spool) await(want string) (seen chan string, done chan error) {
	seen, done = make(chan string, 1000), make(chan error, 1)
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	go func() {
		defer cancel()
		done <- New().Line(ctx, s.dir, func(l []byte) bool {
			seen <- string(l)
			return strings.Contains(string(l), want)
		})
	}()
	return seen, done
}

func TestLine(t *testing.T) {
	t.Parallel()
	s := spool{t, t.TempDir()}
	seen, done := s.await("ready")
	s.write("stdout", "one\r\ntw")
	if got := <-seen; got != "one" {
		t.Errorf("saw %q", got)
	}
	s.write("stdout", "o\n\n")
	s.write("stderr", "I am ready\n")
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	close(seen)
	var rest []string
	for l := range seen {
		rest = append(rest, l)
	}
	if rest[len(rest)-1] != "I am ready" {
		t.Errorf("saw %q", rest)
	}
}

// A prompt has no line end, and still counts when it stands there.
func TestLineWithoutItsEnd(t *testing.T) {
	t.Parallel()
	s := spool{t, t.TempDir()}
	s.write("stdout", "login")
	_, done := s.await("code: ")
	s.write("stdout", " code: ")
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// What was printed before is found, behind what was given back to the file system and in a line
// that is longer than what is looked at.
func TestLineOfLongAgo(t *testing.T) {
	t.Parallel()
	s := spool{t, t.TempDir()}
	s.write("stdout", strings.Repeat("x", 1<<20)+"\nready now\n")
	s.write("stdout", strings.Repeat("more\n", 100))
	f, err := os.OpenFile(filepath.Join(s.dir, "stdout"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, 0, 512<<10); err != nil {
		t.Logf("this file system has no holes: %v", err)
	}
	if err := New().Line(t.Context(), s.dir, func(l []byte) bool {
		if bytes.IndexByte(l, 0) >= 0 {
			t.Errorf("looked at a hole")
		}
		return string(l) == "ready now"
	}); err != nil {
		t.Fatal(err)
	}
}

func TestLineEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	looked := make(chan struct{}, 1)
	s := spool{t, t.TempDir()}
	s.write("stdout", "a\n")
	go func() {
		done <- New().Line(ctx, s.dir, func([]byte) bool {
			select {
			case looked <- struct{}{}:
			default:
			}
			return false
		})
	}()
	<-looked
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func BenchmarkHTTP(b *testing.B) {
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer srv.Close()
	p := New()
	b.ReportAllocs()
	for b.Loop() {
		if err := p.Check(b.Context(), bot.ProbeHTTP, srv.URL); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLine(b *testing.B) {
	dir := b.TempDir()
	var text bytes.Buffer
	for n := range 200_000 {
		fmt.Fprintf(&text, "2026-11-26 12:00:00 INFO line %d of a bot that says much\n", n)
	}
	text.WriteString("ready\n")
	if err := os.WriteFile(filepath.Join(dir, "stdout"), text.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		if err := New().Line(b.Context(), dir, func(l []byte) bool { return bytes.Equal(l, []byte("ready")) }); err != nil {
			b.Fatal(err)
		}
	}
}
