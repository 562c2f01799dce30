package runnertest

import (
	"context"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/runner"
)

func testWatch(t *testing.T, newBackend Factory) {
	t.Run("ends from before are kept", func(t *testing.T) {
		dir := t.TempDir()
		b := newBackend(t, dir)
		defer b.Close()
		s := unwatched(t, b, dir)
		var started []runner.Instance
		for range 3 {
			in := s.Sh("exit 2")
			started = append(started, in)
			Eventually(t, func() bool { return state(in.PID) == 0 }, "the end of a bot")
		}
		ctx, cancel := context.WithCancel(t.Context())
		ends := b.Watch(ctx)
		first := <-ends
		cancel()
		for range ends { // until it is closed; an end may be on its way
			t.Log("one more was delivered")
			started = started[1:]
		}
		if first.Bot == (bot.ID{}) {
			t.Error("an empty end")
		}
		rest := b.Watch(t.Context())
		for range started[1:] {
			wantExit(t, <-rest, 2, "")
		}
	})

	t.Run("many bots need few threads", func(t *testing.T) {
		s := NewShip(t, newBackend)
		before := threads(t)
		const crew = 200
		var all []runner.Instance
		for range crew {
			all = append(all, s.Start("sleep", "1000"))
		}
		if now := threads(t); now > before+30 {
			t.Errorf("%d threads for %d bots, %d before", now, crew, before)
		}
		usage, err := s.Backend.Usage(t.Context())
		if err != nil || len(usage) != crew {
			t.Errorf("usage of %d bots, %v", len(usage), err)
		}
		for _, in := range all {
			s.Stop(in.Run, "SIGTERM", forever)
		}
		for _, in := range all {
			wantExit(t, s.End(in.Run), -1, "SIGTERM")
		}
		if now := threads(t); now > before+30 {
			t.Errorf("%d threads after %d bots, %d before", now, crew, before)
		}
	})
}

func threads(t testing.TB) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(status), "\n") {
		if n, ok := strings.CutPrefix(line, "Threads:"); ok {
			count, _ := strconv.Atoi(strings.TrimSpace(n))
			return count
		}
	}
	t.Fatal("no thread count")
	return 0
}
