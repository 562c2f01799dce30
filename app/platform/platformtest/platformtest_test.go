package platformtest_test

import (
	"bytes"
	"context"
	"image/color"
	"image/png"
	"net/http"
	"strings"
	"testing"

	"github.com/botswain/botswain/app/platform/platformtest"
)

func TestWaitHearsOfChanges(t *testing.T) {
	var b platformtest.Board
	n := 0
	go func() {
		for range 3 {
			b.Do(func() { n++ })
		}
	}()
	err := b.Wait(t.Context(), "three", func() (done bool) {
		b.Look(func() { done = n == 3 })
		return done
	})
	if err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Wait(ctx, "never", func() bool { return false }); err == nil || !strings.Contains(err.Error(), "never") {
		t.Errorf("%v", err)
	}
}

func TestListensOnLoopbackOnly(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "nonsense"} {
		if s, err := platformtest.Listen(addr, http.NotFoundHandler()); err == nil {
			s.Close()
			t.Errorf("listens on %s", addr)
		}
	}
}

func TestCloseCutsWhatHangs(t *testing.T) {
	var f platformtest.Faults
	f.Break("", platformtest.Hang())
	arrived := make(chan struct{})
	s, err := platformtest.Listen("", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(arrived)
		f.Play(w, r, "x", nil)
	}))
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		resp, err := http.Get(s.URL)
		if err == nil {
			_ = resp.Body.Close()
		}
		ended <- err
	}()
	<-arrived
	s.Close()
	if err := <-ended; err == nil {
		t.Error("was answered")
	}
	s.Close()
}

func TestReportsAddUp(t *testing.T) {
	r, err := platformtest.ListenReports("secret")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	post := func(token, body string) int {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.URL, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	for _, c := range []struct {
		token, body string
		want        int
	}{
		{"secret", `{"ready":true,"heartbeat":true,"gauges":{"guilds":1},"counters":{"messages":2}}`, 204},
		{"secret", `{"heartbeat":true,"gauges":{"guilds":3},"counters":{"messages":5},"events":[{"type":"info","message":"hi"}]}`, 204},
		{"other", `{}`, 401},
		{"secret", `{"guilds":1}`, 422},
	} {
		if got := post(c.token, c.body); got != c.want {
			t.Errorf("%s: %d", c.body, got)
		}
	}
	sum, err := r.Wait(t.Context(), "all", func(s platformtest.Reported) bool { return s.Reports == 2 && s.Wrong == 2 })
	if err != nil || !sum.Ready || sum.Heartbeats != 2 || sum.Gauges["guilds"] != 3 || sum.Counters["messages"] != 7 || len(sum.Events) != 1 {
		t.Errorf("%+v %v", sum, err)
	}
}

func TestPicture(t *testing.T) {
	img, err := png.Decode(bytes.NewReader(platformtest.PNG(3, color.White)))
	if err != nil || img.Bounds().Dx() != 3 {
		t.Errorf("%v %v", img, err)
	}
}
