package local_test

import (
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/botswain/botswain/app/runner"
	"github.com/botswain/botswain/app/runner/local"
	"github.com/botswain/botswain/app/runner/local/cgroup"
	"github.com/botswain/botswain/app/runner/runnertest"
)

// TestUnwatched: the end of a bot is told also where the kernel doesn't wait for its process, be it
// for ever or for a while, started here or adopted.
func TestUnwatched(t *testing.T) {
	for name, c := range map[string]cgroup.Options{"with what the machine has": {}, "without cgroups": {Off: true}} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			var refuses atomic.Bool
			refuses.Store(true)
			open := func() *local.Backend {
				b, err := local.NewContained(local.Options{DataDir: dir}, c)
				if err != nil {
					t.Fatal(err)
				}
				local.WatchNothing(b, refuses.Load)
				return b
			}
			first := open()
			s := runnertest.Board(t, first, dir)
			quick, asked := s.Sh("exit 7"), s.Sh("read go; exit 8")
			if e := s.End(quick.Run); e.Exit.Code == nil || *e.Exit.Code != 7 {
				t.Errorf("ended with %+v", e.Exit)
			}
			say(t, first.SpoolDir(asked.Bot, asked.Run))
			if e := s.End(asked.Run); e.Exit.Code == nil || *e.Exit.Code != 8 {
				t.Errorf("ended with %+v", e.Exit)
			}
			told, stubborn, later := s.Start("sleep", "1000"), s.Sh(`trap "" TERM; echo ready; while :; do sleep 1000; done`), s.Start("sleep", "1000")
			s.Stop(told.Run, "SIGTERM", time.Hour) // its end is heard long before that
			if e := s.End(told.Run); e.Exit.Signal != "SIGTERM" {
				t.Errorf("ended with %+v", e.Exit)
			}
			s.Lines(stubborn, 1)
			s.Stop(stubborn.Run, "SIGTERM", time.Millisecond)
			if e := s.End(stubborn.Run); e.Exit.Signal != "SIGKILL" {
				t.Errorf("ended with %+v", e.Exit)
			}
			adopted := s.Start("sleep", "1000")
			if err := first.Close(); err != nil {
				t.Fatal(err)
			}
			s = runnertest.Board(t, open(), dir)
			if all := list(t, s); len(all) != 2 {
				t.Fatalf("found %+v", all)
			}
			kill := func(in runner.Instance) {
				if err := syscall.Kill(in.PID, syscall.SIGKILL); err != nil {
					t.Fatal(err)
				}
				s.End(in.Run)
			}
			kill(adopted)
			refuses.Store(false)
			kill(later)
		})
	}
}
