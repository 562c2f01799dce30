package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// runJSON is what these tests read of a recorded run.
type runJSON struct {
	ID      string  `json:"id"`
	Number  int     `json:"number"`
	Cause   string  `json:"cause"`
	EndedAt *string `json:"ended_at"`
	Exit    *struct {
		Code   *int   `json:"code"`
		Signal string `json:"signal"`
		At     string `json:"at"`
	} `json:"exit"`
}

func (s *server) runs(id string) []runJSON {
	s.t.Helper()
	var page struct {
		Runs []runJSON `json:"runs"`
	}
	if code := s.call("GET", "/bots/"+id+"/runs", nil, &page); code != http.StatusOK {
		s.t.Fatalf("runs: %d", code)
	}
	return page.Runs
}

// TestKilledBotRunsAgain: a bot that dies of SIGKILL comes back after its first delay, and its
// crash is recorded with signal and time.
func TestKilledBotRunsAgain(t *testing.T) {
	t.Parallel()
	s := install(t)
	b := s.create("phoenix", fields{"start_seconds": 0, "restart": fields{"initial_delay": "200ms"}}, "sleep")
	s.do(b.ID, "start")
	first := s.waitStatus(b.ID, "running", 10*time.Second)

	syscall.Kill(first.PID, syscall.SIGKILL)
	var again botJSON
	eventually(t, 10*time.Second, "running with another pid", func() bool {
		again = s.bot(b.ID)
		return again.Status == "running" && again.PID != first.PID
	})
	if again.RestartCount != 1 || again.LastExit == nil || again.LastExit.Signal != "SIGKILL" || again.LastExit.Code != nil {
		t.Errorf("after the crash: %+v, last exit %+v", again, again.LastExit)
	}
	runs := s.runs(b.ID)
	if len(runs) != 2 || runs[1].Exit == nil || runs[1].Exit.Signal != "SIGKILL" || runs[1].EndedAt == nil || runs[0].Cause != "crash" {
		t.Errorf("recorded runs: %+v", runs)
	}
}

// TestCrashLoopWaitsLonger: a bot that always crashes is Waiting with growing delays.
func TestCrashLoopWaitsLonger(t *testing.T) {
	t.Parallel()
	s := install(t)
	b := s.create("sisyphus", fields{"restart": fields{"initial_delay": "100ms", "factor": 3}}, "crash", "0s", "7")
	s.do(b.ID, "start")
	var waits []time.Duration
	seen := map[string]bool{}
	eventually(t, 30*time.Second, "three delays", func() bool {
		now := s.bot(b.ID)
		if now.Status != "waiting" || now.NextStartAt == nil || now.StatusSince == nil || seen[*now.NextStartAt] {
			return false
		}
		seen[*now.NextStartAt] = true
		next, err1 := time.Parse(time.RFC3339Nano, *now.NextStartAt)
		since, err2 := time.Parse(time.RFC3339Nano, *now.StatusSince)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		if now.LastExit.Code == nil || *now.LastExit.Code != 7 {
			t.Fatalf("last exit: %+v", now.LastExit)
		}
		waits = append(waits, next.Sub(since))
		return len(waits) == 4
	})
	for i := 1; i < len(waits); i++ {
		if waits[i] <= waits[i-1] {
			t.Errorf("delays don't grow: %v", waits)
		}
	}
}

// TestKillNineOfBotswain: Botswain dies by SIGKILL in the middle of ten busy bots. They live on,
// are found again, never run twice, and no numbered line is missing or doubled.
func TestKillNineOfBotswain(t *testing.T) {
	t.Parallel()
	s := install(t)
	const n = 10
	var bots []botJSON
	for i := range n {
		b := s.create(fmt.Sprintf("ticker %d", i), fields{"start_seconds": 0}, "tick", "1ms")
		s.do(b.ID, "start")
		bots = append(bots, b)
	}
	pids := map[string]int{}
	for _, b := range bots {
		pids[b.ID] = s.waitStatus(b.ID, "running", 10*time.Second).PID
	}
	for round := range 3 {
		eventually(t, 20*time.Second, "more lines", func() bool { return s.hasLine(bots[0].ID, fmt.Sprintf("tick %d ", 300*(round+1))) })
		s.kill9()
		for _, b := range bots {
			if !alive(pids[b.ID]) {
				t.Fatalf("round %d: bot %s died with Botswain", round, b.Name)
			}
		}
		s.start()
		for _, b := range bots {
			if got := s.waitStatus(b.ID, "running", 10*time.Second); got.PID != pids[b.ID] {
				t.Fatalf("round %d: %s has pid %d, had %d", round, b.Name, got.PID, pids[b.ID])
			}
			if p := processesWith("BOT_ID=" + b.ID); len(p) != 1 {
				t.Fatalf("round %d: %s runs as %v", round, b.Name, p)
			}
		}
	}
	for _, b := range bots {
		s.do(b.ID, "stop")
	}
	for _, b := range bots {
		s.waitStatus(b.ID, "stopped", 15*time.Second)
		checkTicks(t, s, b)
	}
}

