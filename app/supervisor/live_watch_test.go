package supervisor_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/botswain/botswain/app/bot"
)

// A bot that prints its line is up; when Botswain comes back it is up at once, without printing it
// again, and since when it was.
func TestReadyByItsOutputAndAdopted(t *testing.T) {
	w := newWorld(t)
	b := w.bot(`echo starting; read go; echo "Logged in as $go"; `+forever, func(s *bot.Spec) {
		s.Ready = bot.ReadyCheck{By: bot.ProbePattern, Target: `^Logged in as \w+$`, Timeout: time.Minute}
	})
	s := w.start()
	s.act(b.ID, bot.Start)
	s.await(b.ID, "a process", func(st bot.Status) bool { return st.State == bot.Starting && st.PID != 0 })
	if err := s.Input(t.Context(), b.ID, bot.RunID{}, "admin", "Echo"); err != nil {
		t.Fatal(err)
	}
	up := s.awaitState(b.ID, bot.Running)
	s.end(true)
	s = w.start()
	st := s.awaitState(b.ID, bot.Running)
	if st.PID != up.PID || !st.Since.Equal(up.Since) {
		t.Errorf("was up since %s with pid %d, now since %s with pid %d", up.Since, up.PID, st.Since, st.PID)
	}
	if runs := w.history(b.ID); len(runs) != 1 || runs[0].RunningAt == nil || !runs[0].RunningAt.Equal(up.Since) {
		t.Errorf("runs %+v", runs)
	}
}

// One that was not up yet when Botswain went still becomes so, also by what it printed meanwhile.
func TestReadyWhileBotswainWasAway(t *testing.T) {
	w := newWorld(t)
	b := w.bot(`sleep 0.5; echo ready; `+forever, func(s *bot.Spec) {
		s.Ready = bot.ReadyCheck{By: bot.ProbePattern, Target: `^ready$`, Timeout: time.Minute}
	})
	s := w.start()
	s.act(b.ID, bot.Start)
	first := s.await(b.ID, "a process", func(st bot.Status) bool { return st.PID != 0 })
	s.end(true)
	s = w.start()
	if st := s.awaitState(b.ID, bot.Running); st.PID != first.PID {
		t.Errorf("pid %d, then %d", first.PID, st.PID)
	}
}

func TestNotReadyInTime(t *testing.T) {
	w := newWorld(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	b := w.bot(forever, func(s *bot.Spec) {
		s.Ready = bot.ReadyCheck{By: bot.ProbeTCP, Target: addr, Timeout: 2 * time.Second}
		s.Restart.MaxDelay = 200 * time.Millisecond
	})
	s := w.start()
	s.act(b.ID, bot.Start)
	st := s.await(b.ID, "failed", func(st bot.Status) bool { return st.State == bot.Waiting })
	if want := "not ready within 2s: " + addr + ": connection refused"; st.LastExit.Reason != want || st.LastExit.Signal != "SIGTERM" {
		t.Errorf("last exit %+v, want %q", st.LastExit, want)
	}
	if l, err = net.Listen("tcp", addr); err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s.awaitState(b.ID, bot.Running)
	w.until("runs are stored", func() bool { r := w.history(b.ID); return len(r) >= 2 && r[0].RunningAt != nil })
}

// A bot whose address stops answering is unresponsive, and running again when it answers; with a
// restart it gets a new process.
func TestHealthOverHTTP(t *testing.T) {
	w := newWorld(t)
	var down atomic.Bool
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if down.Load() {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	defer srv.Close()
	check := func(restart bool) func(*bot.Spec) {
		return func(s *bot.Spec) {
			s.Health = bot.HealthCheck{By: bot.ProbeHTTP, Target: strings.Replace(srv.URL, "://", "://me:secret@", 1), Interval: time.Second, Timeout: 5 * time.Second, Failures: 2, Restart: restart}
		}
	}
	stays, restarts := w.bot(forever, check(false)), w.bot(forever, check(true))
	s := w.start()
	s.act(stays.ID, bot.Start)
	s.act(restarts.ID, bot.Start)
	first, other := s.awaitState(stays.ID, bot.Running), s.awaitState(restarts.ID, bot.Running)
	down.Store(true)
	if st := s.awaitState(stays.ID, bot.Unresponsive); st.Reason != srv.URL+": answered 500, 2 times in a row" || st.PID != first.PID {
		t.Errorf("%+v", st)
	}
	s.await(restarts.ID, "restarted", func(st bot.Status) bool { return st.PID != 0 && st.PID != other.PID })
	down.Store(false)
	s.awaitState(stays.ID, bot.Running)
	w.until("the runs are stored", func() bool { return len(w.history(restarts.ID)) >= 2 })
	runs := w.history(restarts.ID)
	if last := runs[len(runs)-2]; last.Cause != "health" || !strings.Contains(last.PreviousEnd, "answered 500") {
		t.Errorf("the second run: %+v", last)
	}
}
