package health

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/db"
	"github.com/botswain/botswain/db/dbtest"
)

func TestDatabaseGoesAwayAndComesBack(t *testing.T) {
	gate := newGate(t, dbtest.NewURL(t))
	pool, err := db.Open(t.Context(), gate.url, 2)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	hub := event.NewHub()
	news := hub.Subscribe(func(topic event.Topic) bool { return topic.Kind == event.TopicHealth })
	t.Cleanup(news.Close)

	m := New(pool, t.TempDir(), hub, slog.New(slog.NewTextHandler(t.Output(), nil)))
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = m.Run(ctx) })
	t.Cleanup(func() { cancel(); running.Wait() })

	before := time.Now()
	gate.shut()
	await(t, news, func() bool { return m.State().DatabaseDown })
	s := m.State()
	if !strings.Contains(s.Message, "has not answered since "+s.DatabaseDownSince.Format("15:04:05")) || !strings.Contains(s.Message, "nothing is lost") {
		t.Errorf("message: %s", s.Message)
	}
	if s.DatabaseDownSince.Before(before.Add(-time.Minute)) || s.DatabaseDownSince.After(time.Now()) {
		t.Errorf("down since %v", s.DatabaseDownSince)
	}
	gate.open()
	await(t, news, func() bool { return m.State().Well() })
}

func TestDisk(t *testing.T) {
	dir := t.TempDir()
	if d := lookAtDisk(dir); !d.writable || d.full || d.err != nil {
		t.Errorf("%+v", d)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("the probe stays: %v", left)
	}
	if d := lookAtDisk(filepath.Join(dir, "gone")); d.writable || d.err == nil {
		t.Errorf("%+v", d)
	}
}

func TestPollingIsSaid(t *testing.T) {
	m := &Monitor{hub: event.NewHub(), log: slog.New(slog.DiscardHandler), state: State{SpoolWritable: true}}
	news := m.hub.Subscribe(nil)
	t.Cleanup(news.Close)
	m.SetPolling(true)
	if s := m.State(); s.Well() || !strings.Contains(s.Message, "max_user_watches") || len(news.Take()) != 1 {
		t.Errorf("%+v", s)
	}
	m.SetPolling(false)
	if s := m.State(); !s.Well() || len(news.Take()) != 1 {
		t.Errorf("%+v", s)
	}
}

// TestDiskFullAndReadOnly fills a small file system and makes it read-only; each is said and taken
// back.
func TestDiskFullAndReadOnly(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=80m"); err != nil {
		t.Skip("can't mount a tmpfs here:", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	m := &Monitor{dataDir: dir, hub: event.NewHub(), log: slog.New(slog.DiscardHandler), state: State{SpoolWritable: true}}
	news := m.hub.Subscribe(func(topic event.Topic) bool { return topic.Kind == event.TopicHealth })
	t.Cleanup(news.Close)
	see := func(want string) {
		t.Helper()
		m.lookAtDisk()
		s := m.State()
		if (want == "") != s.Well() || !strings.Contains(s.Message, want) {
			t.Errorf("message %q, want %q", s.Message, want)
		}
		if len(news.Take()) != 1 {
			t.Error("pages aren't told")
		}
		m.lookAtDisk()
		if len(news.Take()) != 0 {
			t.Error("told without news")
		}
	}
	big := filepath.Join(dir, "big")
	if err := os.WriteFile(big, make([]byte, 40<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	see("is full")
	_ = os.WriteFile(filepath.Join(dir, "rest"), make([]byte, 80<<20), 0o600) // as much as there is room for
	if s := m.State(); !s.DiskFull {
		t.Errorf("%+v", s)
	}
	_, _ = os.Remove(big), os.Remove(filepath.Join(dir, "rest"))
	see("")
	if err := unix.Mount("tmpfs", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Skip("can't remount here:", err)
	}
	see("can't be written to")
	if err := unix.Mount("tmpfs", dir, "", unix.MS_REMOUNT, ""); err != nil {
		t.Fatal(err)
	}
	see("")
}

func TestMessageOfTheDisk(t *testing.T) {
	if got := message(State{SpoolWritable: true}); got != "" {
		t.Error(got)
	}
	for _, s := range []State{{DiskFull: true}, {}} {
		s.DatabaseDown = true
		if got := message(s); strings.Contains(got, "nothing is lost") || !strings.Contains(got, "may be lost") {
			t.Error(got)
		}
	}
}

func await(t *testing.T, news *event.Subscription, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for !ok() {
		select {
		case <-ctx.Done():
			t.Fatal("waited in vain")
		case <-news.C():
			news.Take()
		}
	}
}

// gate is a way to a database that a test can shut: refused connections, and none that stay.
type gate struct {
	t       *testing.T
	url     string
	socket  string // where it listens
	network string
	target  string
	stop    func()
}

func newGate(t *testing.T, target string) *gate {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	g := &gate{t: t, socket: filepath.Join(t.TempDir(), ".s.PGSQL.5432"), network: "tcp", target: u.Host}
	if host := q.Get("host"); host != "" {
		g.network, g.target = "unix", filepath.Join(host, ".s.PGSQL."+q.Get("port"))
	}
	u.Host = ""
	q.Set("host", filepath.Dir(g.socket))
	q.Set("port", "5432")
	u.RawQuery = q.Encode()
	g.url = u.String()
	g.open()
	t.Cleanup(g.shut)
	return g
}

func (g *gate) open() {
	l, err := net.Listen("unix", g.socket)
	if err != nil {
		g.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(g.t.Context()))
	var all sync.WaitGroup
	all.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { g.carry(ctx, in) })
		}
	})
	g.stop = func() { cancel(); _ = l.Close(); all.Wait() }
}

func (g *gate) shut() {
	if g.stop != nil {
		g.stop()
		g.stop = nil
	}
}

func (g *gate) carry(ctx context.Context, in net.Conn) {
	defer in.Close()
	out, err := net.Dial(g.network, g.target)
	if err != nil {
		return
	}
	defer out.Close()
	cut := context.AfterFunc(ctx, func() { _ = in.Close(); _ = out.Close() })
	defer cut()
	var there sync.WaitGroup
	there.Go(func() { _, _ = io.Copy(out, in); _ = out.Close() })
	_, _ = io.Copy(in, out)
	_ = in.Close()
	there.Wait()
}
