package e2e

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// fleet is how many bots TestFleet has: as many as Botswain is made for, and more.
const fleet = 500

// TestFleet: many bots are started, live on without Botswain, are adopted, restarted all and stopped, and a
// dashboard that stays open shows each of it without being loaded again.
func TestFleet(t *testing.T) {
	s := install(t, fixedPort(t)) // the page finds it again there
	made := make([]botJSON, fleet)
	for i := range made {
		body := fields{"name": fmt.Sprintf("bot %d", i), "type": "generic", "command": []string{"sleep", "100000"}, "start_seconds": 0}
		if code := s.call("POST", "/bots", body, &made[i]); code != http.StatusCreated {
			t.Fatalf("create bot %d: %d", i, code)
		}
		s.bots = append(s.bots, made[i].ID)
	}
	ctx := browser(t)
	s.signIn(ctx)
	steps(t, ctx, "open the dashboard", chromedp.Navigate(s.url+"/"))
	shows := func(running int) {
		t.Helper()
		until(t, ctx, 3*time.Minute, fmt.Sprintf(
			`document.querySelector('#connection')?.dataset.mode === 'live' && document.querySelector('#totals')?.innerText.replace(/\s+/g, ' ').match(/(^|\D)%d of %d/)`, running, fleet))
	}
	js[bool](t, ctx, `window.still = true`)
	shows(0)

	act := func(action string) {
		t.Helper()
		if code := s.call("POST", "/bots/actions", fields{"action": action, "all": true}, nil); code != http.StatusOK {
			t.Fatalf("%s all: %d", action, code)
		}
	}
	act("start")
	shows(fleet)
	first := s.pids(t, made)

	s.kill9()
	until(t, ctx, 3*time.Minute, `document.querySelector('#connection').dataset.mode !== 'live'`)
	s.start()
	shows(fleet)
	for id, pid := range s.pids(t, made) {
		if first[id] != pid {
			t.Fatalf("bot %s was pid %d and is %d after Botswain was killed", id, first[id], pid)
		}
	}

	act("restart")
	eventually(t, 3*time.Minute, "another process for each bot", func() bool {
		for id, pid := range s.pids(t, made) {
			if pid == 0 || first[id] == pid {
				return false
			}
		}
		return true
	})
	shows(fleet)
	act("stop")
	shows(0)
	for id, pid := range first {
		if alive(pid) {
			t.Errorf("the first process of bot %s lives on", id)
		}
	}
	if !js[bool](t, ctx, `window.still === true`) {
		t.Error("the page was loaded again")
	}
}

// pids are those of all bots, by their ids; 0 for one without a process, or that changed its place in the list,
// which begins with those that need attention, between two pages.
func (s *server) pids(t *testing.T, of []botJSON) map[string]int {
	t.Helper()
	pids := map[string]int{}
	for _, b := range of {
		pids[b.ID] = 0
	}
	for page := 1; page <= (fleet+199)/200; page++ {
		var list struct {
			Bots []botJSON `json:"bots"`
		}
		if code := s.call("GET", "/bots?page_size=200&page="+itoa(page), nil, &list); code != http.StatusOK {
			t.Fatalf("page %d of the bots: %d", page, code)
		}
		for _, b := range list.Bots {
			pids[b.ID] = b.PID
		}
	}
	return pids
}
