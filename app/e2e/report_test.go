package e2e

import (
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// fixedPort is an address that stays the same over restarts: bots keep the one they were given.
func fixedPort(t *testing.T) setting {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "BOTSWAIN_ADDR=" + l.Addr().String()
}

// TestBotTellsOfItself: a bot is running when it says so and unresponsive when it falls silent, by
// reports and by sd_notify's protocol alike; and all of that goes on after a kill -9 of Botswain,
// with the token and the socket that the bot was given at its start.
func TestBotTellsOfItself(t *testing.T) {
	t.Parallel()
	s := install(t, fixedPort(t), "BOTSWAIN_LOG_LEVEL=debug")
	for _, by := range []string{"report", "notify"} {
		b := s.create("teller by "+by, fields{
			"ready":  fields{"by": by, "timeout": "1m"},
			"health": fields{"by": by, "interval": "1s", "failures": 3},
		}, by, "500ms")
		s.do(b.ID, "start")
		first := s.waitStatus(b.ID, "running", 20*time.Second)
		eventually(t, 10*time.Second, "that its word was taken", func() bool {
			return s.hasLine(b.ID, "told: 204") || s.hasLine(b.ID, "told: taken, watchdog of 3000000")
		})

		s.kill9()
		s.start()
		if again := s.waitStatus(b.ID, "running", 20*time.Second); again.PID != first.PID {
			t.Fatalf("%s: pid %d, then %d", by, first.PID, again.PID)
		}
		syscall.Kill(first.PID, syscall.SIGUSR1)
		s.waitStatus(b.ID, "unresponsive", 30*time.Second)
		syscall.Kill(first.PID, syscall.SIGUSR2)
		s.waitStatus(b.ID, "running", 20*time.Second)
		for _, want := range []string{"bot.unresponsive", "bot.responsive"} {
			eventually(t, 10*time.Second, by+": the event "+want, func() bool { return strings.Contains(s.eventKinds(b.ID), want) })
		}
		if by == "report" {
			s.wantReported(b.ID)
			s.wantTokenHeld(b.ID, first.PID)
		}
		s.do(b.ID, "stop")
		s.waitStatus(b.ID, "stopped", 20*time.Second)
	}
	if left, err := os.ReadDir(s.dir + "/notify"); err != nil || len(left) != 0 {
		t.Errorf("sockets are left: %v %v", left, err)
	}
}

func (s *server) eventKinds(id string) string {
	s.t.Helper()
	var page struct {
		Events []struct {
			Kind string `json:"kind"`
		} `json:"events"`
	}
	if code := s.call("GET", "/bots/"+id+"/events", nil, &page); code != http.StatusOK {
		s.t.Fatalf("events: %d", code)
	}
	var kinds []string
	for _, e := range page.Events {
		kinds = append(kinds, e.Kind)
	}
	return strings.Join(kinds, " ")
}

// wantReported looks for what the bot reported, in the statistics, the events and on its page. That it is alive is heard
// before its figures are stored, so the newest may be on their way.
func (s *server) wantReported(id string) {
	s.t.Helper()
	var f struct {
		Reported *struct {
			Gauges   map[string]struct{ Value float64 } `json:"gauges"`
			Counters map[string]struct{ Value float64 } `json:"counters_today"`
		} `json:"reported"`
	}
	eventually(s.t, 30*time.Second, "the second message", func() bool {
		if code := s.call("GET", "/stats/bots/"+id, nil, &f); code != http.StatusOK || f.Reported == nil {
			s.t.Fatalf("statistics: %d %+v", code, f)
		}
		return f.Reported.Counters["messages"].Value >= 2
	})
	if g := f.Reported.Gauges; g["guilds"].Value != 12 || g["ping_ms"].Value != 41.5 {
		s.t.Errorf("reported %+v", f.Reported)
	}
	if kinds := s.eventKinds(id); !strings.Contains(kinds, "bot.report.info") {
		s.t.Errorf("the bot's own event isn't among %s", kinds)
	}
	res, err := s.login().Get(s.url + "/bots/" + id)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, want := range []string{`data-gauge="guilds">12<`, "Hello from the bot"} {
		if !strings.Contains(string(page), want) {
			s.t.Errorf("%q isn't on the page", want)
		}
	}
}

// wantTokenHeld: the token of a run opens nothing but reports, isn't told, and ends with the run.
func (s *server) wantTokenHeld(id string, pid int) {
	s.t.Helper()
	env, err := os.ReadFile("/proc/" + itoa(pid) + "/environ")
	if err != nil {
		s.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(env), "BOTSWAIN_REPORT_TOKEN=")
	token, _, _ := strings.Cut(rest, "\x00")
	send := func(method, path, body string) int {
		req, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
		if err != nil {
			s.t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			s.t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode
	}
	for path, want := range map[string]int{"/api/v1/bots": 401, "/metrics": 401, "/api/v1/report": 401} {
		if code := send("GET", path, ""); code != want {
			s.t.Errorf("GET %s with the token of a run: %d", path, code)
		}
	}
	if code := send("POST", "/api/v1/report", `{"gauges":{"Bad":1}}`); code != http.StatusUnprocessableEntity {
		s.t.Errorf("a bad report: %d", code)
	}
	s.do(id, "restart")
	eventually(s.t, 20*time.Second, "another run", func() bool { b := s.bot(id); return b.Status == "running" && b.PID != pid })
	if code := send("POST", "/api/v1/report", `{"ready":true}`); code != http.StatusUnauthorized {
		s.t.Errorf("a report of a run that is over: %d", code)
	}
	if token == "" || strings.Contains(s.out.String(), token) {
		s.t.Error("the token is in Botswain's log")
	}
}
