package e2e

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/jackc/pgx/v5"

	"github.com/botswain/botswain/db/dbtest"
)

// keptJSON is what these tests read of a crash's last lines.
type keptJSON struct {
	Run struct {
		ID       string `json:"id"`
		Outcome  string `json:"outcome"`
		Headline string `json:"headline"`
		Exit     *ended `json:"exit"`
	} `json:"run"`
	KeptAt *string    `json:"kept_at"`
	Lines  []lineJSON `json:"lines"`
}

// printed are the kept lines without Botswain's own.
func (k keptJSON) printed() []string {
	var list []string
	for _, l := range k.Lines {
		if l.Stream != "system" {
			list = append(list, l.Message)
		}
	}
	return list
}

// kept waits until the last lines of a bot's newest run are kept.
func (s *server) kept(id string) keptJSON {
	s.t.Helper()
	var k keptJSON
	eventually(s.t, 30*time.Second, "last lines kept", func() bool {
		var list struct {
			Runs []struct {
				ID string `json:"id"`
			} `json:"runs"`
		}
		if s.call("GET", "/bots/"+id+"/runs", nil, &list) != http.StatusOK || len(list.Runs) == 0 {
			return false
		}
		k = keptJSON{}
		return s.call("GET", "/bots/"+id+"/runs/"+list.Runs[0].ID+"/last-lines", nil, &k) == http.StatusOK && k.KeptAt != nil &&
			k.Run.Exit != nil && k.Run.Exit.Cause != nil
	})
	return k
}

// doomed makes a bot that prints 80 lines and a secret, waits for a file, and ends of a missing module.
func (s *server) doomed(name string, more fields) (b botJSON, gate string) {
	s.t.Helper()
	capture, err := filepath.Abs("../cause/testdata/python/missing-module.txt")
	if err != nil {
		s.t.Fatal(err)
	}
	gate = filepath.Join(s.t.TempDir(), "gate")
	script := fmt.Sprintf(`i=0; while [ $i -lt 80 ]; do i=$((i+1)); echo "order $i"; done; echo "key $API_KEY"
		while [ ! -e %s ]; do sleep 0.05; done; tail -n +2 %s >&2; exit 1`, gate, capture)
	body := fields{
		"command": []string{"/bin/sh", "-c", script}, "start_seconds": 0, "restart": fields{"policy": "never"},
		"secrets": fields{"API_KEY": "s3cr3t-api-key-of-the-shop"},
	}
	for k, v := range more {
		body[k] = v
	}
	return s.create(name, body), gate
}

