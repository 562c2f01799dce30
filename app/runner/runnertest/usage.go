package runnertest

import (
	"testing"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/runner"
)

func testUsage(t *testing.T, newBackend Factory) {
	s := NewShip(t, newBackend)
	if !s.Backend.Info(t.Context()).Stats {
		t.Skip("the backend has no figures")
	}
	usage := func(t *testing.T, run bot.RunID) runner.Usage {
		t.Helper()
		all, err := s.Backend.Usage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range all {
			if u.Run == run {
				return u
			}
		}
		return runner.Usage{}
	}

	t.Run("the whole tree", func(t *testing.T) {
		s := s.With(t)
		in := s.Sh(`sleep 1000 & (setsid sleep 1000 &); echo ready; wait; :`)
		s.Lines(in, 1)
		Eventually(t, func() bool { return usage(t, in.Run).Processes == 3 }, "three processes")
		u := usage(t, in.Run)
		if u.Threads != 3 || u.RSS == nil || *u.RSS < 100<<10 || u.OpenFiles == nil || *u.OpenFiles < 9 || u.At.IsZero() {
			t.Errorf("got %+v, RSS %v, files %v", u, u.RSS, u.OpenFiles)
		}
		Eventually(t, func() bool { return usage(t, in.Run).CPU != nil }, "a CPU figure")
	})

	t.Run("a busy bot", func(t *testing.T) {
		s := s.With(t)
		in := s.Sh(`while :; do :; done`)
		if u := usage(t, in.Run); u.CPU != nil {
			t.Errorf("the first sample says %v %%", *u.CPU)
		}
		Eventually(t, func() bool { u := usage(t, in.Run); return u.CPU != nil && *u.CPU > 5 }, "CPU use")
		if u := usage(t, in.Run); *u.CPU > 150 {
			t.Errorf("one thread uses %v %%", *u.CPU)
		}
	})

	t.Run("busy children that are gone at each sample", func(t *testing.T) {
		s := s.With(t)
		in := s.Sh(`while :; do sh -c 'i=0; while [ $i -lt 3000 ]; do i=$((i+1)); done'; done`)
		usage(t, in.Run)
		Eventually(t, func() bool { u := usage(t, in.Run); return u.CPU != nil && *u.CPU > 5 }, "CPU use")
	})

	t.Run("nothing after the end", func(t *testing.T) {
		s := s.With(t)
		in := s.Start("sleep", "1000")
		if u := usage(t, in.Run); u.Processes != 1 {
			t.Errorf("%d processes", u.Processes)
		}
		s.Stop(in.Run, "SIGKILL", 0)
		s.End(in.Run)
		if u := usage(t, in.Run); u.Processes != 0 {
			t.Errorf("%d processes after the end", u.Processes)
		}
	})
}