// checkTicks fails when a numbered line of a tick bot with one run is missing, doubled or out of order.
func checkTicks(t *testing.T, s *server, b botJSON) {
	t.Helper()
	all := s.lines(b.ID, 0)
	checkSeqs(t, all)
	for i, l := range printed(all) {
		if want := fmt.Sprintf("tick %d pid ", i+1); !strings.HasPrefix(l.Message, want) {
			t.Fatalf("%s: line %d is %q, want %q", b.Name, i+1, l.Message, want)
		}
	}
}

// TestDiedWhileBotswainWasAway: what a bot printed before it died without Botswain is stored, and
// it is started again.
func TestDiedWhileBotswainWasAway(t *testing.T) {
	t.Parallel()
	s := install(t)
	b := s.create("widow", fields{"start_seconds": 0}, "tick", "1ms")
	s.do(b.ID, "start")
	pid := s.waitStatus(b.ID, "running", 10*time.Second).PID
	s.kill9()
	syscall.Kill(pid, syscall.SIGKILL)
	eventually(t, 5*time.Second, "bot is gone", func() bool { return !alive(pid) })
	s.start()
	now := s.waitStatus(b.ID, "running", 10*time.Second)
	if now.PID == pid {
		t.Fatal("a dead process is shown as running")
	}
	runs := s.runs(b.ID)
	if len(runs) != 2 || runs[1].EndedAt == nil || runs[1].Exit == nil || runs[1].Exit.Code != nil {
		t.Errorf("runs: %+v", runs)
	}
}

// TestShutdownWithManyBotsAndStreams: 50 bots and 50 open streams end within the slowest bot's
// stop time plus 2 s, and no process is left.
func TestShutdownWithManyBotsAndStreams(t *testing.T) {
	t.Parallel()
	s := install(t)
	const n, grace = 50, 1500 * time.Millisecond
	var ids []string
	for i := range n {
		mode := "sleep"
		if i == 0 {
			mode = "stubborn"
		}
		b := s.create(fmt.Sprintf("crew %d", i), fields{"start_seconds": 0, "stop": fields{"timeout": grace.String()}}, mode)
		s.do(b.ID, "start")
		ids = append(ids, b.ID)
	}
	for _, id := range ids {
		s.waitStatus(id, "running", 30*time.Second)
	}
	var wg sync.WaitGroup
	page := s.login()
	for _, id := range ids { // what an open page holds
		res, err := page.Get(s.url + "/live?page=bot&id=" + id)
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("stream: %v %v", res, err)
		}
		wg.Add(1)
		go func() {
			defer wg.Done()
			defer res.Body.Close()
			buf := make([]byte, 4096)
			for {
				if _, err := res.Body.Read(buf); err != nil {
					return
				}
			}
		}()
	}
	took := s.stop()
	wg.Wait()
	if limit := grace + 2*time.Second; took > limit {
		t.Errorf("the end took %s, more than %s", took, limit)
	}
	for _, id := range ids {
		if p := processesWith("BOT_ID=" + id); len(p) > 0 {
			t.Errorf("left of %s: %v", id, p)
		}
	}
}

// TestStateSurvivesRestart: what a person asked for holds across a restart of Botswain.
func TestStateSurvivesRestart(t *testing.T) {
	t.Parallel()
	s := install(t)
	up := s.create("up", fields{"start_seconds": 0}, "sleep")
	down := s.create("down", fields{"start_seconds": 0, "autostart": true}, "sleep")
	auto := s.create("auto", fields{"start_seconds": 0, "autostart": true}, "sleep")
	s.do(up.ID, "start")
	s.do(down.ID, "start")
	s.waitStatus(down.ID, "running", 10*time.Second)
	s.do(down.ID, "stop")
	s.waitStatus(down.ID, "stopped", 15*time.Second)
	s.stop()
	s.start()
	s.waitStatus(up.ID, "running", 10*time.Second)
	s.waitStatus(auto.ID, "running", 10*time.Second)
	if got := s.bot(down.ID).Status; got != "stopped" {
		t.Errorf("a bot stopped by hand is %s after a restart", got)
	}
}
