package e2e

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// ended is what these tests read of how a run ended.
type ended struct {
	Code  *int `json:"code"`
	Cause *struct {
		ID    string `json:"id"`
		Fatal bool   `json:"fatal"`
	} `json:"cause"`
}

type causeJSON struct {
	Status       string `json:"status"`
	RestartCount int    `json:"restart_count"`
	LastExit     *ended `json:"last_exit"`
}

// TestCauseOfACrash: bots that end of what libraries really print stay crashed with the cause, with a
// wait before the restart and without, and the page says what to do while it is open.
func TestCauseOfACrash(t *testing.T) {
	t.Parallel()
	s := install(t)
	ctx := browser(t)
	s.signIn(ctx)
	capture := func(of string) string {
		path, err := filepath.Abs(filepath.Join("../cause/testdata", of))
		if err != nil {
			t.Fatal(err)
		}
		return "sleep 0.5; tail -n +2 " + path + " >&2; exit 1"
	}
	for _, c := range []struct{ name, kind, script, delay, want string }{
		{"intents", "discord_bot", capture("discord.py/4014.txt"), "0s", "discord-disallowed-intents"},
		{"token", "telegram_bot", capture("grammy/401.txt"), "10s", "telegram-unauthorized"},
		{"module", "generic", capture("python/missing-module.txt"), "0s", "python-missing-module"},
		{"nowhere", "generic", "", "1s", "missing-command"},
	} {
		command := []string{"/bin/sh", "-c", c.script}
		if c.script == "" {
			command = []string{"no-such-program"}
		}
		b := s.create(c.name, fields{"type": c.kind, "command": command, "start_seconds": 0, "restart": fields{"initial_delay": c.delay, "max_delay": "30s"}})
		path := "/bots/" + b.ID
		steps(t, ctx, "the bot's page", chromedp.Navigate(s.url+path))
		s.do(b.ID, "start")
		until(t, ctx, 20*time.Second, "document.querySelector('[data-cause="+c.want+"] [data-remedy]')?.innerText.length > 20")
		until(t, ctx, 20*time.Second, "document.querySelector('#main [data-state=crashed]')")
		var got causeJSON
		s.call("GET", path+"/status", nil, &got)
		if got.Status != "crashed" || got.RestartCount != 0 || got.LastExit == nil || got.LastExit.Cause == nil ||
			got.LastExit.Cause.ID != c.want || !got.LastExit.Cause.Fatal {
			t.Errorf("%s: %+v, %+v", c.name, got, got.LastExit)
		}
		var runs struct {
			Runs []struct {
				PID  *int   `json:"pid"`
				Exit *ended `json:"exit"`
			} `json:"runs"`
		}
		eventually(t, 10*time.Second, "the cause with the run", func() bool {
			if s.call("GET", path+"/runs", nil, &runs); len(runs.Runs) == 0 {
				return false
			}
			first := runs.Runs[len(runs.Runs)-1]
			return first.Exit != nil && first.Exit.Cause != nil && first.Exit.Cause.ID == c.want
		})
		for _, r := range runs.Runs[:len(runs.Runs)-1] {
			if r.PID != nil {
				t.Errorf("%s: it was executed again", c.name)
			}
		}
		s.do(b.ID, "start") // a person's start always tries again
		eventually(t, 20*time.Second, "crashed again", func() bool {
			s.call("GET", path+"/runs", nil, &runs)
			return len(runs.Runs) > 1 && s.bot(b.ID).Status == "crashed"
		})
	}
}
