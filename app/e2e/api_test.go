package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// botJSON is what these tests read of the contract's Bot.
type botJSON struct {
	ID           string  `json:"id"`
	Name         string  `json:"name"`
	Status       string  `json:"status"`
	PID          int     `json:"pid"`
	RestartCount int     `json:"restart_count"`
	StatusSince  *string `json:"status_since"`
	NextStartAt  *string `json:"next_start_at"`
	LastExit     *struct {
		Code   *int   `json:"code"`
		Signal string `json:"signal"`
		Reason string `json:"reason"`
		At     string `json:"at"`
	} `json:"last_exit"`
}

type lineJSON struct {
	Seq       int64     `json:"seq"`
	TS        time.Time `json:"ts"`
	RunID     string    `json:"run_id"`
	Stream    string    `json:"stream"`
	Message   string    `json:"message"`
	HeadSeq   int64     `json:"head_seq"`
	Truncated bool      `json:"truncated"`
}

// call makes a REST call with a token and decodes the answer into out (nil: not wanted).
func (s *server) call(method, path string, body, out any) int {
	s.t.Helper()
	if s.token == "" {
		s.token = s.cli("token", "create", "--user", adminName, "--name", "e2e")
	}
	var r io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			s.t.Fatal(err)
		}
		r = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.url+"/api/v1"+path, r)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if out != nil && len(b) > 0 {
		if err := json.Unmarshal(b, out); err != nil {
			s.t.Fatalf("%s %s: %v in %s", method, path, err, b)
		}
	}
	if res.StatusCode >= 500 {
		s.t.Logf("%s %s: %d %s", method, path, res.StatusCode, b)
	}
	return res.StatusCode
}

// fields are what a test says of a bot beyond its name and command.
type fields = map[string]any

// create makes a bot that runs the test bot with args.
func (s *server) create(name string, more fields, args ...string) botJSON {
	s.t.Helper()
	body := fields{"name": name, "type": "generic", "command": append([]string{built.testbot}, args...)}
	for k, v := range more {
		body[k] = v
	}
	var b botJSON
	if code := s.call("POST", "/bots", body, &b); code != http.StatusCreated {
		s.t.Fatalf("create %s: %d", name, code)
	}
	s.bots = append(s.bots, b.ID)
	return b
}

// do asks for an action and expects that it is allowed.
func (s *server) do(id, action string) botJSON {
	s.t.Helper()
	var b botJSON
	if code := s.call("POST", "/bots/"+id+"/"+action, nil, &b); code != http.StatusOK {
		s.t.Fatalf("%s %s: %d", action, id, code)
	}
	return b
}

func (s *server) bot(id string) botJSON {
	s.t.Helper()
	var b botJSON
	if code := s.call("GET", "/bots/"+id, nil, &b); code != http.StatusOK {
		s.t.Fatalf("get %s: %d", id, code)
	}
	return b
}

// waitStatus waits until the bot is in the state and gives it.
func (s *server) waitStatus(id, want string, limit time.Duration) botJSON {
	s.t.Helper()
	var b botJSON
	eventually(s.t, limit, "status "+want+" of "+id, func() bool { b = s.bot(id); return b.Status == want })
	return b
}

// lines reads all stored lines of a bot after seq, page by page. Of one that prints on it reads those until now: a bot
// may print faster than a busy machine reads.
func (s *server) lines(id string, after int64) []lineJSON {
	s.t.Helper()
	var all []lineJSON
	began := time.Now()
	for {
		var page struct {
			Lines []lineJSON `json:"lines"`
			Next  int64      `json:"next_after_seq"`
		}
		path := "/bots/" + id + "/logs?limit=10000&after_seq=" + strconv.FormatInt(after, 10)
		if code := s.call("GET", path, nil, &page); code != http.StatusOK {
			s.t.Fatalf("logs: %d", code)
		}
		all = append(all, page.Lines...)
		if n := len(page.Lines); n == 0 || page.Lines[n-1].TS.After(began) {
			return all
		}
		after = page.Next
	}
}

// printed keeps the lines that the bot itself printed.
func printed(lines []lineJSON) []lineJSON {
	var own []lineJSON
	for _, l := range lines {
		if l.Stream != "system" {
			own = append(own, l)
		}
	}
	return own
}

// hasLine says whether a stored line of the bot contains text.
func (s *server) hasLine(id, text string) bool {
	for _, l := range s.lines(id, 0) {
		if strings.Contains(l.Message, text) {
			return true
		}
	}
	return false
}

// checkSeqs fails when a seq is missing, doubled or out of order.
func checkSeqs(t *testing.T, lines []lineJSON) {
	t.Helper()
	for i, l := range lines {
		if l.Seq != int64(i)+1 {
			t.Fatalf("line %d has seq %d", i+1, l.Seq)
		}
	}
}

func itoa(n int) string { return strconv.Itoa(n) }

func atoiOr(s string, or int) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return or
	}
	return n
}
