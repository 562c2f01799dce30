package local_test

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/runner"
	"github.com/botswain/botswain/app/runner/local"
	"github.com/botswain/botswain/app/runner/local/cgroup"
	"github.com/botswain/botswain/app/runner/runnertest"
)

// TestALeftoverThatDoesNotEnd: what hangs in the kernel is killed and doesn't end. The other bots don't
// wait for it, and when the kernel lets it go it is over.
func TestALeftoverThatDoesNotEnd(t *testing.T) {
	for name, c := range map[string]struct {
		cgroups cgroup.Options
		change  map[string]any
		gone    bool // the folder is
	}{
		"by its run":                         {},
		"without cgroups":                    {cgroups: cgroup.Options{Off: true}},
		"of a run that is said to be over":   {change: map[string]any{"ended_at": "2026-01-02T03:04:05Z"}},
		"of a run whose folder is not there": {gone: true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			open := func() *local.Backend {
				b, err := local.NewContained(local.Options{DataDir: dir}, c.cgroups)
				if err != nil {
					t.Fatal(err)
				}
				return b
			}
			first := open()
			s := runnertest.Board(t, first, dir)
			other := s.Start("sleep", "1000")
			spec := s.Spec("sh", "-c", `(setsid sh -c 'echo $$; exec sleep 1000 </dev/null >/dev/null 2>&1' &); read go`)
			spec.Env = append(spec.Env, "BOT_ID="+spec.Bot.String())
			dead := s.Apply(spec)
			hangs := s.PIDs(dead, 1)[0]
			if c.change != nil || c.gone {
				caged(t, s, dead)
			}
			if err := first.Close(); err != nil {
				t.Fatal(err)
			}
			end(t, dead)
			if c.change != nil {
				editRecord(t, first.SpoolDir(dead.Bot, dead.Run), c.change)
			}
			if c.gone {
				if err := os.RemoveAll(first.SpoolDir(dead.Bot, dead.Run)); err != nil {
					t.Fatal(err)
				}
			}

			b := open()
			var hanging atomic.Bool
			hanging.Store(true)
			local.Spare(b, 10*time.Millisecond, hanging.Load)
			s = runnertest.Board(t, b, dir)
			if all := list(t, s); len(all) != 1 || all[0].Run != other.Run {
				t.Fatalf("found %+v", all)
			}
			left := b.Leftovers(t.Context())
			if len(left) != 1 || left[0].Bot != dead.Bot || left[0].Run != dead.Run || !slices.Equal(left[0].PIDs, []int{hangs.PID}) {
				t.Fatalf("left over: %+v, want process %d", left, hangs.PID)
			}
			past, err := b.Past(t.Context())
			if at := slices.IndexFunc(past, func(p runner.Past) bool { return p.Run == dead.Run }); err != nil || (at < 0) != c.gone {
				t.Errorf("past: %+v, %v", past, err)
			} else if at >= 0 && past[at].Exit.At.IsZero() != (c.change == nil) {
				t.Errorf("it is said to have ended at %s", past[at].Exit.At)
			}
			if again := list(t, s); len(again) != 1 || len(b.Leftovers(t.Context())) != 1 {
				t.Errorf("a second List: %+v", again)
			}
			s.Stop(other.Run, "SIGTERM", time.Hour) // its end doesn't wait for the other's either
			s.End(other.Run)
			select {
			case <-left[0].Over:
				t.Fatal("it is over, and still lives")
			default:
			}

			hanging.Store(false)
			runnertest.Eventually(t, func() bool {
				select {
				case <-left[0].Over:
					return true
				default:
					return false
				}
			}, "the end of what was left")
			if runnertest.Alive(hangs) || len(b.Leftovers(t.Context())) != 0 {
				t.Errorf("alive %v, left over %+v", runnertest.Alive(hangs), b.Leftovers(t.Context()))
			}
			if s.Told(dead.Run) {
				t.Error("an end was told")
			}
			if past, err = b.Past(t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, p := range past {
				if p.Run == dead.Run && p.Exit.At.IsZero() != (c.change == nil) {
					t.Errorf("when it was gone it was said to have ended at %s", p.Exit.At)
				}
			}
		})
	}
}

// TestRemoveWithALeftover: a bot can be deleted while what is left of it hangs.
func TestRemoveWithALeftover(t *testing.T) {
	dir := t.TempDir()
	first := newBackend(t, dir)
	s := runnertest.Board(t, first, dir)
	dead := s.Sh(`(setsid sh -c 'echo $$; exec sleep 1000' &); read go`)
	s.PIDs(dead, 1)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	end(t, dead)
	b := newBackend(t, dir).(*local.Backend)
	var hanging atomic.Bool
	hanging.Store(true)
	local.Spare(b, 10*time.Millisecond, hanging.Load)
	s = runnertest.Board(t, b, dir)
	list(t, s)
	left := b.Leftovers(t.Context())
	if len(left) != 1 {
		t.Fatalf("left over: %+v", left)
	}
	if err := b.Remove(t.Context(), dead.Bot); err != nil {
		t.Error(err)
	}
	hanging.Store(false)
	<-left[0].Over
}

// TestALeftoverInTheKernel: the same with a process that really doesn't die of SIGKILL: one that the
// freezer of cgroup version 1 holds is in uninterruptible sleep, and its status and files are what they are then.
func TestALeftoverInTheKernel(t *testing.T) {
	frozen := filepath.Join("/sys/fs/cgroup/freezer", "botswain-test-"+bot.NewID().String())
	if err := os.Mkdir(frozen, 0o755); err != nil {
		t.Skipf("there is no freezer to be used here: %v", err)
	}
	write := func(file, value string) {
		if err := os.WriteFile(filepath.Join(frozen, file), []byte(value), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	first := newBackend(t, dir)
	s := runnertest.Board(t, first, dir)
	dead, other := s.Sh(`(setsid sh -c 'echo $$; exec sleep 1000' &); read go`), s.Start("sleep", "1000")
	hangs := s.PIDs(dead, 1)[0]
	t.Cleanup(func() {
		runnertest.Eventually(t, func() bool { return os.Remove(frozen) == nil }, "the end of %s", frozen)
	})
	t.Cleanup(func() { write("freezer.state", "THAWED") })
	write("cgroup.procs", strconv.Itoa(hangs.PID))
	write("freezer.state", "FROZEN")
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	end(t, dead)

	b := newBackend(t, dir).(*local.Backend)
	local.Spare(b, 100*time.Millisecond, func() bool { return false })
	s = runnertest.Board(t, b, dir)
	if all := list(t, s); len(all) != 1 || all[0].Run != other.Run {
		t.Errorf("found %+v", all)
	}
	left := b.Leftovers(t.Context())
	if len(left) != 1 || left[0].Bot != dead.Bot || !slices.Equal(left[0].PIDs, []int{hangs.PID}) || !runnertest.Alive(hangs) {
		t.Fatalf("left over: %+v", left)
	}
	write("freezer.state", "THAWED")
	<-left[0].Over
	if runnertest.Alive(hangs) {
		t.Error("it is over, and still lives")
	}
}

// end kills the main process of a run, and buries it as another reaper would.
func end(t *testing.T, in runner.Instance) {
	t.Helper()
	if err := syscall.Kill(in.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if _, err := syscall.Wait4(in.PID, nil, 0, nil); err != nil {
		t.Fatal(err)
	}
}