func (s *server) open(gate string) {
	s.t.Helper()
	if err := os.WriteFile(gate, nil, 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// isWhole checks what was kept of a doomed bot.
func (k keptJSON) isWhole(t *testing.T) {
	t.Helper()
	printed := k.printed()
	if len(printed) != 50 || !strings.HasPrefix(printed[0], "order ") || !strings.HasPrefix(printed[len(printed)-1], "ModuleNotFoundError") {
		t.Errorf("kept %d lines: %q", len(printed), printed)
	}
	text := strings.Join(printed, "\n")
	if strings.Contains(text, "s3cr3t") || !strings.Contains(text, "key [redacted:API_KEY]") {
		t.Errorf("the secret isn't blanked out in %q", text)
	}
	if c := k.Run.Exit.Cause; c == nil || c.ID != "python-missing-module" || !strings.HasPrefix(k.Run.Headline, "ModuleNotFoundError") {
		t.Errorf("cause %v, headline %q", c, k.Run.Headline)
	}
}

// TestCrashOutlivesItsLog: a crash shows its cause, remedy and last lines, also when the log has been
// dropped; its page and that of the run can be linked to, and the run prints.
func TestCrashOutlivesItsLog(t *testing.T) {
	t.Parallel()
	s := install(t)
	ctx := browser(t)
	s.signIn(ctx)
	b, gate := s.doomed("shop", nil)
	other := s.create("other", nil, "sleep")
	s.do(b.ID, "start")
	path := "/bots/" + b.ID
	steps(t, ctx, "the tab", chromedp.Navigate(s.url+path+"/crashes"))
	until(t, ctx, 20*time.Second, "document.querySelector('#all-crashes')?.innerText.includes('No crash so far')")
	s.open(gate)
	// The open page shows it by itself.
	const lines = "[...document.querySelectorAll('[data-crash=python-missing-module] [data-lines] .log-line:not([data-level=system])')]"
	until(t, ctx, 30*time.Second, lines+".length === 50 && document.querySelector('[data-crash] [data-remedy]').innerText.length > 20")
	k := s.kept(b.ID)
	k.isWhole(t)

	// What retention does to a day.
	conn, err := pgx.Connect(t.Context(), databaseOf(s))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), `do $$ declare part text; begin
		for part in select inhrelid::regclass::text from pg_inherits where inhparent = 'log_lines'::regclass loop execute 'drop table ' || part; end loop; end $$`); err != nil {
		t.Fatal(err)
	}
	if left := s.lines(b.ID, 0); len(left) > 0 {
		t.Fatalf("the log still has %d lines", len(left))
	}
	s.kept(b.ID).isWhole(t)

	steps(t, ctx, "the tab again", chromedp.Navigate(s.url+path+"/crashes"))
	until(t, ctx, 20*time.Second, lines+".length === 50")
	steps(t, ctx, "the crash", chromedp.Click(chromedp.CSS("[data-crash] h2 a")))
	crash := s.url + path + "/crashes/" + k.Run.ID
	until(t, ctx, 20*time.Second, "location.href === '"+crash+"' && document.querySelectorAll('[data-last-lines] .log-line:not([data-level=system])').length === 50")
	last := k.Lines[len(k.Lines)-1].Seq
	if got := js[string](t, ctx, "document.querySelector('[data-open-in-log]').getAttribute('href')"); !strings.Contains(got, fmt.Sprintf("line=%d", last)) {
		t.Errorf("the link into the log is %s, the last line %d", got, last)
	}
	js[bool](t, ctx, "history.back(), true")
	until(t, ctx, 20*time.Second, "location.pathname === '"+path+"/crashes' && "+lines+".length === 50")

	run := path + "/runs/" + k.Run.ID
	steps(t, ctx, "the run", chromedp.Navigate(s.url+run))
	until(t, ctx, 20*time.Second, "document.title.includes('Run 1 of shop') && document.querySelector('#run-facts [data-outcome=crashed]')")
	steps(t, ctx, "as on paper", chromedp.Func(func(c context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(c, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
		return err
	}))
	hidden := "['aside', '.dock', 'header.bar-glass', '#bot-head', '.btn'].every(q => [...document.querySelectorAll(q)].every(e => !e.checkVisibility()))"
	if !js[bool](t, ctx, hidden+" && document.querySelector('#run-facts h2').innerText === 'shop: Run 1' && document.querySelector('[data-remedy]').checkVisibility()") {
		t.Error("the run's page doesn't print as a document")
	}
	for _, foreign := range []string{"/runs/", "/crashes/"} {
		if got := status(t, s.login(), s.url+"/bots/"+other.ID+foreign+k.Run.ID); got != http.StatusNotFound {
			t.Errorf("another bot's %s: %d", foreign, got)
		}
	}
}

func databaseOf(s *server) string {
	for _, e := range s.env {
		if url, ok := strings.CutPrefix(e, "DATABASE_URL="); ok {
			return url
		}
	}
	return ""
}

// TestCrashWhileBotswainIsDead: the next one finds why, and what it printed last.
func TestCrashWhileBotswainIsDead(t *testing.T) {
	t.Parallel()
	s := install(t)
	b, gate := s.doomed("shop", nil)
	s.do(b.ID, "start")
	pid := s.waitStatus(b.ID, "running", 10*time.Second).PID
	eventually(t, 10*time.Second, "its lines", func() bool { return s.hasLine(b.ID, "order 80") })
	s.kill9()
	s.open(gate)
	eventually(t, 10*time.Second, "its end", func() bool { return !alive(pid) })
	s.start()
	var first struct {
		Runs []struct {
			ID      string `json:"id"`
			Number  int    `json:"number"`
			Outcome string `json:"outcome"`
		} `json:"runs"`
	}
	eventually(t, 20*time.Second, "the end in its row", func() bool {
		s.call("GET", "/bots/"+b.ID+"/runs", nil, &first)
		n := len(first.Runs)
		return n > 0 && first.Runs[n-1].Outcome != ""
	})
	run := first.Runs[len(first.Runs)-1]
	var k keptJSON
	eventually(t, 30*time.Second, "last lines kept", func() bool {
		k = keptJSON{}
		return s.call("GET", "/bots/"+b.ID+"/runs/"+run.ID+"/last-lines", nil, &k) == http.StatusOK && k.KeptAt != nil
	})
	if run.Number != 1 || run.Outcome != "crashed" {
		t.Errorf("run %d: %s", run.Number, run.Outcome)
	}
	k.isWhole(t)
}

// TestCrashWhileTheDatabaseIsAway: what it printed last is kept once the database is back.
func TestCrashWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	p, through := databaseProxy(t, dbtest.NewURL(t))
	s := install(t, "DATABASE_URL="+through)
	b, gate := s.doomed("shop", nil)
	s.do(b.ID, "start")
	pid := s.waitStatus(b.ID, "running", 10*time.Second).PID
	client := s.login()
	p.cut()
	eventually(t, 20*time.Second, "the database away", func() bool { return status(t, client, s.url+"/readyz") == http.StatusServiceUnavailable })
	s.open(gate)
	eventually(t, 10*time.Second, "its end", func() bool { return !alive(pid) })
	p.mend()
	eventually(t, 30*time.Second, "the database back", func() bool { return status(t, client, s.url+"/readyz") == http.StatusOK })
	k := s.kept(b.ID)
	if k.Run.Outcome != "crashed" {
		t.Errorf("it is %s", k.Run.Outcome)
	}
	k.isWhole(t)
}
