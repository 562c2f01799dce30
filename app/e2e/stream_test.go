package e2e

import (
	"bufio"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// follower reads a bot's log stream and checks that each id follows the one before.
type follower struct {
	mu  sync.Mutex
	seq int64
	err error
}

func (f *follower) last() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.seq
}

func (f *follower) problem() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

// follow opens the REST log stream from the first line on; it ends with the test.
func (s *server) follow(id string) *follower {
	s.t.Helper()
	if s.token == "" {
		s.call("GET", "/bots", nil, nil)
	}
	req, err := http.NewRequestWithContext(s.t.Context(), "GET", s.url+"/api/v1/bots/"+id+"/logs/stream?after_seq=0", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		s.t.Fatalf("stream: %s", res.Status)
	}
	f := &follower{}
	go func() {
		defer res.Body.Close()
		sc := bufio.NewScanner(res.Body)
		sc.Buffer(nil, 1<<20)
		for sc.Scan() {
			id, ok := strings.CutPrefix(sc.Text(), "id: ")
			if !ok {
				continue
			}
			seq, err := strconv.ParseInt(id, 10, 64)
			f.mu.Lock()
			if f.err == nil && (err != nil || seq != f.seq+1) {
				f.err = fmt.Errorf("after seq %d came id %q", f.seq, id)
			}
			f.seq = max(f.seq, seq)
			f.mu.Unlock()
		}
	}()
	return f
}

// hasTail says whether one of the newest stored lines of the bot contains text.
func (s *server) hasTail(id, text string) bool {
	var page struct {
		Lines []lineJSON `json:"lines"`
	}
	s.call("GET", "/bots/"+id+"/logs?limit=20", nil, &page)
	for _, l := range page.Lines {
		if strings.Contains(l.Message, text) {
			return true
		}
	}
	return false
}
